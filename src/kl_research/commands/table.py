"""Another cut on request: one measure by area and period, from published numbers where all may read."""

from __future__ import annotations

import re
from pathlib import Path

from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.terms import months
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import REGION_NAMES


def table(
    file: Path, *, measure: str, by: str, period: str, edition: str | None = None, as_json: bool = False
) -> str:
    """The cut as CSV, or as JSON, a record a row: the columns of `kl.measure_table`, the name of each area, and the
    same months a year before.

    `by` is municipality, region, national, administration, unit_type or channel; `period` a year, half-year, quarter,
    month or two months ("2024H2", "2024-03/2025-02"). In the public edition every number is a published one.
    Ingests first when that is due. Raises `InputError` for an unknown measure, level or period.
    """
    from kl_research.adoption import LEVELS, beside, measure_table, measures, parse_period, with_year_before
    from kl_research.findings.html.tables import csv_text
    from kl_research.findings.words.reader import reader
    from kl_research.intake import read_activity
    from kl_research.terms.panel import read_panel

    study = load_study(file, edition=edition)
    who = reader(study)
    asked = parse_period(period)
    if not all(re.fullmatch(months.PATTERN, month) for month in asked):
        raise InputError("period", repr(period), "years from 1900 to 2099", "correct the year")
    for what, given, known in (("measure", measure, [one.id for one in measures()]), ("level", by, LEVELS)):
        if given not in known:
            raise InputError(what, repr(given), ", ".join(known), "choose one of these")
    prepared = prepare(study)
    keep(prepared)
    folder = study.data_folder
    panel = read_panel(folder)
    found = measure_table(
        panel,
        read_activity(folder),
        month_end=min(asked[1], f"{panel['month'].max():%Y-%m}"),
        levels=[by],  # type: ignore[list-item]
        periods=with_year_before([asked]),
        only=[measure],
    )
    shown = beside(found[found["level"] == by], [asked])
    names = {**REGION_NAMES, **prepared.areas}
    # Four decimals: finer than any page, and no digits that come from how a computer divides.
    shown = shown.round(4).assign(name=[names.get(str(area), "") for area in shown["area"]])
    shown = shown.assign(simulated=True) if who.simulated else shown
    return f"{shown.to_json(orient='records', force_ascii=False, indent=1)}\n" if as_json else csv_text(shown)
