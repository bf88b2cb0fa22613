"""The pack of a meeting: what moved, who fell silent, what can be answered then, whom to ask, what was promised."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kl_research.batch.state import write_json
from kl_research.commands.ahead.answers import answers_part
from kl_research.commands.ahead.asked import Asked, Before, read_asked, read_before
from kl_research.commands.ahead.gate import check_pack
from kl_research.commands.ahead.moved import since_part, warnings_part
from kl_research.commands.ahead.promised import follow_up_part, questions_part
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.register.check import day_of
from kl_research.findings.meeting.pack import Pack, about, pack_page, pack_slides, write_sheets
from kl_research.findings.office.deck import deck
from kl_research.findings.office.extra import is_installed
from kl_research.findings.words import formats
from kl_research.findings.words.catalogue import say


def meeting(file: Path, on: str, since: Path | None = None, language: str | None = None) -> list[Path]:
    """Write the pack of a meeting beside the study's `out`; returns page, deck, sheet and results.

    `since` is the folder of an earlier run or pack. Deck and sheet need the extra `office`; without it the page says
    all there is. Raises `InputError` for a day that does not exist or a folder without results, and `Withheld`, with
    nothing written, where the gates refuse the pack.
    """
    day = day_of(on)
    study = load_study(file, language)
    before = read_before(since) if since is not None else None
    prepared = prepare(study)
    keep(prepared)
    asked = read_asked(study, day)
    pack = make_pack(asked, before)
    folder = study.out_folder.with_name(f"{study.out_folder.name}-meeting-{day}")
    said = "\n".join(text for slide in pack_slides(pack) for text in slide.texts)
    check_pack(asked, pack_page(pack), {"meeting.pptx": said})  # the workbook holds the same sentences
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".being-written-", dir=folder) as aside:  # a half pack is none
        made = _write(pack, asked, Path(aside))
        for path in Path(aside).iterdir():
            path.replace(folder / path.name)
    return [folder / path.name for path in made]


def make_pack(asked: Asked, before: Before | None) -> Pack:
    """The parts in the order of the meeting."""
    lang = asked.who.language
    parts = [since_part(asked, before), warnings_part(asked), answers_part(asked)]
    parts += [questions_part(asked), follow_up_part(asked)]
    title = say("meeting.title", lang, study=asked.study.title_in(lang))
    return Pack(title, formats.date(asked.day, lang), formats.month(asked.last, lang), tuple(parts), asked.who)


def _write(pack: Pack, asked: Asked, folder: Path) -> list[Path]:
    from kl_research.effects.effect import results_table
    from kl_research.findings.html.tables import csv_text

    page, results = folder / "index.html", folder / "results.csv"
    page.write_text(pack_page(pack), encoding="utf-8", newline="\n")
    results.write_text(csv_text(results_table(list(asked.effects))), encoding="utf-8", newline="\n")
    write_json(folder / "meeting.json", {"data_until": asked.last, "day": asked.day, "study": asked.study.study})
    made = [page, results]
    if is_installed():
        sheet = folder / "meeting.xlsx"
        write_sheets(pack, sheet)
        made += [deck(pack_slides(pack), folder / "meeting.pptx", about(pack)), sheet]
    return made
