"""The figures the Scottish Government published of Attend Anywhere (Near Me) in 2019.

Origin: Evaluation of the Attend Anywhere / Near Me video consulting service in Scotland, 2019-20, main report,
section 3.1, and summary report, "Use of Attend Anywhere": 6,719 consultations January to December 2019; about 180
clinical departments active, "used at least once during this period"; about 130 of them (70 %) with five or more;
Highland and Grampian 62 % of all activity; 91 % in secondary care and 9 % in 64 GP services.

Both pages were read again when this was written (main report, page 5; summary report, page 5).

The report prints these totals, not the departments behind them. The table below is drawn so that the totals are the
published ones; what is tested is that our definitions give them back, not the spread between departments.
"""

import numpy as np
import pandas as pd
import pytest

from kl_research.adoption import cut
from kl_research.adoption.measures.concentration import top_two_municipalities_share
from kl_research.adoption.measures.reach import units_active, units_regular
from kl_research.adoption.measures.volume import calls

CONSULTATIONS, ACTIVE, REGULAR, TWO_BOARDS = 6719, 180, 130, 0.62
BOARDS = ["Highland", "Grampian", "board 3", "board 4", "board 5"]


@pytest.fixture
def scotland():
    departments = pd.DataFrame({"department": range(ACTIVE)})
    departments["board"] = [BOARDS[i % 5] for i in range(ACTIVE)]
    departments["calls"] = np.where(departments["department"] < REGULAR, 5, 2)
    # The rest of the calls goes to departments with regular use, 62 % of all to the two boards.
    for boards, share in ((BOARDS[:2], TWO_BOARDS), (BOARDS[2:], 1 - TWO_BOARDS)):
        here = departments["board"].isin(boards)
        missing = round(CONSULTATIONS * share) - departments.loc[here, "calls"].sum()
        busy = departments.index[here & (departments["department"] < REGULAR)]
        departments.loc[busy, "calls"] += np.bincount(np.arange(missing) % len(busy))
    use = pd.DataFrame(
        {
            "municipality": departments["board"],
            "administration": "",
            "unit": [f"department {i}" for i in departments["department"]],
            "unit_type": "",
            "provider": "",
            "channel": "",
            "month": pd.Timestamp("2019-12-01"),
            "calls": departments["calls"],
            "completed": departments["calls"],
            "seconds": 0.0,
        }
    )
    panel = use.groupby(["municipality", "month"])["calls"].sum().reset_index().assign(state="observed", units=100)
    return cut(panel, use, level="national")


def test_attend_anywhere_consultations(scotland):
    assert calls(scotland).table()["value"].tolist() == [CONSULTATIONS]


def test_attend_anywhere_any_use_and_regular_use(scotland):
    any_use, regular = (
        units_active(scotland).table()["numerator"].iloc[0],
        units_regular(scotland).table()["numerator"].iloc[0],
    )
    assert (any_use, regular) == (ACTIVE, REGULAR)
    assert regular / any_use == pytest.approx(0.70, abs=0.03)  # "about 180", "about 130", "(70 %)"


def test_attend_anywhere_two_boards_make_62_per_cent(scotland):
    assert top_two_municipalities_share(scotland).table()["value"].iloc[0] == pytest.approx(0.62, abs=0.005)
