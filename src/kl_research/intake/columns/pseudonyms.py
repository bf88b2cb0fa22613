"""Provider numbers become keyed pseudonyms: the same number the same name in every export, and no way back.

A provider number can stand for one doctor, so a pseudonym is still personal data.
"""

from __future__ import annotations

import hashlib
import hmac
import re


def number_of(cell: str) -> str:
    """A provider number as a cell writes it, without what a spreadsheet adds or takes; empty for a dash.

    >>> number_of("087654"), number_of("87654.0"), number_of("87 654"), number_of("-"), number_of("Læge 2")
    ('87654', '87654', '87654', '', 'Læge 2')
    """
    if cell in ("-", "–", "—"):
        return ""
    bare = re.sub(r"[.,]0+$", "", cell.replace(" ", ""))
    return (bare if bare.isdecimal() else cell).lstrip("0")


def pseudonym(provider: str, secret: bytes) -> str:
    """The pseudonym of a provider number; empty for an empty one.

    >>> pseudonym("012345", b"secret") == pseudonym("012345", b"secret"), pseudonym("", b"secret")
    (True, '')
    """
    if not provider:
        return ""
    return "p" + hmac.new(secret, provider.encode(), hashlib.sha256).hexdigest()[:16]
