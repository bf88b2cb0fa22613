"""Presentations, workbooks and mails of a run, from the same numbers and sentences as its pages.

`write_handouts(site) -> list[Path]` writes `meeting.pptx`, `regions/<code>.pptx`, and for each municipality that was
run `<code>/<code>.xlsx` and `<code>/mail.txt`. Without the extra `office` only the mails are written, and office
files of an earlier run are removed, for they would be older than the pages beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kl_research.findings.handouts.decks import nation_slides, region_slides
from kl_research.findings.handouts.mail import mail_text
from kl_research.findings.handouts.sheets import municipality_file, municipality_sheets
from kl_research.findings.html.gate import Withheld, problems_in_text
from kl_research.findings.html.markup import plain
from kl_research.findings.office.deck import deck
from kl_research.findings.office.extra import is_installed
from kl_research.findings.office.sheets import Sheet, workbook
from kl_research.findings.office.slides import About, Slide
from kl_research.findings.pages.area import Site
from kl_research.findings.site.region import FOLDER
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say
from kl_research.terms.municipalities import REGION_NAMES

MEETING = "meeting.pptx"
MAIL = "mail.txt"


def write_handouts(site: Site) -> list[Path]:
    """Write everything that is handed out; returns the files. Raises `Withheld` for a text the gate refuses."""
    out, lang = site.study.out_folder, site.who.language
    area_of = {area.code: area for area in site.areas if area.entries}
    about = about_site(site, say("office.nation.title", lang))
    written = []
    for code, area in area_of.items():
        text = plain(mail_text(site, area, about.foot))
        _check(f"{code}/{MAIL}", [text], site)
        written.append(_put(out / code / MAIL, text))
    names = [Path(MEETING), *(Path(FOLDER) / f"{code}.pptx" for code in site.regions)]
    names += [Path(code) / municipality_file(code) for code in area_of]
    if not is_installed():
        for name in names:
            (out / name).unlink(missing_ok=True)
        return written
    decks = {Path(MEETING): (about, nation_slides(site))}
    for code in site.regions:
        title = say("office.region.title", lang, name=REGION_NAMES.get(code, code))
        decks[Path(FOLDER) / f"{code}.pptx"] = (about_site(site, title), region_slides(site, code))
    for name, (of, slides) in decks.items():
        if slides:
            _check(str(name), texts_of(slides), site)
            written.append(deck(slides, out / name, of))
    for code, area in area_of.items():
        sheets = municipality_sheets(site, area)
        _check(municipality_file(code), _cells(sheets), site)
        of = about_site(site, sheets[0].title)
        written.append(workbook(sheets, out / code / municipality_file(code), of))
    return written


def about_site(site: Site, title: str) -> About:
    """What every slide and sheet says at its foot: source, date, edition and that data are simulated."""
    who, lang = site.who, site.who.language
    month = formats.month(f"{site.panel['month'].max():%Y-%m}", lang)
    marks = [say("simulated", lang)] if who.simulated else []
    foot = say("office.foot", lang, source=site.study.title_in(lang), month=month)
    return About(
        title, say("office.to", lang, month=month), foot, (*marks, say(f"office.mark.{who.edition}", lang)), lang
    )


def texts_of(slides: Iterable[Slide]) -> list[str]:
    """Every text of the slides."""
    return [text for slide in slides for text in slide.texts]


def _cells(sheets: Iterable[Sheet]) -> list[str]:
    return [cell for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, str)]


def _check(name: str, texts: Iterable[str], site: Site) -> None:
    if site.who.public and (refused := problems_in_text(" ".join(texts))):
        raise Withheld(f"{name}: {'; '.join(refused)}")


def _put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
