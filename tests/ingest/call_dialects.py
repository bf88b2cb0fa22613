"""Known calls written the way real call logs are: every dialect a choice of container, times, words and junk."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tests.ingest.dialects import NAMES, REGION, Dialect, write_area, write_container

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONTHS = ("2023-10", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03")
UNITS = ("Solgården", "Hjemmeplejen Øst", "Åhaven", "Bosted 7")
COMPLETED_SECONDS = 60  # a study's default: shorter calls are calls, not completed ones


@dataclass(frozen=True)
class CallDialect:
    """One way of writing a call log; every field is one of the choices in `CALL_CHOICES`."""

    container: str
    encoding: str
    area: str
    time: str
    duration: str
    status: str
    header: str
    junk: frozenset[str]


CALL_CHOICES: dict[str, tuple[str, ...]] = {
    "container": (";", ",", "\t", "|", "xlsx", "zip", "parquet"),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "cp1252", "twice"),
    "area": ("name", "code", "zero_code", "both", "municipality", "ascii", "upper", "alias"),
    "time": ("iso", "iso_t", "dmy", "dots", "mdy", "short_year", "zulu", "offset", "written", "serial", "digits"),
    "duration": ("h:m:s", "seconds", "minutes", "m:s", "words", "iso"),
    "status": ("danish", "english", "upper", "yes_no"),
    "header": ("danish", "english", "upper", "wide"),
}
CALL_JUNK = ("titles", "blank", "footnote", "total", "unknown", "test", "christiansoe", "repeated_header", "remark")
HEADERS = {
    "danish": ["Starttid", "Varighed", "Kommune", "Enhed", "Ydernummer", "Kanal", "Status"],
    "english": ["Start time", "Duration", "Municipality", "Unit", "Provider number", "Channel", "Status"],
}
UNIT_IN_HEADER = {"seconds": " (sek.)", "minutes": " (min.)", "m:s": " (mm:ss)"}
STATUSES = {
    "danish": ("Gennemført", "Afbrudt"),
    "english": ("Completed", "Missed"),
    "upper": ("GENNEMFØRT", "IKKE BESVARET"),
    "yes_no": ("Ja", "Nej"),
}

Call = tuple[dt.datetime, int, str, str, str, bool]
Key = tuple[str, str]


def draw_calls(seed: int) -> list[Call]:
    """Calls in Danish local time: by chance, in the first and last minutes of months, and when the clock changes."""
    draws = random.Random(seed)
    first = dt.datetime(2023, 10, 1)
    moments = [first + dt.timedelta(minutes=draws.randrange(182 * 1440)) for _ in range(60)]
    moments += [dt.datetime(2024, 1, 1, 0, 20), dt.datetime(2023, 12, 31, 23, 50), dt.datetime(2024, 2, 1, 0, 5)]
    moments += [dt.datetime(2023, 10, 29, 2, 30), dt.datetime(2024, 3, 31, 3, 10), dt.datetime(2024, 3, 31, 23, 30)]
    moments += [dt.datetime(2023, 10, 1, 0, 10)]  # a month nobody called in is not covered by a log
    return [
        (
            moment,
            30 * draws.randint(0, 40),
            draws.choice(list(REGION)),
            draws.choice(UNITS),
            f"0{draws.randint(10_000, 10_009)}",
            draws.random() < 0.8,
        )
        for moment in moments
    ]


def truth_of(calls: list[Call]) -> dict[Key, tuple[int, int, int]]:
    """Calls, completed calls and active units of every municipality and month; 0 where nobody called."""
    counted: Counter[Key] = Counter()
    done: Counter[Key] = Counter()
    units: dict[Key, set[str]] = {}
    for moment, seconds, code, unit, _, completed in calls:
        key = (code, f"{moment:%Y-%m}")
        counted[key] += 1
        done[key] += completed and seconds >= COMPLETED_SECONDS
        units.setdefault(key, set()).add(unit)
    keys = [(code, month) for code in REGION for month in MONTHS]
    return {key: (counted[key], done[key], len(units.get(key, set()))) for key in keys}


def write_calls(dialect: CallDialect, seed: int) -> tuple[str, bytes, dict[Key, tuple[int, int, int]]]:
    """File name, bytes, and the truth in them."""
    calls = draw_calls(seed)
    rows = [header := _header(dialect)]
    rows += [_row(dialect, call) for call in calls]
    for junk, name in (("unknown", "Ukendt"), ("test", "Testkommune"), ("christiansoe", "Christiansø")):
        if junk in dialect.junk:
            rows.append([*rows[1][:2], name, *rows[1][3:]])
    if "remark" in dialect.junk:  # free text is not in the layout: looked at, and left out
        rows = [[*row, "Bemærkning" if i == 0 else "ringede to gange"] for i, row in enumerate(rows)]
    if "repeated_header" in dialect.junk:
        rows.insert(20, rows[0])
    if "total" in dialect.junk:
        rows.append(["I alt", "", "", str(len(calls)), *[""] * (len(rows[0]) - 4)])
    if "blank" in dialect.junk:
        rows.insert(len(rows) - 2, [])
    if "titles" in dialect.junk:
        rows = [["Opkald i Kontakt Læge-appen"], ["Udtræk fra leverandøren"], [], *rows]
    if "footnote" in dialect.junk:
        rows += [[], ["Kilde: leverandøren."]]
    assert header
    name, content = write_container(dialect.container, dialect.encoding, rows)
    return name, content, truth_of(calls)


def _header(dialect: CallDialect) -> list[Any]:
    labels = list(HEADERS["english" if dialect.header == "english" else "danish"])
    labels[1] += UNIT_IN_HEADER.get(dialect.duration, "")
    forms = {"upper": str.upper, "wide": lambda label: f" {label}  "}
    return [forms.get(dialect.header, str)(label) for label in labels]


def _row(dialect: CallDialect, call: Call) -> list[Any]:
    moment, seconds, code, unit, provider, completed = call
    as_area = Dialect("", dialect.container, dialect.encoding, "", "", dialect.area, "", frozenset())
    status = STATUSES[dialect.status][0 if completed else 1]
    return [
        _time(dialect, moment),
        _duration(dialect, seconds),
        write_area(as_area, code),
        unit,
        provider,
        "app",
        status,
    ]


def _time(dialect: CallDialect, moment: dt.datetime) -> Any:
    aware = moment.replace(tzinfo=COPENHAGEN)
    days = (moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    return {
        "iso": f"{moment:%Y-%m-%d %H:%M:%S}",
        "iso_t": f"{moment:%Y-%m-%dT%H:%M:%S}",
        "dmy": f"{moment:%d-%m-%Y %H:%M}",
        "dots": f"{moment:%d.%m.%Y %H.%M.%S}",
        "mdy": f"{moment:%m/%d/%Y %H:%M}",
        "short_year": f"{moment:%d-%m-%y %H:%M}",
        "zulu": f"{aware.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "offset": aware.isoformat(),
        "written": f"{moment.day}. {NAMES[moment.month - 1]} {moment:%Y kl. %H.%M}",
        "serial": moment if dialect.container in ("xlsx", "parquet") else f"{days:.6f}",
        "digits": f"{moment:%Y%m%d%H%M%S}",
    }[dialect.time]


def _duration(dialect: CallDialect, seconds: int) -> Any:
    minutes, rest = divmod(seconds, 60)
    return {
        "h:m:s": f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}",
        "seconds": str(seconds),
        "minutes": f"{seconds / 60:.1f}".replace(".", ","),
        "m:s": f"{minutes}:{rest:02d}",
        "words": f"{minutes} min. {rest} sek.",
        "iso": f"PT{minutes}M{rest}S",
    }[dialect.duration]
