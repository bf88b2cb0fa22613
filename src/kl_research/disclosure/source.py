"""What is counted: the complete data as records with keys, by municipality and month.

Rows of the activity are first summed over the provider numbers: a record is the calls of one unit, administration,
type and channel in a month. A month that the activity does not account for is one record of its own (a monthly
figure). Units and provider numbers have one key each; where nobody names them, a monthly figure has as many as it
counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kl_research.disclosure.count import Records
from kl_research.disclosure.keys import identity, key_sums, member_keys
from kl_research.terms.panel import COUNTS, count_state

PARTS = ("administration", "unit_type", "channel")
USERS = {"active_units": "unit", "active_providers": "provider"}
GROUPS = {"calls": "calls", "completed": "calls", "active_units": "units", "active_providers": "providers"}
"""The keys of completed calls are among those of the calls: where all were completed, both have the same noise."""
_SEPARATOR = "\x1f"
RECORD = ["municipality", "month", "administration", "unit", "unit_type", "channel"]


@dataclass(frozen=True)
class Source:
    """The complete data as records: nothing in here is published, only what `count` makes of it.

    `counts` has a table (municipalities, months) for each of `panel.COUNTS` that the panel has, `observed` where each
    was. `parts` has for each of `PARTS` the municipality and name of every part, and tables (parts, months). `use` is
    the activity of observed months, with place (municipality), n (month) and the names of units and provider numbers
    (`unit_key`, `provider_key`, empty for none); `keys` are those of the users by name, `named` the municipalities
    whose users are named in every month.
    """

    codes: list[str]
    months: list[str]
    counts: dict[str, Records]
    observed: dict[str, np.ndarray]
    parts: dict[str, tuple[list[tuple[str, str]], dict[str, Records]]]
    use: pd.DataFrame
    keys: dict[str, pd.Series]
    named: dict[str, np.ndarray]


def read_source(panel: pd.DataFrame, activity: pd.DataFrame | None, key: bytes) -> Source:
    """The records of a checked panel and its activity, with keys made from `key` (`keys.noise_key`).

    Examples
    --------
    >>> panel = pd.DataFrame({"municipality": "461", "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
    ...                       "state": "observed", "calls": [3, 0]})
    >>> read_source(panel, None, b"k").counts["calls"].values.tolist()
    [[3, 0]]
    """
    panel = panel.sort_values(["municipality", "month"])
    codes = [str(code) for code in panel["municipality"].unique()]
    months = sorted(panel["month"].dt.strftime("%Y-%m").unique())
    shape = len(codes), len(months)
    names = [name for name in COUNTS if name in panel]
    observed = {name: count_state(panel, name).to_numpy(dtype=str).reshape(shape) == "observed" for name in names}
    use = _use(activity, codes, months, observed["calls"])
    keys = {who: _user_keys(use, who, GROUPS[name], key) for name, who in USERS.items()}
    records = use.groupby([*RECORD, "place", "n"], sort=True)[["calls", "completed"]].sum().reset_index()
    calls = _calls(records, key)

    def table(name: str, place: pd.Series, where: pd.Series, rows: int) -> Records:
        """One count by place and month; `place` is that of each record, `where` of each row of the activity."""
        if name in USERS:
            return _users(use.assign(at=where), USERS[name], keys, rows, len(months))
        at = place.to_numpy() * len(months) + records["n"].to_numpy()
        return calls[name].grouped(at, rows * len(months)).reshape(rows, len(months))

    counts, named = {}, {who: np.ones(len(codes), dtype=bool) for who in USERS.values()}
    for name in names:
        whole = panel[name].to_numpy(dtype="float64", na_value=0.0).reshape(shape)
        figures = np.where(observed[name], whole, 0).astype("int64")
        found = table(name, records["place"], use["place"], len(codes))
        counts[name] = _with_figures(found, figures, name, key, codes, months)
        if name in USERS:
            named[USERS[name]] = (found.values == figures).all(axis=1)
    parts = {}
    for level in PARTS:
        pairs = sorted(set(zip(records["municipality"], records[level], strict=True)))
        number = {pair: i for i, pair in enumerate(pairs)}
        place, where = (
            pd.Series([number[pair] for pair in zip(rows["municipality"], rows[level], strict=True)], dtype="int64")
            for rows in (records, use)
        )
        parts[level] = pairs, {name: table(name, place, where, len(pairs)) for name in names}
    return Source(codes, months, counts, observed, parts, use, keys, named)


def _use(activity: pd.DataFrame | None, codes: list[str], months: list[str], observed: np.ndarray) -> pd.DataFrame:
    """The activity of observed months, with places and months numbered and users named."""
    columns = [*RECORD, "provider", "calls", "completed", "seconds"]
    use = pd.DataFrame(columns=columns) if activity is None else activity.reindex(columns=columns)
    when = pd.to_datetime(use["month"]).dt.strftime("%Y-%m")
    place, n = (
        pd.Index(codes).get_indexer(pd.Index(use["municipality"])),
        pd.Index(months).get_indexer(pd.Index(when)),
    )
    inside = (place >= 0) & (n >= 0)
    inside[inside] = observed[place[inside], n[inside]]
    use = use.assign(month=when, place=place, n=n)[inside].reset_index(drop=True)
    for name in (*RECORD, "provider"):
        use[name] = use[name].astype("str")
    for name in ("calls", "completed", "seconds"):
        use[name] = pd.to_numeric(use[name]).astype("float64")
    unit = use["municipality"].str.cat(use[["administration", "unit"]], sep=_SEPARATOR)
    return use.assign(unit_key=unit.where(use["unit"] != "", ""), provider_key=use["provider"])


def _user_keys(use: pd.DataFrame, who: str, group: str, key: bytes) -> pd.Series:
    names = sorted(name for name in use[f"{who}_key"].unique() if name)
    return pd.Series(member_keys(key, group, names), index=pd.Index(names, dtype="str"))


def _calls(records: pd.DataFrame, key: bytes) -> dict[str, Records]:
    """What each record of calls counts, with its keys: of its calls, and of those of them that were completed."""
    names = ("calls", "completed")
    values = [records[name].to_numpy().astype("int64") for name in names]
    sums = key_sums(key, GROUPS["calls"], identity(*(records[column] for column in RECORD)), *values)
    return {name: Records(*pair) for name, *pair in zip(names, values, sums, strict=True)}


def _users(use: pd.DataFrame, who: str, keys: dict[str, pd.Series], rows: int, months: int) -> Records:
    """How many units or provider numbers had a call, by place (`at`) and month."""
    name = f"{who}_key"
    used = use.loc[(use[name] != "") & (use["calls"] > 0), ["at", "n", name]].drop_duplicates()
    one = Records(np.ones(len(used), dtype="int64"), keys[who].reindex(used[name]).to_numpy("uint64"))
    return one.grouped((used["at"] * months + used["n"]).to_numpy(), rows * months).reshape(rows, months)


def _with_figures(
    found: Records, figures: np.ndarray, name: str, key: bytes, codes: list[str], months: list[str]
) -> Records:
    """The records, and a monthly figure wherever they do not account for what the panel counts."""
    place, n = np.nonzero(found.values != figures)
    names = identity([codes[i] for i in place], [months[k] for k in n], *([""] * len(place) for _ in range(4)))
    values, keys = figures.copy(), found.keys.copy()
    (keys[place, n],) = key_sums(key, GROUPS[name], names, values[place, n])
    return Records(values, keys)
