"""Presentations, workbooks and mails of a run, from the same numbers and sentences as its pages.

`write_handouts(site) -> list[Path]` writes `meeting.pptx`, `regions/<code>.pptx`, and for each municipality that was
run `<code>/<code>.xlsx` and `<code>/mail.txt`. Without the extra `office` only the mails are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kl_research.findings.consistency.gate import contradictions
from kl_research.findings.consistency.refusal import refused
from kl_research.findings.handouts.decks import nation_slides, region_slides
from kl_research.findings.handouts.mail import mail_text
from kl_research.findings.handouts.sheets import municipality_sheets
from kl_research.findings.html.gate import Withheld, problems_in_text
from kl_research.findings.html.markup import plain
from kl_research.findings.office.deck import deck
from kl_research.findings.office.extra import MAIL, MEETING, is_installed, workbook_name
from kl_research.findings.office.sheets import Sheet, workbook
from kl_research.findings.office.slides import About, Slide
from kl_research.findings.pages.area import Site, run_of
from kl_research.findings.site.region import FOLDER
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.terms.municipalities import REGION_NAMES


def write_handouts(site: Site) -> list[Path]:
    """Write everything that is handed out; returns the files. Raises `Withheld` for a text the gates refuse."""
    out, about = site.study.out_folder, about_site(site, say("office.nation.title", site.who.language))
    own = {area.code: area for area in site.areas if area.entries}
    mails = {Path(code) / MAIL: plain(mail_text(site, area, about.foot)) for code, area in own.items()}
    decks = {} if site.study.alone else _decks(site, about)
    books = {Path(code) / workbook_name(code): municipality_sheets(site, area) for code, area in own.items()}
    texts = {name: texts_of(slides) for name, (_, slides) in decks.items()}
    texts |= {name: _cells(sheets) for name, sheets in books.items()}
    made: tuple[dict[Path, Any], ...] = (mails, decks, books)
    for name in _check(site, {name: "\n".join(said) for name, said in texts.items()} | mails):
        for files in made:
            files.pop(name, None)
    written = [_put(out / name, text) for name, text in mails.items()]
    if not is_installed():
        return written
    written += [deck(slides, out / name, of) for name, (of, slides) in decks.items()]
    written += [workbook(sheets, out / name, about_site(site, sheets[0].title)) for name, sheets in books.items()]
    return written


def _decks(site: Site, about: About) -> dict[Path, tuple[About, list[Slide]]]:
    """The presentations by path: the country's, and those of regions with a half-year to tell."""
    decks = {Path(MEETING): (about, nation_slides(site))}
    for code in site.regions:
        title = say("office.region.title", site.who.language, name=REGION_NAMES.get(code, code))
        decks[Path(FOLDER) / f"{code}.pptx"] = (about_site(site, title), region_slides(site, code))
    return {name: (of, slides) for name, (of, slides) in decks.items() if slides}


def about_site(site: Site, title: str) -> About:
    """What every slide and sheet says at its foot: source, date, edition and that data are simulated."""
    who, lang = site.who, site.who.language
    month = formats.month(f"{site.panel['month'].max():%Y-%m}", lang)
    marks = [say("simulated", lang)] if who.simulated else []
    publisher = site.study.publisher
    source = publisher.name if publisher is not None else site.study.title_in(lang)
    foot = say("office.foot", lang, source=source, month=month)
    marks.append(say(f"office.mark.{who.edition}", lang))
    few = f'[<{who.mask_below}]"{say("few", lang)}";#,##0' if who.public else ""
    return About(title, say("office.to", lang, month=month), foot, tuple(marks), lang, few=few)


def texts_of(slides: Iterable[Slide]) -> list[str]:
    """Every text of the slides."""
    return [text for slide in slides for text in slide.texts]


def _cells(sheets: Iterable[Sheet]) -> list[str]:
    return [cell for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, str)]


def _check(site: Site, texts: Mapping[Path, str]) -> set[Path]:
    """The gates that pages pass: what must not be published, and what cannot be true together.

    Returns the files that a study with `contradictions: mark` leaves out: slides and sheets have no room for a mark.
    """
    if site.who.public:
        for name, text in texts.items():
            if problems := problems_in_text(text):
                raise Withheld(f"{name}: {'; '.join(problems)}")
    found = contradictions(run_of(site, {name.as_posix(): text for name, text in texts.items()}))
    if found and site.study.contradictions == "refuse":
        raise refused(found)
    return {Path(one.where) for one in found}


def _put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
