"""Names of channels: the app, and the ways to video that its statistics do not count."""

from __future__ import annotations

import re

from kl_research.terms.municipalities import fold

_OTHER = re.compile(
    r"(?:via|pr|i|med|video)?(?:vdx|sms|browser|webbrowser|webklient|web|telefon|tlf|phone|telephone|fysisk|fremmoede|"
    r"ansigttilansigt|facetoface|email|mail|korrespondance|teams|skype|zoom|hjemmebesoeg|homevisit)"
    r"(?:isk|er|link|video|moede|opkald|konsultation|konsultationer|klient|opkobling|samtale|samtaler|besked)*"
)
_APP = re.compile(r"(?:kontaktlaege|kl)?(?:app|appen)|kontaktlaege|kl|ios|android|tablet|ipad|mobilapp")


def is_other_channel(written: str) -> bool:
    """Whether a channel is known to be another than the app.

    >>> is_other_channel("VDX (sms-video)"), is_other_channel("Browser"), is_other_channel("Kontakt Læge")
    (True, True, False)
    """
    return _OTHER.match(_key(written)) is not None


def is_app(written: str) -> bool:
    """Whether a channel is the app, as far as its name tells.

    >>> is_app("Kontakt Læge-appen"), is_app("App"), is_app("Telefon")
    (True, True, False)
    """
    return _APP.fullmatch(_key(written)) is not None


def _key(written: str) -> str:
    return fold(written).replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
