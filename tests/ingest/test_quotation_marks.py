"""A quotation mark that nobody closed takes no row with it: cells may hold line breaks, but not the rows below."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CALLS = "Kommune;Starttid;Varighed;Enhed;Ydernummer\n" + "Odense;2024-01-10 09:30:00;00:05:00;Hav;087654\n" * 40
TABLE = "Kommune;Måned;Enhed;Antal opkald\n" + "".join(f"Odense;2024-{m:02d};Hav;7\n" for m in range(1, 13))


def marked(text: str, *lines: int, mark: str = '"Hav') -> str:
    """The text with a mark left open in some of its lines."""
    return "".join(
        line.replace("Hav", mark) if number in lines else line
        for number, line in enumerate(text.splitlines(keepends=True), start=1)
    )


@pytest.mark.parametrize("text", [CALLS, TABLE], ids=["calls", "monthly"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mark_left_open_is_refused_with_its_line(draw: Draw, text: str, encoding: str, end: str) -> None:
    last = text.count("\n")
    opened = [marked(text, 6), marked(text, last), marked(text, last).rstrip("\n"), marked(text, 6, last)]
    opened += [marked(marked(text, 6), 7, mark='Sol"'), marked(marked(text, 6), 9, mark='Sol"')]
    opened.append(text + '"')
    for raw, line in zip(opened, (6, last, last, 6, 6, 6, last + 1), strict=True):
        with pytest.raises(InputError, match=f"line {line}: found a quotation mark that is never closed") as caught:
            draw(raw.replace("\n", end).encode(encoding))
        assert "\n" not in str(caught.value)
        assert "87654" not in str(caught.value)


@pytest.mark.parametrize("cell", ['"Hav\nog; sol"', '"Hav ""1""\n\nved vandet"', '"Hav; sol"', 'Hav 5" nord'])
@pytest.mark.parametrize(("text", "calls"), [(CALLS, 40), (TABLE, 84)], ids=["calls", "monthly"])
def test_a_cell_with_line_breaks_and_a_separator_remains_a_cell(draw: Draw, text: str, calls: int, cell: str) -> None:
    ingested = draw(
        marked(text, 3, 8, mark=cell), connections="municipality;connected_from;started_from\n461;2023-01;2023-01\n"
    )
    assert ingested.panel["calls"].sum() == calls
    assert set(ingested.activity["unit"]) == {"Hav", " ".join(cell.strip('"').replace('""', '"').split())}
