"""Tables meant to be misread: what headers, titles and months say beside their name."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.ingest.misread_file import (
    AREAS,
    DANISH,
    MONTHLY,
    SHORT,
    YEAR,
    Misread,
    Rows,
    Truth,
    beside,
    draw_counts,
    month_labels,
    pivot,
    save,
    table,
)

NO_COUNTS = (
    "ÅTD",
    "YTD",
    "år til dato",
    "akkumuleret",
    "akk.",
    "kumulativt",
    "cumulative",
    "løbende sum",
    "rullende 12 mdr.",
    "12 mdr. rullende",
    "rolling 12 months",
    "glidende gennemsnit",
    "sidste 12 måneder",
    "kvartal",
    "hele kvartalet",
    "pr. kvartal",
    "quarterly",
    "pr. uge",
    "weekly",
    "gns.",
    "gennemsnit",
    "mean",
    "average",
    "median",
    "pct.",
    "%",
    "procent",
    "per cent",
    "andel",
    "share",
    "indeks",
    "index",
    "index 2023=100",
    "budget",
    "budgetteret",
    "prognose",
    "forecast",
    "forventet",
    "estimat",
    "mål",
    "måltal",
    "target",
    "pr. 1.000 borgere",
    "pr. 1.000 80+-årige",
    "per 1,000",
    "pr. borger",
    "rate",
    "ændring",
    "vækst",
    "change",
    "ændring i pct.",
    "sæsonkorrigeret",
    "seasonally adjusted",
    "i tusinde",
    "1.000 stk.",
    "thousands",
    "minutter",
    "timer",
    "minutes",
    "sek.",
    "kr.",
    "sidste år",
    "samme måned året før",
    "previous year",
    "trend",
    "foreløbig, akkumuleret",
    "ÅTD*",
    "budget 2024",
    "helår",
    "maks.",
    "hele året",
    "pr. dag",
    "halvår",
    "differens",
    "afvigelse fra budget",
)
COUNTS = (
    "antal",
    "stk.",
    "i alt",
    "n",
    "*",
    "**",
    "1)",
    "¹",
    "foreløbig",
    "foreløbige tal",
    "prel.",
    "provisional",
    "realiseret",
    "faktisk",
    "actual",
    "pr. måned",
    "pr. md.",
    "monthly",
    "appen",
    "endelige tal",
    "se note",
    "total",
)


def header(kind: str, draws: random.Random) -> Misread:
    truth = draw_counts(draws)
    name = draws.choice(("Antal opkald", "Opkald", "Calls", "Antal", "Number of calls"))
    phrase = draws.choice(NO_COUNTS if draws.random() < 0.6 else COUNTS)
    unfit = phrase in NO_COUNTS
    label = beside(draws, name, phrase, brackets=phrase in ("n", "appen", "se note", "1)"))
    rows = table(
        truth, ["Kommune", "Måned", label], (lambda code, month: _summed(truth, code, month)) if unfit else None
    )
    if unfit and draws.random() < 0.3:  # a column of counts stands beside it
        rows = [
            [*row[:2], row[2] if i else label, row_[2] if i else name]
            for i, (row, row_) in enumerate(zip(rows, table(truth, MONTHLY), strict=True))
        ]
        return Misread(kind, f"{label} beside {name}", *save(draws, rows), truth)
    return Misread(kind, label, *save(draws, rows), None if unfit else truth)


def _summed(truth: Truth, code: str, month: str) -> int:
    return sum(n for (c, m), n in truth.items() if c == code and m <= month)


def unknown(kind: str, draws: random.Random) -> Misread:
    """A phrase nobody can know: the numbers beside it may be anything."""
    truth = draw_counts(draws)
    phrase = "".join(draws.choice("bdfglmnprstv") + draws.choice("aeiouyæø") for _ in range(draws.randint(2, 4)))
    column = draws.randrange(3)
    header = list(MONTHLY)
    header[column] = beside(draws, header[column], phrase, brackets=True)
    return Misread(kind, header[column], *save(draws, table(truth, header)), None)


def title(kind: str, draws: random.Random) -> Misread:
    truth = draw_counts(draws)
    phrase = draws.choice(
        (
            "akkumuleret",
            "år til dato",
            "YTD",
            "indeks",
            "budget",
            "prognose",
            "gennemsnit pr. uge",
            "pr. 1.000 borgere",
            "procent",
            "rullende 12 mdr.",
        )
    )
    unfit = draws.random() < 0.6
    title = (
        f"Videoopkald, {phrase}"
        if unfit
        else draws.choice(("Videoopkald i Kontakt Læge-appen", "Opkald pr. måned og kommune", "Calls by month"))
    )
    grid = table(truth, MONTHLY) if draws.random() < 0.5 else pivot(truth, month_labels(draws, truth))
    return Misread(kind, title, *save(draws, [[title], [], *grid]), None if unfit else truth)


def month(kind: str, draws: random.Random) -> Misread:
    """A mark or a word beside one month of a pivot, first, middle or last; or a month nobody can read."""
    truth = draw_counts(draws)
    labels = month_labels(draws, truth)
    month = draws.choice(list(labels))
    group = draws.choice(("mark", "provisional", "no count", "unknown", "misspelt"))
    phrase = {
        "mark": draws.choice(("*", "**", " *", "¹", " 1)", " (1)", " †", " [2]")),
        "provisional": draws.choice((" (foreløbig)", " foreløbig", " (prel.)", " (p)", ", foreløbige tal")),
        "no count": f" ({draws.choice(NO_COUNTS)})",
        "unknown": draws.choice((" (uden ferie)", " (til den 17.)", " (rev. x)", " (inkl. test)", " (halv)")),
        "misspelt": "",
    }[group]
    labels[month] = (
        f"{labels[month]}{phrase}"
        if group != "misspelt"
        else draws.choice(("marst 2024", "", "2024-0x", "apirl-24", "?"))
    )
    return Misread(
        kind,
        f"{labels[month]} for {month}",
        *save(draws, pivot(truth, labels)),
        truth if group in ("mark", "provisional") else None,
    )


def two_rows(kind: str, draws: random.Random) -> Misread:
    """Years above months, something beside one of them."""
    truth = draw_counts(draws)
    months = sorted({month for _, month in truth})
    phrase = draws.choice((*COUNTS, *NO_COUNTS, "uden ferie", "tbd"))
    above, below = ["", str(YEAR), *[""] * 5], ["Kommune", *(DANISH[int(month[5:]) - 1] for month in months)]
    if draws.random() < 0.3:
        above[1] += f" ({phrase})"
    else:
        below[draws.randint(1, 6)] += f" ({phrase})"
    rows = [above, below, *pivot(truth, dict.fromkeys(months))[1:]]
    return Misread(kind, phrase, *save(draws, rows), truth if phrase in COUNTS else None)


def sums(kind: str, draws: random.Random) -> Misread:
    """Sums of quarters or of the year stand among the months."""
    truth = draw_counts(draws)
    labels = month_labels(draws, truth)
    rows = pivot(truth, labels)
    for i, row in enumerate(rows):
        first, last = (f"K1 {YEAR}", f"K2 {YEAR}") if i == 0 else (sum(row[1:4]), sum(row[4:7]))
        rows[i] = [*row[:4], first, *row[4:7], last, str(YEAR) if i == 0 else first + last]
    wrong = draws.random() < 0.3
    if wrong:
        rows[1][4] += 1
    return Misread(
        kind,
        "quarters and a year" + (", one of them wrong" if wrong else ""),
        *save(draws, rows),
        None if wrong else truth,
    )


def period(kind: str, draws: random.Random) -> Misread:
    """Rows of other periods: in their own words, or under the names of months."""
    forms = {
        "quarters": [f"{YEAR}K{n}" for n in range(1, 5)],
        "quarters in words": [f"{n}. kvartal {YEAR}" for n in range(1, 5)],
        "weeks": [f"uge {n} {YEAR}" for n in range(1, 5)],
        "half-years": [f"{n}. halvår {y}" for y in (2023, 2024) for n in (1, 2)],
        "spans": [f"{SHORT[3 * n]}-{SHORT[3 * n + 2]} {YEAR}" for n in range(4)],
        "last months": [f"{YEAR}-{3 * n:02d}" for n in range(1, 5)],
        "first days": [f"01-{3 * n + 1:02d}-{YEAR}" for n in range(4)],
        "days": [f"{YEAR}-01-{n:02d}" for n in range(1, 7)],
        "mondays": [f"{(dt.date(YEAR, 1, 1) + dt.timedelta(days=7 * n)):%d-%m-%Y}" for n in range(6)],
        "years": ["2021", "2022", "2023", "2024"],
    }
    what = draws.choice(list(forms))
    rows: Rows = [draws.choice((MONTHLY, ["Kommune", "Periode", "Antal opkald"], ["Municipality", "Month", "Calls"]))]
    rows += [[name, cell, draws.randint(1, 50)] for name in AREAS for cell in forms[what]]
    return Misread(kind, what, *save(draws, rows), None)


def from_to(kind: str, draws: random.Random) -> Misread:
    truth = draw_counts(draws)
    start, end = draws.choice(
        (
            ("Fra", "Til"),
            ("Startdato", "Slutdato"),
            ("Dato", "Slutdato"),
            ("From", "To"),
            ("Period start", "Period end"),
            ("Måned", "Til og med"),
        )
    )
    months = draws.choice((1, 1, 3, 6))
    form = draws.choice(("%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y"))
    rows: Rows = [["Kommune", start, end, "Antal opkald"]]
    for name, code in AREAS.items():
        for m in range(1, 7, months):
            last = dt.date(YEAR, m + months, 1) - dt.timedelta(days=1)
            calls = sum(truth[code, f"{YEAR}-{k:02d}"] for k in range(m, m + months))
            rows.append([name, f"{dt.date(YEAR, m, 1):{form}}", f"{last:{form}}", calls])
    return Misread(kind, f"{start} and {end}, {months} months", *save(draws, rows), truth if months == 1 else None)


def no_year(kind: str, draws: random.Random) -> Misread:
    truth = draw_counts(draws)
    title = draws.choice(
        (
            f"Opkald {YEAR}",
            f"År {YEAR}",
            "Opkald",
            f"Opkald {YEAR - 1} og {YEAR}",
            f"Opkald {YEAR}, udtrukket 03-02-{YEAR + 1}",
        )
    )
    known = title.count("20") == 1 or "udtrukket" in title
    names = draws.choice((SHORT, DANISH))
    labels = {month: names[int(month[5:]) - 1] for month in sorted({month for _, month in truth})}
    grid = pivot(truth, labels) if draws.random() < 0.5 else table(truth, MONTHLY)
    grid = [[row[0], labels.get(str(row[1]), row[1]), *row[2:]] for row in grid]
    return Misread(kind, title, *save(draws, [[title], [], *grid]), truth if known else None)


def years_down(kind: str, draws: random.Random) -> Misread:
    """A row for each area and year, the months across, sums among them; or years that are none."""
    names = draws.choice((SHORT, DANISH))
    what = draws.choice(("plain", "quarters", "I alt", "wrong sum", "school years", "numbered"))
    years = (YEAR - 1, YEAR)
    truth = {
        (code, f"{year}-{m:02d}"): draws.randint(0, 400)
        for code in AREAS.values()
        for year in years
        for m in range(1, 13)
    }
    header: list[Any] = list(range(1, 13)) if what == "numbered" else list(names)
    rows: Rows = [["Kommune", draws.choice(("År", "Årstal", "Year")), *header]]
    for name, code in AREAS.items():
        for year in years:
            shown = f"{year}/{(year + 1) % 100}" if what == "school years" else year
            rows.append([name, shown, *(truth[code, f"{year}-{m:02d}"] for m in range(1, 13))])
    if what == "quarters":
        marks = draws.choice(("{}. kvt.", "K{}", "Q{}", "{}. kvartal i alt"))
        rows = [
            [
                *row[:2],
                *(
                    c
                    for q in range(4)
                    for c in (*row[2 + 3 * q : 5 + 3 * q], _quarter(row, q, marks if not i else ""))
                ),
            ]
            for i, row in enumerate(rows)
        ]
    if what in ("I alt", "wrong sum"):
        rows = [[*row, "I alt" if not i else sum(row[2:]) + (what == "wrong sum")] for i, row in enumerate(rows)]
    if draws.random() < 0.3:
        rows = [[row[1], row[0], *row[2:]] for row in rows]
    return Misread(kind, what, *save(draws, rows), truth if what in ("plain", "quarters", "I alt") else None)


def _quarter(row: list[Any], q: int, mark: str) -> Any:
    return mark.format(q + 1) if mark else sum(row[2 + 3 * q : 5 + 3 * q])


def lost_months(kind: str, draws: random.Random) -> Misread:
    """What a spreadsheet makes of months it takes for days or numbers."""
    what = draws.choice(("jan-24 as 24 January", "01-05-2024 as 5 January", "2024.10 as 2024.1"))
    months = range(1, 11)
    cells: dict[int, Any] = {
        "jan-24 as 24 January": {m: dt.date(2026, m, 24) for m in months},
        "01-05-2024 as 5 January": {m: dt.date(YEAR, 1, m) for m in months},
        "2024.10 as 2024.1": {m: float(f"{YEAR}.{m:02d}") for m in months},
    }[what]
    same = draws.random() < 0.5
    rows: Rows = [MONTHLY, *([name, cells[m], 7 if same else draws.randint(1, 90)] for name in AREAS for m in months)]
    return Misread(kind, what, *save(draws, rows, "xlsx" if what.startswith("jan") else ""), None)
