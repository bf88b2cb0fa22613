"""The pack of a meeting passes the gates that a site's pages pass, before anything of it is written."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kl_research.commands.ahead.asked import Asked
from kl_research.findings.consistency.gate import contradictions
from kl_research.findings.consistency.run import Run
from kl_research.findings.html.gate import problems, problems_in_text
from kl_research.findings.statements.known import Known
from kl_research.findings.statements.made import make_statements
from kl_research.findings.words import named
from kl_research.terms.errors import Withheld
from kl_research.terms.municipalities import REGION_NAMES
from kl_research.terms.panel import area_name

_MOST_NAMED = 5  # contradictions in one message
_PAGE = "index.html"


def check_pack(asked: Asked, page: str, texts: Mapping[str, str]) -> None:
    """Refuse a pack that may not be published, or says what cannot be true together; raises `Withheld`.

    `page` is its HTML, `texts` what else it holds, by file name.
    """
    if asked.who.public:
        refused = {_PAGE: problems(page, asked.who), **{name: problems_in_text(said) for name, said in texts.items()}}
        if found := [f"{name}: {'; '.join(why)}" for name, why in refused.items() if why]:
            raise Withheld("; ".join(found))
    if against := contradictions(_run(asked, {_PAGE: page, **texts})):
        raise Withheld("; ".join(map(str, against[:_MOST_NAMED])))


def _run(asked: Asked, pages: Mapping[str, str]) -> Run:
    from kl_research.adoption import summaries
    from kl_research.findings.pages.similar import compared_measures

    panel, lang = asked.panel, asked.who.language
    codes = [str(code) for code in panel["municipality"].unique()]
    own = {code: [e for e in asked.effects if e.area == code] for code in codes}
    shared = [e for e in asked.effects if e.level == "national"]
    known = Known(
        panel,
        asked.activity,
        pd.DataFrame(),  # shares and means: the pack tells none
        summaries(panel, asked.activity),
        own,
        shared,
        {},
        list(asked.events.values()),
        asked.who,
    )
    statements = make_statements(known, compared_measures(panel, asked.activity, asked.who))
    names = {code: area_name(panel, code) for code in codes} | REGION_NAMES
    told = {words for e in shared for words in (named.event_title(e, lang), named.event_phrase(e, lang))}
    return Run(statements, pages, names, asked.who, asked.last, tuple(sorted(told)))
