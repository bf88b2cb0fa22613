"""Provider numbers: one provider however a spreadsheet writes the number, and no message repeats it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kl_research.intake import Ingested
from kl_research.terms.errors import InputError

Draw = Callable[..., Ingested]
CALLS = "Starttid;Varighed (sek.);Kommune;Ydernummer\n"
TABLE = "Kommune;Måned;Antal opkald;Ydernummer\n"


def test_one_number_is_one_provider_and_a_dash_is_none(draw: Draw) -> None:
    written = ["087654", "87654", "087654.0", "87 654", "-", ""]
    log = draw(CALLS + "".join(f"2024-01-10 09:30:00;60;Odense;{cell}\n" for cell in written))
    table = draw(TABLE + "".join(f"Odense;2024-{i:02d};1;{cell}\n" for i, cell in enumerate(written, start=1)))
    for ingested in (log, table):
        counted = ingested.activity.groupby("provider")["calls"].sum()
        assert counted.pop("") == 2
        assert counted.tolist() == [4]


@pytest.mark.parametrize(
    "raw",
    [
        TABLE + "087654;2024-01;1;\n",
        TABLE + "Læge 087654;2024-01;1;\n",
        TABLE + "Odense;087654;1;\n",
        TABLE + "Odense;87654;1;\n",
        CALLS + "2024-01-10 09:30:00;60;087654;\n",
        TABLE.replace("Ydernummer", "Kommunekode") + "087654;2024-01;1;461\n",
    ],
)
def test_a_message_withholds_what_may_be_a_provider_number(draw: Draw, raw: str) -> None:
    with pytest.raises(InputError, match="number withheld") as caught:
        draw(raw)
    assert "87654" not in str(caught.value)


def test_connections_withhold_it_too(draw: Draw) -> None:
    connected = "municipality;connected_from;started_from\n087654;2023-01;2023-01\n"
    with pytest.raises(InputError, match="number withheld"):
        draw(TABLE + "Odense;2024-01;1;\n", connections=connected)


def test_a_duration_that_is_none_is_named_with_its_row(draw: Draw) -> None:
    rows = [f"2024-01-10 09:30:00;{cell};Odense;\n" for cell in ("60", "00:01:00", "60", "lang tid", "61")]
    with pytest.raises(InputError, match=r"column Varighed \(sek\.\), row 5: found a cell that is no number"):
        draw(CALLS + "".join(rows))
