"""Call logs drawn from how many calls each area has a month; evenly spread, the same every time."""

from __future__ import annotations

import calendar as days
from collections.abc import Callable, Iterable, Mapping

from kl_research.intake import Ingested
from kl_research.terms.months import span

HEADER = "Starttid;Varighed;Kommune;Enhed;Kanal;Status\n"
Draw = Callable[..., Ingested]


def rows(area: str, month: str, calls: int, first: int = 1, last: int = 31) -> list[str]:
    """The calls of an area in a month, one after the other on its days from `first` to `last`."""
    year, number = int(month[:4]), int(month[5:])
    open_days = range(first, min(last, days.monthrange(year, number)[1]) + 1)
    return [
        f"{month}-{open_days[i * len(open_days) // calls]:02d} {8 + i % 9:02d}:{i * 7 % 60:02d}:{i % 60:02d};"
        f"00:{4 + i % 3:02d}:{i % 60:02d};{area};Enhed {i % 3 + 1};App;Gennemført\n"
        for i in range(calls)
    ]


def log(areas: Mapping[str, int], first: str, last: str, *, without: Iterable[str] = ()) -> str:
    """A log in which each area has as many calls every month, none in the months `without`."""
    months = [month for month in span(first, last) if month not in set(without)]
    return HEADER + "".join(row for month in months for area, n in areas.items() for row in rows(area, month, n))


def table(areas: Mapping[str, int], first: str, last: str) -> str:
    """The same as a table by month."""
    head = "Kommune;Måned;Antal opkald\n"
    return head + "".join(f"{area};{month};{n}\n" for month in span(first, last) for area, n in areas.items())


def counted(ingested: Ingested, code: str) -> dict[str, int | str]:
    """An area's months: its calls where observed, else the state."""
    own = ingested.panel[ingested.panel["municipality"] == code]
    return {
        f"{month:%Y-%m}": int(calls) if state == "observed" else str(state)
        for month, state, calls in zip(own["month"], own["state"], own["calls"], strict=True)
    }
