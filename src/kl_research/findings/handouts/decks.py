"""The slides of the country and of a region's half-year: one finding a slide, in the order of a meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kl_research.adoption.sums import monthly_sums, sum_of
from kl_research.effects.effect import Effect
from kl_research.findings.handouts.charts import bars_chart, effect_chart, marks, trend_chart
from kl_research.findings.office.slides import Grid, Slide, finding, sentences
from kl_research.findings.pages.area import ORDER, Site, place_of
from kl_research.findings.pages.overview import lead
from kl_research.findings.site.half_year import Pack, half_words, pack_of, quiet
from kl_research.findings.site.nation import shared_effects
from kl_research.findings.site.pictures import regions_moved
from kl_research.findings.site.region import level_sentence, news
from kl_research.findings.statements.events import judgement
from kl_research.findings.statements.phrases import heading, phrase
from kl_research.findings.statements.statement import Statement
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.content import breakdown, why
from kl_research.findings.words.named import event_title, is_shared, outcome_words
from kl_research.findings.words.numbers import count_words
from kl_research.findings.words.reader import Reader, say_to
from kl_research.findings.words.wording import how_much
from kl_research.terms.municipalities import REGION_NAMES

MOST_FINDINGS = 10  # slides of single findings; the pages have all
MOST_POINTS = 300  # height of a table's rows on one slide
MOST_TABLES = 2
MOST_BARS = 12
_TOLD = ("increase", "decrease", "no_change", "break_in_series")


def nation_slides(site: Site) -> list[Slide]:
    """What the country's meeting needs to see."""
    own = [e for area in site.areas for e in area.effects if e.primary and not is_shared(e)]
    both = [*shared_effects(site), *own]
    told = sorted((e for e in both if e.verdict in _TOLD), key=lambda e: ORDER.index(e.verdict))
    slides = [*_country(site), *_regions(site), *_silent(site)]
    slides += [_judged(site, effect) for effect in told[:MOST_FINDINGS]]
    slides += _open(site, [e for e in both if e.verdict not in _TOLD])
    return [*slides, not_counted(site.who.language)]


def region_slides(site: Site, code: str) -> list[Slide]:
    """A region's half-year beside the same half-year before; empty where there are no two to compare."""
    pack = pack_of(site, code)
    if pack is None:
        return []
    who, lang, name = site.who, site.who.language, REGION_NAMES.get(code, code)
    counts = monthly_sums(site.panel, site.activity, region=code)
    national = [e for e in site.register if e.national or code in e.regions]
    events = marks(national, counts.index[0], counts.index[-1], lang)
    slides = [finding(level_sentence(pack, name, who), chart=trend_chart(counts, name, who, events))]
    slides.append(_half_years(pack, name))
    codes = sorted(pack.judged, key=lambda c: formats.sort_key(pack.names[c]))
    effects = [pack.judged[c] for c in codes if _is_news(pack.judged[c], pack)]
    slides += [_judged(site, effect) for effect in effects if effect.verdict in _TOLD]
    slides += _open(site, [e for e in effects if e.verdict not in _TOLD])
    return [*slides, not_counted(lang)]


def _is_news(effect: Effect, pack: Pack) -> bool:
    """Whether an event belongs in a half-yearly pack: it is of that half-year or later, or its date is not known."""
    date = str(effect.details.get("event_date") or "")
    return not date or date.rpartition("/")[2][:7] >= pack.now[0]


def not_counted(lang: str) -> Slide:
    """What the figures do not see."""
    lines = [say(f"not_counted.{key}", lang) for key in ("sms", "vdx", "browser", "mean")]
    return Slide(say("office.not_counted", lang), (*lines, say("not_measured", lang)))


def _country(site: Site) -> Iterator[Slide]:
    who, lang = site.who, site.who.language
    counts = monthly_sums(site.panel, site.activity)
    known = [area for area in site.areas if area.summary is not None]
    if not known or known[0].summary is None:
        return
    last, before = known[0].summary.last, known[0].summary.before
    sums = [sum_of(site.panel, site.activity, period.first, period.last) for period in (last, before)]
    calls, earlier = (count_words(value, who) for value in sums)
    text = say(
        "overview.calls", lang, period=formats.period(last.first, last.last, lang), calls=calls, before=earlier
    )
    national = [event for event in site.register if event.national]
    events = marks(national, counts.index[0], counts.index[-1], lang)
    chart = trend_chart(counts, say("overview.nation", lang), who, events)
    more = lead(site.panel, site.activity, site.areas, who)[1:]
    yield finding(text, *(line.rpartition(". ")[2] for line in more), say("overview.composition", lang), chart=chart)


def _regions(site: Site) -> Iterator[Slide]:
    lang = site.who.language
    packs = {code: pack for code in site.regions if (pack := pack_of(site, code)) is not None}
    if not packs:
        return
    any_pack = next(iter(packs.values()))
    now, before = (half_words(span, lang) for span in (any_pack.now, any_pack.before))
    moved = {REGION_NAMES.get(code, code): pack.moved() for code, pack in packs.items()}
    halves = {REGION_NAMES.get(code, code): _calls(pack, "") for code, pack in packs.items()}
    chart = bars_chart(halves, now, before, site.who)
    yield finding(f"{regions_moved(moved, lang)}.", say("region.rule", lang), chart=chart)


def _calls(pack: Pack, code: str) -> tuple[float | None, float | None]:
    now, before = pack.halves[code]
    return now.calls, before.calls


def _half_years(pack: Pack, name: str) -> Slide:
    """The municipalities' two half-years, with what is new as the title."""
    who, lang = pack.who, pack.who.language
    active, *said = news(pack, name, who)
    if quiet(pack):
        active, said = said[0], [active]
    codes = sorted(pack.names, key=lambda code: -(pack.halves[code][0].calls or 0))[:MOST_BARS]
    halves = {pack.names[code]: _calls(pack, code) for code in codes if pack.halves[code][0].calls is not None}
    now, before = (half_words(span, lang) for span in (pack.now, pack.before))
    more = say("office.bars.most", lang, n=formats.number(MOST_BARS, lang)) if len(pack.names) > MOST_BARS else ""
    sentence, *rest = said or [say("office.news.none", lang)]
    lines = tuple(filter(None, (*rest, active, more, say("region.rule", lang))))
    return finding(sentence, *lines, chart=bars_chart(halves, now, before, who))


def _silent(site: Site) -> Iterator[Slide]:
    """Municipalities that are connected and have no calls, and those whose use has fallen or stopped; by region."""
    who, lang = site.who, site.who.language
    silent = [a for a in site.areas if a.summary is not None and a.summary.state in ("no_calls", "not_started")]
    if silent:
        names = {area.code: area.name for area in silent}
        yield Slide(say_to(who, "office.silent.title", n=len(silent)), _by_region(site, names))
    warned = {}
    for area in site.areas:
        warning = site.statements.one(area.code, "warning", "alert")
        if warning is not None:
            warned[area.code] = f"{area.name} ({_warned(warning, area.name, who)})"
    if warned:
        yield Slide(say("office.warned.title", lang, n=len(warned)), _by_region(site, warned))


def _warned(warning: Statement, name: str, who: Reader) -> str:
    """Since when use has fallen; what was seen where it is no mere fall."""
    if warning.values["kind"] == "decline":
        since = formats.month(str(warning.values["since"]), who.language)
        return say("office.warned.since", who.language, since=since)
    text = heading(warning, name, who)
    return text[:1].lower() + text[1:]


def _by_region(site: Site, said: Mapping[str, str]) -> tuple[str, ...]:
    """A line a region with what is said of its municipalities, in Danish order."""
    lang = site.who.language
    region_of = {area.code: area.region for area in site.areas if area.code in said}
    lines = []
    for region in sorted(set(region_of.values())):
        names = sorted((said[code] for code, where in region_of.items() if where == region), key=formats.sort_key)
        listed = formats.listed(names, lang)
        where = REGION_NAMES.get(region, region)
        lines.append(say("office.silent.region", lang, region=where, names=listed) if where else f"{listed}.")
    return tuple(lines)


def _judged(site: Site, effect: Effect) -> Slide:
    """One judged event: the answer with its caveat, what it rests on, and the course with what was expected."""
    name = place_of(site, effect)
    said = judgement(effect, effect.level, effect.area)
    title = f"{name}: {heading(said, name, site.who)}."
    notes = sentences(phrase(said, name, site.who))
    # How much growth would explain it is for the speaker; of a change of counting the title says when.
    spoken = notes[:1] if effect.verdict == "break_in_series" else sentences(breakdown(effect, site.who.language))
    lines = _in_short(effect, tuple(one for one in notes if one not in spoken), site.who.language)
    chart = effect_chart(effect, site.panel, site.who)
    return Slide(title, lines, chart, notes=notes if lines != notes else ())


def _in_short(effect: Effect, lines: tuple[str, ...], lang: str) -> tuple[str, ...]:
    """The two sentences on what came and what was expected as one."""
    after, expected = (effect.details.get(name) for name in ("mean_after", "expected_after"))
    size = how_much(effect, lang) if effect.verdict == "increase" and effect.estimate is not None else ""
    if size not in lines or after is None or expected is None:
        return lines
    outcome = outcome_words(effect, lang, after)
    counts = {"after": formats.about(after, lang), "expected": formats.about(expected, lang)}
    return (say("office.judged", lang, outcome=outcome, **counts), *lines[lines.index(size) :])


def _open(site: Site, effects: Sequence[Effect]) -> Iterator[Slide]:
    """The events without a clear answer, with the reason; over several slides where they are many."""
    lang = site.who.language
    rows = [
        (
            place_of(site, effect),
            event_title(effect, lang),
            why(effect, lang),
            formats.month(effect.earliest_month, lang) if effect.earliest_month else "–",
        )
        for effect in effects
    ]
    heads = tuple(say(f"office.column.{key}", lang) for key in ("where", "event", "why", "when"))
    title, parts = say("office.open.title", lang, n=len(effects)), _on_slides(rows)
    more = sum(map(len, parts[MOST_TABLES:]))
    for number, part in enumerate(parts[:MOST_TABLES], start=1):
        grid = Grid(heads, tuple(part), say("office.open.alt", lang), (), _WIDTHS)
        left_out = (say("office.open.more", lang, n=more),) if more and number == MOST_TABLES else ()
        numbered = f"{title[:-1]} ({number}/{min(len(parts), MOST_TABLES)})." if len(parts) > 1 else title
        yield Slide(numbered, left_out, grid=grid)


_WIDTHS = (1.6, 2.2, 4.0, 1.3)
_LETTERS = 125  # across a whole slide at the size of a table


def _on_slides(rows: Sequence[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """The rows of a table by slide, so that none runs off its slide."""
    slides: list[list[tuple[str, ...]]] = [[]]
    left = float(MOST_POINTS)
    for row in rows:
        letters = (_LETTERS * width / sum(_WIDTHS) for width in _WIDTHS)
        need = 17.0 * max(-(-len(cell) // room) for cell, room in zip(row, letters, strict=True)) + 6
        if need > left and slides[-1]:
            slides.append([])
            left = float(MOST_POINTS)
        slides[-1].append(row)
        left -= need
    return slides
