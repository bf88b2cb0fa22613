"""The raw files: three layouts of the same calls, connections, denominators, the truth, and a source card each."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd

from kl_research.simulate.calls import STATUS, all_calls
from kl_research.simulate.place import HORIZON, LAST, ORIGIN, Place, population
from kl_research.simulate.places import places
from kl_research.simulate.truth import truth
from kl_research.terms import months, municipalities
from kl_research.terms.errors import InputError

CALLS, MONTHLY, PIVOT = "opkald_simuleret_{year}.csv", "maanedstal_simuleret.csv", "krydstabel_simuleret.csv"
VDX, _BY_THE_DOCTOR = "vdx_simuleret.csv", 0.2
CONNECTIONS, DENOMINATORS, TRUTH = "tilslutning.csv", "naevnere.csv", "truth.csv"
CARD = ".kilde.yaml"
CALL_LOG = [
    "Starttid",
    "Varighed",
    "Kommune",
    "Forvaltning",
    "Enhed",
    "Enhedstype",
    "Ydernummer",
    "Kanal",
    "Status",
    "Initiativ",
    "Borger til stede",
    "Planlagt",
]


def simulate(out: Path, *, seed: int, start: str = ORIGIN, end: str = LAST) -> list[Path]:
    """Write raw files with known effects into `out` (created when absent) and return what was written.

    Calls a year (`opkald_simuleret_2024.csv`), the same as a monthly table and as a pivot, connections,
    denominators, `truth.csv`, and a source card beside each. The same seed gives the same bytes, a later `end`
    the same months and more; another seed gives other noise around the same truth. Everything is invented
    but codes, names and populations.

    Raises `InputError` for months outside 2020-12 to 2026-12 or in the wrong order.
    """
    if not (months.is_month(start) and months.is_month(end) and ORIGIN <= start <= end <= HORIZON):
        raise InputError(
            "simulate",
            f"the period {start} to {end}",
            f"months between {ORIGIN} and {HORIZON}, the first before the last",
            "choose an earlier start or a later end",
        )
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("opkald_simuleret_*.csv"), *out.glob(f"opkald_simuleret_*.csv{CARD}")]:
        old.unlink()  # the years of an earlier, longer run
    span = months.span(start, end)
    calls = all_calls(seed)
    calls["month"] = calls["start"].dt.strftime("%Y-%m")
    calls = calls[calls["month"].between(start, end)]
    tables = {CALLS.format(year=year): call_log(rows) for year, rows in calls.groupby(calls["month"].str[:4])}
    tables[MONTHLY] = monthly(calls, span)
    tables[VDX] = other_ways(span, seed)
    tables[CONNECTIONS] = _connections()
    tables[DENOMINATORS] = _denominators()
    texts = {name: table.to_csv(sep=";", index=False, lineterminator="\n") for name, table in tables.items()}
    texts[PIVOT] = pivot(calls, span)
    texts[TRUTH] = truth().to_csv(index=False, lineterminator="\n")
    written = []
    for name, text in sorted(texts.items()):
        path = out / name
        path.write_bytes(text.encode("utf-8-sig" if name == MONTHLY else "utf-8"))
        written += [path, _card(path, seed, start, end)]
    return written


def call_log(calls: pd.DataFrame) -> pd.DataFrame:
    """The layout `calls`: one row a call."""
    seconds, alone = calls["seconds"], {place.code: place.without_citizen for place in places()}
    duration = (
        (seconds // 3600).astype(str).str.zfill(2)
        + ":"
        + (seconds // 60 % 60).astype(str).str.zfill(2)
        + ":"
        + (seconds % 60).astype(str).str.zfill(2)
    )
    columns = [
        calls["start"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        duration,
        calls["code"].map(municipalities.name),
        *(calls[name] for name in ("administration", "unit", "unit_type", "provider", "channel", "status")),
        _shares(calls, "initiative").lt(_BY_THE_DOCTOR).map({True: "Læge", False: "Kommune"}),
        _shares(calls, "citizen").lt(calls["code"].map(alone)).map({True: "Nej", False: "Ja"}),
        calls["booked"].map({True: "Ja", False: "Nej"}),
    ]
    return pd.concat(columns, axis=1, keys=CALL_LOG)


def _shares(calls: pd.DataFrame, about: str) -> pd.Series:
    """A number from 0 to 1 for each call, from nothing but the call: other columns stay as they were without it."""
    texts = about + calls["code"] + calls["unit"] + calls["start"].astype("int64").astype("str")
    return texts.map(lambda text: zlib.crc32(text.encode()) / 2**32)


def other_ways(span: list[str], seed: int) -> pd.DataFrame:
    """Contacts by VDX, as a monthly table of their own."""
    rows = []
    for place in (place for place in places() if place.vdx):
        draws = np.random.default_rng([seed, int(place.code)])
        counts = dict(zip(months.span(ORIGIN, HORIZON), draws.poisson(place.vdx, 1000).tolist(), strict=False))
        rows += [(municipalities.name(place.code), month, counts[month]) for month in span]
    return pd.DataFrame(rows, columns=["Kommune", "Måned", "Antal opkald"])


def active(place: Place, month: str) -> bool:
    """Whether the municipality was connected and had started: then an absent call is a true zero."""
    return bool(place.started_from) and place.started_from <= month and month <= (place.connected_to or HORIZON)


def monthly(calls: pd.DataFrame, span: list[str]) -> pd.DataFrame:
    """The layout `monthly`: a row per municipality and month in which it had started, zeros included."""
    keys = pd.MultiIndex.from_tuples(
        [(place.code, month) for place in places() for month in span if active(place, month)], names=["code", "month"]
    )
    done = calls["seconds"].where(calls["status"] == STATUS[0], 0) >= 60
    counts = (
        calls.assign(done=done)
        .groupby(["code", "month"])
        .agg(
            calls=("done", "size"), done=("done", "sum"), units=("unit", "nunique"), providers=("provider", "nunique")
        )
    )
    table = counts.reindex(keys, fill_value=0).reset_index()
    table["code"] = table["code"].map(municipalities.name)
    names = ["Kommune", "Måned", "Antal opkald", "Antal gennemførte", "Aktive enheder", "Aktive ydernumre"]
    return table.set_axis(names, axis=1)


def pivot(calls: pd.DataFrame, span: list[str]) -> str:
    """The layout `pivot`, as text: title and units above, months across, region subtotals, `I alt`, footnotes."""
    sums = {key: int(n) for key, n in calls.groupby(["code", "month"]).size().items()}
    lines = ["Simulerede tal: opkald i Kontakt Læge-appen efter kommune og måned", "Enhed: antal opkald", ""]
    lines.append(";".join(["Kommune", *(f"{month[:4]}M{month[5:]}" for month in span), "I alt"]))
    by_region: dict[str, list[Place]] = {}
    for place in places():
        by_region.setdefault(municipalities.region(place.code, LAST), []).append(place)
    for region, members in by_region.items():
        lines.append(_line(municipalities.REGION_NAMES[region], _sums(sums, members, span)))
        lines += [_line(municipalities.name(place.code), _sums(sums, [place], span)) for place in members]
    lines.append(_line("I alt", _sums(sums, list(places()), span)))
    lines += ["", "Tom celle: kommunen er ikke tilsluttet eller ikke kommet i gang.", "Kilde: simulering."]
    return "\n".join(lines) + "\n"


def _sums(sums: dict[Hashable, int], members: list[Place], span: list[str]) -> list[int | None]:
    """The members' calls month by month; None where none of them had started."""
    cells: list[int | None] = []
    for month in span:
        codes = [place.code for place in members if active(place, month)]
        cells.append(sum(sums.get((code, month), 0) for code in codes) if codes else None)
    return cells


def _line(name: str, cells: list[int | None]) -> str:
    known = [cell for cell in cells if cell is not None]
    total = sum(known) if known else None
    return ";".join([name, *("" if cell is None else str(cell) for cell in [*cells, total])])


def _connections() -> pd.DataFrame:
    """One row per municipality; København's second administration has its own."""

    def day(month: str) -> str:
        return f"{month}-01" if month else ""

    rows = [
        [
            p.code,
            "",
            *map(day, (p.connected_from, p.started_from, p.connected_to, p.planned_from)),
            p.agreement_signed,
        ]
        for p in places()
    ]
    rows.insert(1, ["101", "Socialforvaltningen", "2024-10-01", "2024-12-01", "", "", "2024-09-12"])
    names = ["municipality", "administration", "connected_from", "started_from", "connected_to", "planned_from"]
    return pd.DataFrame(rows, columns=[*names, "agreement_signed"])


def _denominators() -> pd.DataFrame:
    """Inhabitants aged 80 or more (facts), units, providers and uncounted SMS share (invented)."""
    rows: list[list[object]] = []
    for place in places():
        rows.append([place.code, "population_80plus", population("population_80plus")[place.code], "2020-01"])
        rows.append([place.code, "units", place.registered_units, "2020-12"])
        rows.append([place.code, "providers", place.providers, "2020-12"])
        rows.append([place.code, "sms_link_share", f"{place.sms_share:.2f}", "2020-12"])
    return pd.DataFrame(rows, columns=["municipality", "measure", "value", "valid_from"])


def _card(path: Path, seed: int, start: str, end: str) -> Path:
    """The source card beside a file: who made it, what it covers, licence, sha256."""
    card = path.with_name(path.name + CARD)
    facts = " Inhabitants: Statistics Denmark, FOLK1A, 1 January 2020." if path.name == DENOMINATORS else ""
    card.write_text(
        f"file: {path.name}\n"
        "simulated: true\n"
        f'producer: "kl-research simulate --seed {seed} --end {end}"\n'
        f'period: "{start}/{end}"\n'
        f'about: "Invented; only names and codes of municipalities are real.{facts}"\n'
        f'date: "{end}"  # the last month covered\n'
        "licence: MIT\n"
        f"sha256: {hashlib.sha256(path.read_bytes()).hexdigest()}\n",
        encoding="utf-8",
    )
    return card
