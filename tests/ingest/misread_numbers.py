"""Tables meant to be misread by what stands around their numbers, or by numbers that are not what they are called."""

from __future__ import annotations

import random

from tests.ingest.misread_file import (
    AREAS,
    MONTHLY,
    YEAR,
    Misread,
    Rows,
    Truth,
    draw_counts,
    month_labels,
    pivot,
    save,
    table,
)

NO_COUNTS = (
    "Tallene er akkumulerede",
    "Note: Alle tal er opgjort år til dato",
    "Bemærk: tallene er i tusinder",
    "Enhed: 1.000 opkald",
    "Enhed: pct.",
    "Tallene viser opkald pr. 1.000 borgere",
    "Tallene er rullende 12 mdr.",
    "Tallene er en prognose",
    "The figures are cumulative",
    "Tallene er sekunder.",
    "Hver måned er gennemsnittet af de seneste tre",
    "Tal for december er fremskrevet",
)
PLAIN = (
    "Kilde: MedCom",
    "Tallene er opgjort den 1. maj 2025",
    "Tallene dækker appen, ikke VDX",
    "Kommunen har været tilsluttet siden start",
    "Tallene er foreløbige",
    "1) Rettet i marts",
)
SIGNS = (("-", "betyder nul", 0), ("-", "= ikke oplyst", None), ("*", "= under 5", None), ("*", "= ingen opkald", 0))


def note(kind: str, draws: random.Random) -> Misread:
    """A line below a table; what says that the numbers are no counts must stop the reading."""
    truth = draw_counts(draws)
    unfit = draws.random() < 0.6
    line = draws.choice(NO_COUNTS if unfit else PLAIN)
    grid = table(truth, MONTHLY) if draws.random() < 0.5 else pivot(truth, month_labels(draws, truth))
    return Misread(kind, line, *save(draws, [*grid, [], [line]]), None if unfit else truth)


def sign(kind: str, draws: random.Random) -> Misread:
    """A sign in some cells, and the line that says what it stands for."""
    truth = draw_counts(draws)
    mark, means, value = draws.choice(SIGNS)
    hidden = set(draws.sample(sorted(truth), 3))
    rows = table(truth, MONTHLY, lambda code, month: mark if (code, month) in hidden else truth[code, month])
    told = {key: n for key, n in truth.items() if key not in hidden} | (
        dict.fromkeys(sorted(hidden), value) if value is not None else {}
    )
    return Misread(kind, f"{mark} {means}", *save(draws, [*rows, [], [f"{mark} {means}"]]), told)


def running(kind: str, draws: random.Random) -> Misread:
    """Sums from the start of the year, half-year or quarter, which nothing says."""
    length = draws.choice((12, 12, 6, 3))
    truth = {key: n + 1 for key, n in draw_counts(draws, months=draws.randint(6, 12) if length == 12 else 12).items()}

    def so_far(code: str, month: str) -> int:
        last = int(month[-2:])
        return sum(truth[code, f"{YEAR}-{m:02d}"] for m in range(last - (last - 1) % length, last + 1))

    return Misread(kind, f"sums of {length} months", *save(draws, table(truth, MONTHLY, so_far)), None)


def split(kind: str, draws: random.Random) -> Misread:
    """Each month by unit, and a row for all of them: named, or without a name."""
    truth = {key: n + 3 for key, n in draw_counts(draws).items()}
    column = draws.choice(("Enhed", "Enhedstype", "Forvaltning"))
    name = draws.choice(("", "", "I alt", "Alle", "Alle enheder", "Begge", "Ældre og sundhed"))
    rows: Rows = [["Kommune", column, *MONTHLY[1:]]]
    for (code, month), n in truth.items():
        part = draws.randint(0, n)
        rows += [[code, "Nord", month, part], [code, "Syd", month, n - part]]
        rows.insert(draws.choice((-2, len(rows))), [code, name, month, n])
    return Misread(kind, f"{column} {name or 'blank'}", *save(draws, rows), truth)


def channels(kind: str, draws: random.Random) -> Misread:
    """The app's calls and another channel's, under the right header or under another."""
    truth = draw_counts(draws)
    column = draws.choice(("Kanal", "Type", "Enhed"))
    other = draws.choice(("VDX", "SMS", "Browser", "Telefon", "VDX (sms-video)"))
    rows: Rows = [["Kommune", column, *MONTHLY[1:]]]
    for (code, month), n in truth.items():
        rows += [[code, "App", month, n], [code, other, month, draws.randint(0, 90)]]
    return Misread(kind, f"{other} under {column}", *save(draws, rows), truth)


def parts(kind: str, draws: random.Random) -> Misread:
    """A log with a row for each participant of a call, or for each thing that happened."""
    header, values = draws.choice(
        (
            ("Rolle", ("Læge", "Plejer", "Borger")),
            ("Hændelse", ("startet", "afsluttet")),
            ("Enhed i kald", ("1", "2")),
        )
    )
    rows: Rows = [["Starttid", "Kommune", header]]
    for name in AREAS:
        for month in range(1, 7):
            moment = f"{YEAR}-{month:02d}-{draws.randint(1, 28):02d} {draws.randint(8, 15):02d}:30"
            rows += [
                [f"{moment}:{draws.randint(k * 15, k * 15 + 14):02d}", name, one] for k, one in enumerate(values)
            ]
    return Misread(kind, header, *save(draws, rows, "csv"), None)


def across(kind: str, draws: random.Random) -> Misread:
    """Municipalities across and months down, with a sum on either side or without."""
    truth: Truth = draw_counts(draws)
    labels = month_labels(draws, truth)
    rows: Rows = [[draws.choice(("", "Måned")), *AREAS]]
    rows += [[label, *(truth[code, month] for code in AREAS.values())] for month, label in labels.items()]
    if draws.random() < 0.5:
        rows = [[*row, sum(row[1:]) if i else "I alt"] for i, row in enumerate(rows)]
    if draws.random() < 0.5:
        rows.append(["I alt", *(sum(row[k] for row in rows[1:]) for k in range(1, len(rows[0])))])
    return Misread(kind, f"{next(iter(labels.values()))} down", *save(draws, rows), truth)


def two_tables(kind: str, draws: random.Random) -> Misread:
    """Two halves of a year beside each other, the rows of the second in another order."""
    truth = draw_counts(draws, months=12)
    labels, names = month_labels(draws, truth), list(AREAS)
    first, second = list(labels)[:6], list(labels)[6:]
    rows: Rows = [
        ["Kommune", *(labels[m] for m in first), draws.choice(("Kommune", "")), *(labels[m] for m in second)]
    ]
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        own = [truth[AREAS[name], m] for m in first]
        rows.append([name, *own, other, *(truth[AREAS[other], m] for m in second)])
    return Misread(kind, "another order", *save(draws, rows), None)
