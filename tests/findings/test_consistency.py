"""The gate of a whole run: contradictions of every kind are refused with both sentences, and what agrees passes."""

from __future__ import annotations

from typing import Any

import pytest

from kl_research.effects.effect import Effect, Threat
from kl_research.findings.consistency import refusal
from kl_research.findings.consistency.gate import contradictions
from kl_research.findings.consistency.run import Run
from kl_research.findings.html.said import headed, said, said_in_brief
from kl_research.findings.statements.advice import advice
from kl_research.findings.statements.events import judgement
from kl_research.findings.statements.phrases import phrase
from kl_research.findings.statements.statement import Comparison, Statement, Statements, direction
from kl_research.findings.statements.strongest import strongest
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import Reader
from kl_research.findings.words.wording import sentence

WHO = Reader("da", "public")
NAMES = {
    "710": "Favrskov",
    "265": "Roskilde",
    "330": "Slagelse",
    "661": "Holstebro",
    "101": "København",
    "1082": "Region Midtjylland",
}
NOW, BEFORE = "2024-03/2025-02", "2023-03/2024-02"


def counted(area: str, kind: str, subject: str, now: float, before: float, **more: Any) -> Statement:
    against = Comparison("year_before", before, BEFORE, direction(now, before, public=True))
    return Statement("municipality", area, kind, subject, "calls", NOW, now, against, **more)


def state(area: str, name: str) -> Statement:
    return Statement("municipality", area, "state", name, period=NOW)


def answered(area: str, event: str, kind: str, **more: Any) -> Statement:
    details = {"event_date": more.pop("date", None), "mean_before": 9.0, "mean_after": 20.0, "expected_after": 10.0}
    details |= {"event_title_da": more.pop("title")}
    effect = Effect("municipality", area, area, event, kind, "calls", "its", primary=True, details=details, **more)
    return judgement(effect, "municipality", area)


UNIT = {"level": "unit_type"}
CLAIMED = {"verdict": "increase", "estimate": 2.0, "conf_low": 1.2, "conf_high": 3.1, "n_donors": 9}
LIGHTHOUSE = answered(
    "330",
    "lighthouse",
    "lighthouse",
    title="Fyrtårnsperioden i Slagelse",
    impact="pulse",
    date="2022-03-01",
    **CLAIMED,
)
UNSTABLE = answered(
    "710", "boost", "leader_meeting", title="Stort ledermøde i Favrskov", unstable=True, date="2024-10-01", **CLAIMED
)
UNDATED = answered(
    "661", "gp", "gp_meeting", title="Møde med lægerne i Holstebro", verdict="not_assessable", reason="undated"
)
COUNTING = answered(
    "101", "social", "onboarding", title="Socialforvaltningen kom med", date="2024-12-01", verdict="break_in_series"
)
HALF = Statement(
    "region",
    "1082",
    "half_year",
    "calls",
    "calls",
    "2024-07/2024-12",
    763,
    Comparison("half_year_before", 689, "2023-07/2023-12", "same"),
)
HALF_OF_710 = Statement(
    "municipality",
    "710",
    "half_year",
    "calls",
    "calls",
    "2024-07/2024-12",
    58,
    Comparison("half_year_before", 75, "2023-07/2023-12", "fewer"),
)
ALL = [
    state("710", "active"),
    counted("710", "level", "calls", 121, 151),
    counted("710", "part", "Plejecenter", 93, 84, values=UNIT),
    counted("710", "part", "Sygepleje", 30, 69, values=UNIT, certainty="claimed"),
    UNSTABLE,
    state("265", "not_started"),
    state("330", "active"),
    counted("330", "level", "calls", 492, 600),
    Statement(
        "municipality",
        "330",
        "warning",
        "alert",
        period=NOW,
        values={"since": "2024-10", "kind": "decline", "now": 36, "normal": 59, "rate": 0.1},
    ),
    LIGHTHOUSE,
    state("661", "active"),
    counted("661", "level", "calls", 123, 81),
    UNDATED,
    state("101", "active"),
    counted("101", "level", "calls", 401, 321),
    COUNTING,
    HALF,
    HALF_OF_710,
]
TIPS = [tip for code in ("710", "330", "661") for tip in advice([one for one in ALL if one.area == code])]
TOLD = Statements((*ALL, *TIPS))


def front(code: str, *more: str) -> str:
    own = TOLD.of(code)
    found = strongest(own, "2025-02")
    assert found is not None
    body = "".join(said(one, NAMES[code], WHO) for one in own)
    return f"<h1>{headed(found.first, NAMES[code], WHO, own)}</h1>{body}{''.join(more)}"


def table(caption: str, columns: list[str], *rows: list[str]) -> str:
    heads = "".join(f'<th scope="col">{c}</th>' for c in columns)
    lines = "".join(f'<tr><th scope="row">{r[0]}</th>{"".join(f"<td>{c}</td>" for c in r[1:])}</tr>' for r in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def pages() -> dict[str, str]:
    index = table(
        "Alle",
        ["Kommune", "Status", say("index.column.calls", "da")],
        ["Favrskov", "kun tal", "121"],
        ["Roskilde", say("status.not_started", "da"), "–"],
    )
    months = table("Opkald", ["Periode", "Opkald pr. måned"], ["januar 2025", "13"], ["februar 2025", "8"])
    region = (
        "I 2. halvår 2024 var der 763 opkald i Region Midtjylland mod 689 i 2. halvår 2023. Det er omtrent det samme."
    )
    rows = table(
        "Kommunerne",
        ["Kommune", "Opkald, 2. halvår 2024", say("region.column.change", "da")],
        ["Favrskov", "58", "færre"],
        ["Roskilde", say("overview.state.not_started", "da"), "–"],
    )
    fewer = say("region.fewer", "da", names="Favrskov")
    year = next(one for one in ALL if one.area == "710" and one.kind == "level")
    return {
        "index.html": index,
        "710/index.html": front("710", months),
        "710/adoption.html": months,
        "330/index.html": front("330"),
        "661/index.html": front("661"),
        "101/index.html": front("101"),
        "265/index.html": front("265"),
        "regions/1082.html": f"<h2>Nyt i halvåret</h2><p>{region}</p><p>{fewer}</p>{rows}",
        "overview/monitoring.html": f"<p>{say('warnings.count', 'da', n=1, watched='1')}</p>",
        "710/mail.txt": f"Kære alle\n{phrase(year, 'Favrskov', WHO)}\n",
        "national.html": "<p>Favrskov: 121 opkald mod 151 i de 12 måneder før.</p>",
    }


def run(**changed: tuple[str, str]) -> Run:
    made = pages()
    for page, (old, new) in changed.items():
        name = page.replace("__", "/") + ("" if page.endswith(".txt") else ".html")
        assert old in made[name], f"{old} is not on {name}"
        made[name] = made[name].replace(old, new, 1)
    return Run(TOLD, made, NAMES, WHO, "2025-02")


def test_a_run_without_contradictions_passes() -> None:
    assert contradictions(run()) == []


def test_how_long_is_not_how_many() -> None:
    told = "</p><p>Plejecenter: flere opkald, 152 de seneste 12 måneder mod 109 året før.</p>"
    assert contradictions(run(national=("</p>", told))) == []
    wrong = told.replace("flere", "færre")
    assert [one.kind for one in contradictions(run(national=("</p>", wrong)))] == [
        "numbers of one sentence that disagree"
    ]


def test_thousands_are_read_in_either_language() -> None:
    told = "</p><p>489 of 1,722 provider numbers (28%), or 489 af 1.722 ydernumre (28 %).</p>"
    assert contradictions(run(national=("</p>", told))) == []


def test_a_name_that_sounds_like_a_claim_is_a_name() -> None:
    """Titles of events, areas and parts come from the data: they hold numbers, directions and verdicts."""
    title = "Flere opkald end forventet: 12 opkald mod 9, færre"
    odd = answered("901", "odd", "gp_meeting", title=title, date="2024-05", verdict="inconclusive")
    told = Statements((*TOLD, state("901", "active"), counted("901", "part", "Færre 5", 30, 20, values=UNIT), odd))
    page = f"<h1>Flere</h1><p>{title}</p><p>Flere: {title}. Datoen er maj 2024.</p><p>Færre 5: 30 opkald.</p>"
    read = Run(told, {**pages(), "901/adoption.html": page}, {**NAMES, "901": "Flere"}, WHO, "2025-02")
    assert contradictions(read) == []


def test_a_part_may_be_called_as_another_area() -> None:
    rows = table("Efter type", ["Type", "marts 2024 til februar 2025"], ["Slagelse", "99"])
    read = Run(TOLD, {**pages(), "710/parts.html": rows}, NAMES, WHO, "2025-02")
    assert contradictions(read) == []


def test_an_event_near_one_may_have_the_title_of_another_elsewhere() -> None:
    near = answered(
        "710",
        "near",
        "webinar",
        title="Webinar",
        date="2024-05",
        verdict="inconclusive",
        threats=(Threat("intervention_near", "x", "2024-06"),),
    )
    assert near.effect is not None
    near.effect.details["event_titles"] = {"x": {"da": "Fyrtårnsperioden i Slagelse"}}
    text = "<p>Tæt på ligger »Fyrtårnsperioden i Slagelse« (juni 2024).</p>"
    read = Run(Statements((*TOLD, near)), {**pages(), "710/x.html": text}, NAMES, WHO, "2025-02")
    assert contradictions(read) == []


UNSURE = say("effect.unstable", "da")
WARNED = table(say("warnings.table", "da"), ["Kommune", "Siden"], ["Favrskov", "juli 2024"])
PLANTED = {
    "a claim without its caveat": ("710__index", (f" {UNSURE}", ""), "said otherwise"),
    "a claim told elsewhere without its caveat": (
        "national",
        ("</p>", "</p><p>Favrskov: Efter ledermødet var der ca. 100 % flere end forventet.</p>"),
        "without its caveat",
    ),
    "after for months that were during": (
        "330__index",
        ("</h1>", "</h1><p>Efter fyrtårnsperioden var der flere opkald.</p>"),
        "during",
    ),
    "advice about a rise where use fell": (
        "710__adoption",
        ("<table>", "<p>Hold øje med, om stigningen varer ved.</p><table>"),
        "advice",
    ),
    "a local event told as the nation's": (
        "national",
        ("</p>", "</p><p>På landsplan steg brugen med 85 % under fyrtårnsperioden i Slagelse.</p>"),
        "national",
    ),
    "a year with another number": ("national", ("121 opkald", "122 opkald"), "two values"),
    "an index with another number": ("index", (">121<", ">112<"), "two values"),
    "a month with two numbers": ("710__adoption", (">13<", ">31<"), "two values"),
    "a half-year with another number": ("regions__1082", ("689", "698"), "two values"),
    "another state on the index": ("index", (say("status.not_started", "da"), "ikke tilsluttet"), "states"),
    "another state on the region's page": (
        "regions__1082",
        (say("overview.state.not_started", "da"), "ikke tilsluttet"),
        "states",
    ),
    "another state on its own page": (
        "265__index",
        ("er tilsluttet Kontakt Læge-appen, men er ikke gået i gang", "er endnu ikke tilsluttet Kontakt Læge-appen"),
        "said otherwise",
    ),
    "news of an earlier year": ("regions__1082", ("</p>", "</p><p>Nyt: brugen steg i marts 2022.</p>"), "news"),
    "warnings the run does not have": ("overview__monitoring", ("1 af", "3 af"), "warnings"),
    "false warnings the rate does not give": (
        "overview__monitoring",
        ("</p>", "</p><p>Der kommer ca. 13 falske advarsler på et år.</p>"),
        "warnings",
    ),
    "more where there were fewer": (
        "710__adoption",
        ("<table>", "<p>Der var flere opkald i Favrskov end året før.</p><table>"),
        "direction",
    ),
    "a part that goes the other way": (
        "710__adoption",
        ("<table>", "<p>Sygeplejen ringer mere: flere opkald end året før.</p><table>"),
        "direction",
    ),
    "a difference that is none": (
        "710__adoption",
        ("<table>", "<p>Der var 121 opkald mod 151, 40 færre.</p><table>"),
        "disagree",
    ),
    "a share that is none": (
        "710__adoption",
        ("<table>", "<p>4 af 8 enheder (75 %) brugte appen.</p><table>"),
        "disagree",
    ),
    "two verdicts of one event": (
        "national",
        ("</p>", "</p><p>Holstebro: Vi ser ingen ændring af betydning efter mødet med kommunens læger.</p>"),
        "verdicts",
    ),
    "waiting where the date is missing": (
        "661__index",
        ("</h1>", "</h1><p>Vent med at vurdere indsatsen, til der er tal nok.</p>"),
        "waiting",
    ),
    "counting told as use": (
        "101__index",
        ("</h1>", "</h1><p>Socialforvaltningen ringer nu: det er ny brug.</p>"),
        "counting",
    ),
    "completed without its definition": (
        "national",
        ("</p>", "</p><p>88 gennemførte videokonsultationer.</p>"),
        "definition",
    ),
    "an event with another date": (
        "national",
        ("</p>", "</p><p>Nær ved ligger »Fyrtårnsperioden i Slagelse« (1. maj 2022).</p>"),
        "two dates",
    ),
    "an event's name with another date": (
        "national",
        ("</p>", "</p><p>Fra fyrtårnsperioden i maj 2023.</p>"),
        "two dates",
    ),
    "a date where none is known": (
        "661__index",
        ("</h1>", "</h1><p>Møde med lægerne i Holstebro (maj 2024)</p>"),
        "two dates",
    ),
    "after for during on a page of several": (
        "national",
        ("</p>", "</p><p>Efter fyrtårnsperioden var der 20 opkald.</p>"),
        "during",
    ),
    "a mail with another number": ("710__mail.txt", ("121", "112"), "copied"),
    "a mail with another year": ("710__mail.txt", ("februar 2025", "februar 2024"), "copied"),
    "a half-year's list with another name": (
        "regions__1082",
        ("før: Favrskov", "før: Region Midtjylland"),
        "went the other way",
    ),
    "a half-year's table that goes the other way": ("regions__1082", (">færre<", ">flere<"), "went the other way"),
    "another number of municipalities not connected": (
        "national",
        ("</p>", f"</p><p>{say('nation.waiting', 'da', n=3, m='1')}</p>"),
        "number of municipalities",
    ),
    "the country from a place": (
        "national",
        ("</p>", "</p><p>Under fyrtårnsperioden steg det. I hele landet er det gange så mange.</p>"),
        "national words",
    ),
    "another state in the list below the map": (
        "national",
        ("</p>", f"</p><ul><li>Roskilde: {say('overview.state.left', 'da')}</li></ul>"),
        "two states",
    ),
    "an old heading": ("regions__1082", ("Nyt i halvåret", "Nyt i 1. halvår 2022"), "older"),
    "another measure beside the year": (
        "710__index",
        ("</h1>", "</h1><p>gennemførte videokonsultationer, marts 2024 til februar 2025</p>"),
        "another measure",
    ),
    "warnings that are not those of the table": (
        "overview__monitoring",
        ("<p>", f"{WARNED}<p>Ingen af de 65 kommuner, der kan holdes øje med, har en advarsel.</p><p>"),
        "warnings",
    ),
    "a heading that is not the finding": ("710__index", ("<h1>Favrskov: ", "<h1>Favrskov: Ikke "), "said otherwise"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_contradiction_is_refused_with_both_sentences(name: str) -> None:
    page, change, kind = PLANTED[name]
    found = contradictions(run(**{page: change}))
    assert any(kind in one.kind for one in found), [str(one) for one in found]
    assert all(one.one and one.other for one in found)


def test_completed_means_the_same_on_every_page() -> None:
    said = {page: say("foot.completed", "da", seconds=n) for page, n in (("a", 60), ("b", 60), ("c", 30))}
    of = {f"{page}.html": f"<p>{text}</p>" for page, text in said.items()}
    (found,) = contradictions(Run(Statements(()), of, NAMES, WHO, "2025-02"))
    assert (found.kind, found.where) == ("completed defined otherwise", "c.html")


def test_what_is_told_in_brief_is_that_judgements_brief() -> None:
    text = said_in_brief(UNDATED, WHO)
    assert contradictions(Run(TOLD, {"661/one_page.html": text}, NAMES, WHO, "2025-02")) == []
    planted = {"661/one_page.html": text.replace("kender datoen", "kender måneden")}
    (found,) = contradictions(Run(TOLD, planted, NAMES, WHO, "2025-02"))
    assert found.kind == "a statement said otherwise"


def test_the_map_has_one_colour_for_a_municipality_on_every_page() -> None:
    column = say("map.column.rate", "da")
    tiles = [
        table("Kortet", ["Kommune", column], ["Favrskov", words]) for words in ("10 til under 20", "20 til under 40")
    ]
    of = {"national.html": tiles[0], "overview/all_municipalities.html": tiles[1]}
    (found,) = contradictions(Run(Statements(()), of, NAMES, WHO, "2025-02"))
    assert found.kind == "a number with two values"


def test_a_judgement_of_last_time_is_none_of_today() -> None:
    was = say("meeting.was", "da", verdict=say("verdict.not_assessable", "da"))
    text = f"<p>Slagelse: Flere opkald end forventet under fyrtårnsperioden i Slagelse ({was})</p>"
    assert contradictions(Run(TOLD, {"national.html": text}, NAMES, WHO, "2025-02")) == []


def test_a_refusal_names_both_sentences_and_files_and_says_how_to_go_on() -> None:
    found = contradictions(run(index=(">121<", ">112<")))
    text = str(refusal.refused(found))
    assert all(part in text for part in ("index.html", "»112«", "Favrskov havde 121 opkald", "level/calls"))
    assert "Correct the data or the register" in text
    assert "`contradictions: mark`" in text
    assert "more." not in str(refusal.refused(found[:1] * 5))
    assert "; and 2 more. " in str(refusal.refused(found[:1] * 7))


def test_a_study_may_publish_marked_pages_with_the_contradictions_beside_them() -> None:
    found = contradictions(run(index=(">121<", ">112<")))
    page = refusal.marked("<h1>Favrskov</h1><p>Tal</p>", found, "da")
    assert page.startswith("<h1>Favrskov</h1><p")
    assert "der ikke passer sammen" in page
    assert refusal.table(found).count("index.html") == len(found)


def test_the_claim_and_its_caveat_are_one_breath() -> None:
    assert UNSTABLE.effect is not None
    assert sentence(UNSTABLE.effect, "da").endswith(UNSURE)
    assert UNSTABLE.caveats == ("unstable",)


@pytest.mark.parametrize(("now", "refused"), [(400, True), (600, False), (250, False)])
def test_advice_about_a_fall_is_refused_where_use_stood_still(now: float, refused: bool) -> None:
    pages_of = {"101/x.html": "<p>Find ud af, hvad der ligger bag faldet.</p>"}
    run = Run(Statements((counted("101", "level", "calls", now, 401),)), pages_of, NAMES, WHO, "2025-02")
    assert bool(contradictions(run)) == refused


def test_to_wait_is_refused_only_where_every_event_lacks_its_date() -> None:
    text = "<p>Vent med at vurdere, om brugen har ændret sig.</p>"
    year = counted("330", "level", "calls", 400, 401)
    for told in ((year, LIGHTHOUSE), (year,)):
        assert contradictions(Run(Statements(told), {"330/x.html": text}, NAMES, WHO, "2025-02")) == []
    undated = (counted("661", "level", "calls", 400, 401), UNDATED)
    (found,) = contradictions(Run(Statements(undated), {"661/x.html": text}, NAMES, WHO, "2025-02"))
    assert "date is missing" in str(found)
