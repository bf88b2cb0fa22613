"""The one shared table: a row per municipality and month, no gaps, checked at the door.

| column | type | meaning |
|---|---|---|
| municipality | string | code, "461" |
| month | datetime64, first day | |
| state | string | observed, suppressed, missing, not_connected, not_started |
| calls, completed, active_units, active_providers | Int64 | empty unless observed; a count column may be absent |
| `<count>_state` | string, optional | state of that count where it differs from `state` |
| name, region | string, optional | of areas that the register does not know, or that the export names otherwise |
| provisional | boolean, optional | the export calls the numbers of the month provisional; absent where of none |
| state_source | string, optional | "inferred" where no connections file was given, else "connections" |
| identical_rows | boolean, optional | whether rows of the area stand in the export more than once, all counted |
| any other | number | denominators asked for, such as population_80plus |

Nothing is kept in `panel.attrs`: pandas drops it in silence when frames are put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from kl_research.terms import municipalities
from kl_research.terms.errors import InputError

STATES = ("observed", "suppressed", "missing", "not_connected", "not_started")
COUNTS = ("calls", "completed", "active_units", "active_providers")
# Columns that measures, pages and notebooks look for; others serve a study's offset and notebooks of one's own.
MOST = 10**12  # of a count: beyond it sums of floats are no longer whole
DENOMINATORS = ("population_80plus", "units", "providers", "clinics", "doctors", "sms_link_share")
NOT_IN_USE = ("not_connected", "not_started")
FILE = "panel.parquet"


def check_panel(frame: pd.DataFrame) -> pd.DataFrame:
    """The panel with columns typed and rows sorted; raises `InputError` for anything that is not a panel.

    Parameters
    ----------
    frame : DataFrame
        One row a municipality and month, with the columns municipality, month, state and calls at least.

    Returns
    -------
    DataFrame
        A new frame with the columns of this module's table, counts as Int64, empty where not observed.

    Raises
    ------
    InputError
        For anything that is not a panel.

    Examples
    --------
    >>> frame = pd.DataFrame({"municipality": ["461"], "month": ["2025-01-01"], "state": ["observed"], "calls": [7]})
    >>> check_panel(frame).loc[0, "calls"]
    np.int64(7)
    """
    if wrong := _no_table(frame):
        _refuse(*wrong)
    panel = frame.copy()
    if not panel["municipality"].map(lambda code: isinstance(code, str) and code != "").all():
        _refuse("a municipality that is not a text code", 'codes as text, "461"')
    panel["municipality"] = panel["municipality"].astype("str")
    panel["month"] = _as_months(panel["month"])
    if (panel["month"].dt.day != 1).any() or panel["month"].isna().any():
        _refuse("a month that is not the first day of a month", "first days, 2025-01-01")
    panel = panel.sort_values(["municipality", "month"], ignore_index=True)
    if panel.duplicated(["municipality", "month"]).any():
        twice = panel.loc[panel.duplicated(["municipality", "month"])].iloc[0]
        _refuse(f"municipality {twice['municipality']} twice in {twice['month']:%Y-%m}", "one row each")
    _check_no_gaps(panel)
    for column in (c for c in panel if c == "state" or str(c).endswith("_state")):
        unknown = set(panel[column].dropna().unique()) - set(STATES)
        if unknown or (column == "state" and panel[column].isna().any()):
            _refuse(f"{column} {sorted(unknown) or 'empty'}", ", ".join(STATES))
        panel[column] = panel[column].astype("str")
    for column in (c for c in COUNTS if c in panel):
        panel[column] = _check_count(panel, column)
    panel.attrs = {}
    return panel


def refuse_unchecked(panel: object) -> None:
    """Refuse what `check_panel` would not have let through, or would have typed: it would be misread further on.

    Asked by whatever makes numbers of a panel, and quick for that; the order of rows is asked where it matters.

    >>> refuse_unchecked([7])
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: panel: found a list; expected a data frame. Pass it through kl.check_panel.
    """
    wrong = _no_table(panel) or _not_typed(panel)  # type: ignore[arg-type]
    if wrong:
        raise InputError("panel", *wrong, "pass it through kl.check_panel")


def _no_table(panel: object) -> tuple[str, str] | None:
    """What is found in the place of a table with a panel's columns, and what is expected."""
    if not isinstance(panel, pd.DataFrame):
        return f"a {type(panel).__name__}", "a data frame"
    missing = [column for column in ("municipality", "month", "state", "calls") if column not in panel]
    if missing:
        return f"no column {', '.join(missing)}", "municipality, month, state and calls"
    if not panel.columns.is_unique:
        return f"two columns {panel.columns[panel.columns.duplicated()][0]}", "each column once"
    return ("no rows", "at least one municipality and month") if panel.empty else None


def _not_typed(panel: pd.DataFrame) -> tuple[str, str] | None:
    """The same of its values."""
    month, calls = panel["month"], panel["calls"]
    if not (pd.api.types.is_string_dtype(panel["municipality"]) and pd.api.types.is_datetime64_dtype(month)):
        return "municipalities that are no text, or months that are no dates", "a checked panel"
    codes, days = panel["municipality"], month.to_numpy()
    if (codes == "").any():
        return "an empty code", 'codes as text, "461"'
    if len(panel) != codes.nunique() * month.nunique():
        return "months absent or twice", "each municipality in all months, absent ones as `missing`"
    if (days != days.astype("datetime64[M]").astype(days.dtype)).any():
        return "a month that is not the first day of a month", "first days, 2025-01-01"
    if not pd.api.types.is_numeric_dtype(calls) or pd.api.types.is_bool_dtype(calls):
        return "calls that are no numbers", "counts 0, 1, 2, ..."
    counts, observed = calls.to_numpy(dtype=float, na_value=np.nan), (panel["state"] == "observed").to_numpy()
    if not panel["state"].isin(STATES).all():
        return "an unknown state", ", ".join(STATES)
    if (counts < 0).any() or (counts % 1 > 0).any() or (counts > MOST).any():
        return "calls that are no counts", f"counts from 0 to {MOST:,}"
    if np.isnan(counts[observed]).any() or not np.isnan(counts[~observed]).all():
        return "an observed month without calls, or calls in another", "a number where observed, and only there"
    return None


def _as_months(given: pd.Series) -> pd.Series:
    """Months as dates, from dates, periods and text; numbers are refused, as 202401 would be nanoseconds."""
    try:
        if isinstance(given.dtype, pd.PeriodDtype):
            given = given.dt.to_timestamp()
        if pd.api.types.is_numeric_dtype(given):
            raise ValueError
        found = pd.to_datetime(given, format="ISO8601" if pd.api.types.is_string_dtype(given) else None)
        return (found.dt.tz_localize(None) if found.dt.tz is not None else found).astype("datetime64[s]")
    except (ValueError, TypeError, AttributeError):
        _refuse("months that are no dates", "first days, 2025-01-01")


def _check_no_gaps(panel: pd.DataFrame) -> None:
    months = pd.date_range(panel["month"].min(), panel["month"].max(), freq="MS")
    rows = panel.groupby("municipality")["month"].size()
    short = rows[rows != len(months)]
    if len(short):
        _refuse(
            f"{short.iloc[0]} months for municipality {short.index[0]}",
            f"all {len(months)} months, absent ones as `missing`",
        )


def _check_count(panel: pd.DataFrame, column: str) -> pd.Series:
    given = panel[column]
    values = pd.to_numeric(given, errors="coerce").astype("Float64")
    if (values.isna() & given.notna()).any():
        _refuse(f"{column} that are no numbers", "counts 0, 1, 2, ...")
    if (values < 0).any() or (values.dropna() % 1 != 0).any() or (values > MOST).any():
        _refuse(f"{column} below 0, above {MOST:,} or not whole", "counts 0, 1, 2, ...")
    observed = count_state(panel, column) == "observed"
    if values[~observed].notna().any():
        _refuse(f"{column} in a month that is not observed", "an empty cell there")
    if column == "calls" and values[observed].isna().any():
        _refuse("an observed month without calls", "a number, or the state `missing`")
    return values.astype("Int64")


def count_state(panel: pd.DataFrame, column: str) -> pd.Series:
    """The state of one count, row by row: its own state column where there is one, else `state`."""
    own = f"{column}_state"
    if own not in panel:
        return panel["state"]
    return panel[own].where(panel[own].isin(STATES), panel["state"])


def _refuse(found: str, expected: str) -> NoReturn:
    raise InputError("panel", found, expected, "a panel comes from `kl-research ingest` or `kl.ingest`")


def wide(panel: pd.DataFrame, measure: str = "calls") -> pd.DataFrame:
    """Months down ("2025-01"), municipalities across; NaN wherever the measure was not observed.

    Returns
    -------
    DataFrame
        A frame (months, municipalities) in the measure's own unit.

    Raises
    ------
    InputError
        When the measure is not in the panel.

    Examples
    --------
    >>> frame = pd.DataFrame({"municipality": ["461"], "month": ["2025-01-01"], "state": ["observed"], "calls": [7]})
    >>> wide(check_panel(frame))["461"].to_dict()
    {'2025-01': 7.0}
    """
    refuse_unchecked(panel)
    if measure not in panel:
        raise InputError(
            "panel", f"no measure {measure!r}", "one of its columns", "choose an outcome the export contains"
        )
    table = panel.assign(month=month_text(panel)).pivot(index="month", columns="municipality", values=measure)
    return table.astype("float64")


def wide_states(panel: pd.DataFrame, measure: str = "calls") -> pd.DataFrame:
    """The same shape as `wide`, holding the state of each cell."""
    states = panel.assign(month=month_text(panel), state=count_state(panel, measure))
    return states.pivot(index="month", columns="municipality", values="state")


def month_text(panel: pd.DataFrame) -> pd.Series:
    """The months as text, "2025-01"."""
    return panel["month"].dt.strftime("%Y-%m")


def area_name(panel: pd.DataFrame, code: str) -> str:
    """The name a reader knows an area by: from the panel, else the register, else its code.

    Parameters
    ----------
    code : str
        Code of a municipality or region as text, "461".

    Returns
    -------
    str
        Text.

    Examples
    --------
    >>> area_name(pd.DataFrame(), "461"), area_name(pd.DataFrame(), "X1")
    ('Odense', 'X1')
    """
    named = _text_of(panel, "name", code)
    if named:
        return named
    return municipalities.name(code) if code in municipalities.codes() else code


def area_code(given: str | int) -> str:
    """The code of an area as text: what hands parameters to notebooks reads 851 as a number.

    Parameters
    ----------
    given : str | int
        A code, as text or as the number that other tools make of it.

    Returns
    -------
    str
        Text.

    Raises
    ------
    InputError
        For anything but text and whole numbers.

    Examples
    --------
    >>> area_code(851), area_code("851"), area_code("")
    ('851', '851', '')
    """
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise InputError("municipality", f"a {type(given).__name__}", 'a code, "851"', "give the code in quotes")
    return str(given)


def check_area(panel: pd.DataFrame, code: str) -> None:
    """Refuse a municipality the panel does not have: a misspelt code would read as one without use.

    >>> check_area(pd.DataFrame({"municipality": ["461"]}), "Odense")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: municipality: found 'Odense'; expected a code of the panel. Codes ...
    """
    if not isinstance(panel, pd.DataFrame):
        _refuse(f"a {type(panel).__name__}", "a data frame")
    if "municipality" not in panel:
        _refuse("no column municipality", "municipality, month, state and calls")
    if not panel["municipality"].eq(code).any():
        raise InputError("municipality", repr(code), "a code of the panel", 'codes are text, "461"')


def area_region(panel: pd.DataFrame, code: str, month: str) -> str:
    """The region code of an area in a month; empty when it has none."""
    own = _text_of(panel, "region", code)
    if own:
        return own
    return municipalities.region(code, month) if code in municipalities.codes() else ""


def states_inferred(panel: pd.DataFrame) -> bool:
    """Whether the states were inferred from the calls, since no connections file says who was connected when."""
    return "state_source" in panel and bool((panel["state_source"] == "inferred").any())


def with_areas(panel: pd.DataFrame, column: str, texts: Mapping[str, str]) -> pd.DataFrame:
    """The panel with a column of text, the name or region of each area; unchanged without any texts."""
    if not texts:
        return panel
    return panel.assign(**{column: panel["municipality"].map(texts).fillna("").astype("str")})


def _text_of(panel: pd.DataFrame, column: str, code: str) -> str:
    """What a column of text says of an area; empty where there is no such column, area or text."""
    if column not in panel:
        return ""
    found = panel[column].to_numpy()[panel["municipality"].to_numpy() == code]
    return str(found[0]) if len(found) else ""


def last_state(panel: pd.DataFrame, code: str) -> str:
    """The state of an area's last month; empty for an area the panel does not have."""
    rows = panel[panel["municipality"] == code]
    return str(rows.sort_values("month")["state"].iloc[-1]) if len(rows) else ""


def write_panel(panel: pd.DataFrame, folder: Path) -> Path:
    """Write a checked panel as `panel.parquet` into an existing folder."""
    path = folder / FILE
    check_panel(panel).to_parquet(path, index=False)
    return path


def read_panel(path: str | Path) -> pd.DataFrame:
    """The panel in a folder written by `kl-research ingest` (or the Parquet file itself), checked.

    Parameters
    ----------
    path : str | Path
        A processed folder, or `panel.parquet` itself.

    Returns
    -------
    DataFrame
        A row a municipality and month, with the columns of `kl_research.terms.panel`.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> frame = pd.DataFrame({"municipality": ["461"], "month": ["2025-01-01"], "state": ["observed"], "calls": [7]})
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_panel(check_panel(frame), Path(folder))
    ...     read_panel(folder).shape
    ...
    (1, 4)
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    if file.suffix != ".parquet" or not file.is_file():
        raise InputError(
            str(path),
            "no panel.parquet",
            "a folder of processed data",
            "run `kl-research ingest STUDY.yaml` first",
        )
    return check_panel(pd.read_parquet(file))
