"""The area of every row: code and name read together, so that a misaligned list is caught before it is believed."""

from __future__ import annotations

from collections.abc import Sequence

from kl_research.intake.columns.places import Place, is_total, read_free, read_place
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold

_SHOWN = 5


def read_areas(
    codes: Sequence[str] | None,
    names: Sequence[str] | None,
    where: str,
    first_row: int,
    *,
    free: bool,
    ignore: Sequence[str] = (),
) -> list[Place]:
    """A `Place` for every row from its code cell, its name cell, or both.

    Raises `InputError` for an unknown name (with near ones), and for codes that contradict their names, with pairs.
    """
    rows = list(zip(codes or names or [], names or codes or [], strict=True))
    ignored = {fold(text) for text in ignore}
    known: dict[tuple[str, str], Place] = {}
    wrong: list[tuple[str, str]] = []
    unknown: InputError | None = None
    for i, pair in enumerate(rows):
        if pair in known:
            continue
        known[pair] = Place("unknown")
        if ignored & {fold(pair[0]), fold(pair[1])}:
            known[pair] = Place("ignored")
            continue
        try:
            known[pair], agree = _read(pair, f"{where}, row {first_row + i}", free=free)
        except InputError as error:
            unknown = unknown or error
            continue
        if not agree:
            wrong.append(pair)
    if wrong:
        listed = ", ".join(without_digits(f"{code} {name}") for code, name in wrong[:_SHOWN])
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(
            where,
            f"{len(wrong)} of {len(known)} codes that contradict their name: {listed}{more}",
            "codes and names that agree",
            "codes and names were probably shifted against each other; ask for the list again",
        )
    if unknown:
        raise unknown
    return [known[pair] for pair in rows]


def _read(pair: tuple[str, str], where: str, *, free: bool) -> tuple[Place, bool]:
    code, name = pair
    if free:
        return read_free(code), True
    if code == name:
        return _one(code, where), True
    if not code or not name:
        return _one(code or name, where), True
    by_code, by_name = _one(code, where), _one(name, where)
    if {by_code.kind, by_name.kind} <= {"total", "unknown", "test"}:
        return by_code if by_name.kind == "unknown" else by_name, True
    return by_code, by_code == by_name or (by_code.kind, by_code.code) == (by_name.kind, by_name.code)


def _one(written: str, where: str) -> Place:
    """A place, also where a municipality's own total is written as "Odense i alt"."""
    try:
        return read_place(written, where)
    except InputError:
        if not is_total(written):
            raise
    bare = written.casefold().removesuffix(":").removesuffix("i alt").removesuffix("total").strip(" -:")
    place = read_place(bare, where)
    return Place("total", place.code)
