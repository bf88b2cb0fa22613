"""The areas and parts of areas that a register names, held against those of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from kl_research.terms.errors import InputError
from kl_research.terms.events import Event
from kl_research.terms.municipalities import fold
from kl_research.terms.study import Study

PARTS = ("administration", "unit_type")


def check_places(
    study: Study, areas: Mapping[str, str], regions: Iterable[str], parts: Mapping[str, list[str]]
) -> None:
    """Refuse an event of an area that the data do not have, and one of a part whose name is nearly one of theirs.

    In a Danish study every code of the register is an area; a part that no call has yet may still come.
    """
    known_regions = sorted(set(regions) - {""})
    for event in study.read_events().values():
        if study.municipalities == "free":
            for code in event.municipalities:
                if code not in areas:
                    cure = _advice(code, areas) or f"write one of {', '.join(sorted(areas)[:8])}"
                    raise _refusal(study, event, "municipalities", code, cure)
            for code in event.regions:
                if code not in known_regions:
                    cure = _advice(code, dict.fromkeys(known_regions, ""))
                    none = (
                        f"write one of {', '.join(known_regions[:8])}" if known_regions else "name its areas instead"
                    )
                    raise _refusal(study, event, "regions", code, cure or none)
        for key in PARTS:
            written, names = getattr(event, key), parts.get(key, [])
            if written and written not in names and (cure := _advice(written, dict.fromkeys(names, ""))):
                raise _refusal(study, event, key, written, cure)


def unseen_parts(event: Event, parts: Mapping[str, list[str]]) -> list[str]:
    """Parts of areas that an event names and no call of the data has, in words."""
    named = [(key, getattr(event, key)) for key in PARTS]
    return [f"no call has the {key} {name!r}" for key, name in named if name and name not in parts.get(key, [])]


def _advice(written: str, names: Mapping[str, str]) -> str:
    """The area or part that is probably meant: the same but for spaces, capitals and one or two letters."""
    folded = {fold(text) or text: code for code, name in names.items() for text in (code, name) if text}
    near = get_close_matches(fold(written) or written, folded, 1, cutoff=0.8)
    return f"did you mean {folded[near[0]]!r}?" if near else ""


def _refusal(study: Study, event: Event, key: str, written: str, cure: str) -> InputError:
    where = f"{study.events}, event {event.id!r}, {key}"
    return InputError(where, repr(written), "a name that the data have", cure)
