"""The area of every row: code and name read together, so that a misaligned list is caught before it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kl_research.intake.columns.places import Place, is_total, read_free, read_place
from kl_research.terms.cpr import without_digits
from kl_research.terms.errors import InputError
from kl_research.terms.municipalities import fold, name, proposal

_SHOWN = 5
_MOST_NAMED = 20


def key_of(text: str) -> str:
    """What names are compared by: letters and digits, else the text as it is."""
    return fold(text) or text


def explanations(named: Mapping[str, str] | None) -> dict[str, str]:
    """`areas_named` of a study, ready for comparison."""
    return {key_of(text): code for text, code in (named or {}).items()}


def read_areas(
    codes: Sequence[str] | None,
    names: Sequence[str] | None,
    where: str,
    first_row: int,
    *,
    free: bool,
    ignore: Sequence[str] = (),
    named: Mapping[str, str] | None = None,
) -> list[Place]:
    """A `Place` for every row from its code cell, its name cell, or both; `named` are names that the study explains.

    Raises `InputError` for unknown names, all at once with what is probably meant, and for codes that contradict
    their names, with pairs.
    """
    own = explanations(named)
    rows = list(zip(codes or names or [], names or codes or [], strict=True))
    ignored = {fold(text) for text in ignore}
    known: dict[tuple[str, str], Place] = {}
    wrong: list[tuple[str, str]] = []
    unknown: list[tuple[str, InputError]] = []
    for i, pair in enumerate(rows):
        if pair in known:
            continue
        known[pair] = Place("unknown")
        if ignored & {fold(pair[0]), fold(pair[1])}:
            known[pair] = Place("ignored")
            continue
        explained = {own[key] for text in pair if (key := key_of(text)) in own}
        if len(explained) == 1:
            known[pair] = Place("municipality", explained.pop())
            continue
        try:
            known[pair], agree = _read(pair, f"{where}, row {first_row + i}", free=free)
        except InputError as error:
            unknown.append((pair[1] or pair[0], error))
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
        raise unknown[0][1] if len(unknown) == 1 else _all_unknown(unknown, len(known))
    return [known[pair] for pair in rows]


def _all_unknown(unknown: list[tuple[str, InputError]], names: int) -> InputError:
    """One refusal for all names nobody knows, each with the municipality that is probably meant."""
    lines, found = [], []
    for text, _ in unknown[:_MOST_NAMED]:
        shown = without_digits(text)
        code = proposal(text)
        found.append(f"{shown!r} ({name(code)}?)" if code else repr(shown))
        lines.append(f'"{shown}": "{code or "..."}"')
    more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
    if len(unknown) > max(_SHOWN, names / 2) and not any(proposal(text) for text, _ in unknown):
        return InputError(
            unknown[0][1].where,
            f"{', '.join(found[:_SHOWN])} and {len(unknown) - _SHOWN} more that are no Danish municipality",
            "municipalities",
            "where these are the areas that are meant, write `municipalities: free` in the study; or map the column "
            "of municipalities in a layout file",
        )
    return InputError(
        unknown[0][1].where,
        f"{', '.join(found)}{more}",
        "municipalities",
        f"write what each is in the study, where this is right: areas_named: {{{', '.join(lines)}}}; none is taken "
        "silently, and `ignore` in a layout file leaves rows out",
    )


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
