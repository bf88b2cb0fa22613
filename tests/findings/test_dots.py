"""Dot plots: every number is written, nothing leaves the drawing, words of two dots do not meet."""

from __future__ import annotations

import re

import pytest

from kl_research.findings.drawing.dots import LEFT, RIGHT, Among, Pair, among, pairs
from kl_research.findings.words.reader import Reader

WHO = Reader("da", "public", 5, True)
TEXT = re.compile(r'<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)<')


def _spans(svg: str) -> list[tuple[float, float, float, str]]:
    """Left, right, height and words of every text, at 6.8 points a letter."""
    found = []
    for x, y, more, words in TEXT.findall(svg):
        wide = 6.8 * len(words)
        left = float(x) - wide if "end" in more else float(x)
        found.append((left, left + wide, float(y), words))
    return found


@pytest.mark.parametrize(("now", "before"), [(160, 141), (28, 25), (0, 44), (44, 0), (44, 44), (5, 400)])
def test_two_dots_have_their_words_beside_them_and_inside_the_drawing(now: int, before: int):
    row = Pair("Plejecentrene", now, before, (f"{now} opkald", f"{before} året før"))
    other = Pair("Sygeplejen", 400, 380, ("400 opkald", "380 året før"))
    shown = pairs([row, other], "Titel", "Et billede med to rækker.", ("Del", "nu", "før"), WHO)
    spans = _spans(shown.svg)
    assert {f"{now} opkald", f"{before} året før", "Simulerede data"} <= {words for *_, words in spans}
    assert all(left >= LEFT - 1 and right <= RIGHT + 1 for left, right, *_ in spans)
    for i, (left, right, y, _) in enumerate(spans):
        for left2, right2, y2, _ in spans[i + 1 :]:
            assert y != y2 or right <= left2 or right2 <= left
    assert shown.disclosed
    assert shown.simulated
    assert list(shown.table.iloc[0]) == ["Plejecentrene", f"{now} opkald", f"{before} året før"]


@pytest.mark.parametrize("value", [0.0, 12.0, 400.0])
def test_a_dot_among_others_stays_inside(value: float):
    row = Among("Opkald pr. aktiv enhed", value, 10.5, 25.8, (f"Vesthimmerlands: {value:g}", "halvdelen af de 8"))
    svg = among([row], "Titel", "Et billede med en række.", ("Mål", "Odense", "halvdelen"), WHO).svg
    assert all(left >= LEFT - 1 and right <= RIGHT + 1 for left, right, *_ in _spans(svg))
    assert "style=" not in svg
