"""All statements of a run, in one pass."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kl_research.adoption import Peers
from kl_research.findings.statements.above import above
from kl_research.findings.statements.advice import advice
from kl_research.findings.statements.events import circumstances, judgement, judgements
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.parts import Part, all_parts, parts
from kl_research.findings.statements.start import expected_starts, start
from kl_research.findings.statements.statement import NATION, Statement, Statements
from kl_research.findings.statements.use import among_similar, carried, level, similar, state, units, warning


def make_statements(known: Known, compared: pd.DataFrame) -> Statements:
    """Everything that is true of every municipality, region and the nation; `compared` are the measures of peers."""
    found: list[Statement] = []
    inside, standing, beginnings = all_parts(known), among_similar(known, compared), expected_starts(known)
    for code in sorted(known.summaries):
        own = [*_municipality(known, code, standing[code], inside.get(code, [])), *start(known, beginnings.get(code))]
        own += [*judgements(known, code), *circumstances(known, code)]
        found += [*own, *advice(own)]
    found += above(known)
    for effect in known.shared:
        place = {"region": effect.area, "event": effect.event, "type": effect.type}.get(effect.level, NATION)
        found.append(judgement(effect, effect.level, place or NATION))
    return Statements(tuple(found))


def _municipality(known: Known, code: str, standing: list[Peers], inside: list[Part]) -> Iterator[Statement]:
    yield from state(known, code)
    yield from level(known, code)
    short = known.summaries[code]
    if not short.idle and short.state != "missing":
        yield from parts(known, code, inside)
        yield from units(known, code)
        yield from carried(known, code)
        yield from warning(known, code)
        yield from similar(known, code, standing)
