"""Fake events in real panels where nothing is known to have happened: how often is one called an effect?

python benchmarks/real.py            # needs ../shared; writes results/calibration_real.csv
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
from calibration import store
from seed import SEED

from kl_research.effects.checks.placebo import placebo_in_time
from kl_research.effects.designs.controlled import controlled_interrupted_time_series as controlled
from kl_research.terms.events import Event, EventRegister
from kl_research.terms.panel import check_panel
from kl_research.terms.question import Question

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
EVENTS = 500


def panel_of(frame: pd.DataFrame) -> pd.DataFrame:
    """A panel from area, month ("2019-03") and calls; a missing cell is missing, never 0."""
    wide = frame.pivot_table(index="area", columns="month", values="calls", aggfunc="sum")
    long = wide.stack(future_stack=True).rename("calls").reset_index()
    state = np.where(long["calls"].isna(), "missing", "observed")
    day = pd.to_datetime(long["month"] + "-01")
    panel = check_panel(long.rename(columns={"area": "municipality"}).assign(month=day, state=state))
    panel["region"] = ""
    return panel


def nhs(mode: str) -> pd.DataFrame:
    frame = pd.read_csv(SHARED / "nhs_gp_appointments" / "ccg_month_mode.csv")
    frame = frame[frame["appt_mode"].eq(mode) & (frame["month"] < "2020-03")]
    return panel_of(
        frame.assign(area=frame["ccg_ons_code"], month=frame["month"].str[:7], calls=frame["appointments"])
    )


def pharmacy() -> pd.DataFrame:
    frame = pd.read_csv(SHARED / "pharmacy_first" / "pf_consultation_validation_data_by_region.csv")
    frame = frame[frame["date"] >= "2024-03"]
    area = frame["region"] + ", " + frame["consultation_type"]
    return panel_of(frame.assign(area=area, month=frame["date"].str[:7], calls=frame["count"]))


def immuni() -> pd.DataFrame:
    frame = pd.read_csv(SHARED / "immuni_app" / "andamento-mensile-dati-regionali.csv")
    parts = []
    for column in ("utenti_positivi", "notifiche_inviate"):
        known = frame.assign(calls=frame[column].where(frame[column] >= 0), month=frame["mese"].str[:7])
        parts.append(known.assign(area=known["denominazione_regione"] + ", " + column))
    return panel_of(pd.concat(parts))


def fake_events(name: str, panel: pd.DataFrame, rng: np.random.Generator, count: int) -> dict[str, object]:
    """Events drawn among areas and months that a window fits around."""
    areas = sorted(panel["municipality"].unique())
    span = sorted(panel["month"].dt.strftime("%Y-%m").unique())
    found = {"events": 0, "called": 0, "verdicts": 0, "refused": 0, "too_few_donors": 0}
    while found["events"] < count and found["refused"] + found["too_few_donors"] < 20 * count:
        area, date = str(rng.choice(areas)), str(rng.choice(span[3:-2]))
        event = Event(
            id="fake", kind="intervention", type="other", municipalities=[area], date=f"{date}-01", source="drawn"
        )
        event = EventRegister([event])["fake"]
        effect = controlled(panel, event, municipality=area, question=Question(detectable=False))
        if effect.p_value is None:
            found["refused"] += 1
            continue
        if effect.p_min is None:
            found["too_few_donors"] += 1
            continue
        found["events"] += 1
        found["called"] += effect.p_value <= 0.05
        if effect.verdict in ("increase", "decrease"):
            check = placebo_in_time(controlled, panel, event, municipality=area)
            same = check.outcome == "failed" and (check.table["estimate"].iloc[0] > 1) == (
                effect.verdict == "increase"
            )
            found["verdicts"] += not same
    share = found["called"] / max(found["events"], 1)
    fails = "" if 0.02 <= share <= 0.09 else f"share {share:.3f}"
    return {
        "panel": name,
        "areas": len(areas),
        "first": span[0],
        "last": span[-1],
        **found,
        "share_called": share,
        "share_verdicts": found["verdicts"] / max(found["events"], 1),
        "fails": fails,
    }


def main() -> None:
    if not SHARED.is_dir():
        raise SystemExit("../shared/data is absent: nothing to try")
    start, rng = time.perf_counter(), np.random.default_rng(SEED)
    panels = {f"NHS appointments, {mode}": nhs(mode) for mode in ("Face-to-Face", "Telephone", "Home Visit")}
    panels |= {"Pharmacy First after launch": pharmacy(), "Immuni": immuni()}
    rows = [fake_events(name, panel, rng, EVENTS) for name, panel in panels.items()]
    table = pd.DataFrame(rows)
    total = table[["events", "called", "verdicts"]].sum()
    whole = {"panel": "all together", **total.to_dict(), "share_called": total["called"] / total["events"]}
    whole |= {"share_verdicts": total["verdicts"] / total["events"], "fails": ""}
    skipped = {"panel": "lidocaine: skipped, an outcome in money is no count", "fails": ""}
    store("real", pd.concat([table, pd.DataFrame([whole, skipped])], ignore_index=True), time.perf_counter() - start)


if __name__ == "__main__":
    main()
