"""Office files are zip archives with the clock in them; here the same content gives the same bytes."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

MADE = datetime.datetime(2000, 1, 1)  # what stands for the time in every office file
_WHEN = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def steady(content: bytes) -> bytes:
    """An office file with fixed times, also in the workbooks inside it.

    >>> def drawn(second: int) -> bytes:
    ...     archive = io.BytesIO()
    ...     with zipfile.ZipFile(archive, "w") as file:
    ...         file.writestr(zipfile.ZipInfo("a.xml", (2025, 1, 1, 0, 0, second)), "<a/>")
    ...     return archive.getvalue()
    >>> steady(drawn(2)) == steady(drawn(4))
    True
    """
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for name in source.namelist():
            target.writestr(_entry(name), _part(name, source.read(name)))
    return made.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _part(name: str, content: bytes) -> bytes:
    if name.endswith(".xlsx"):
        return steady(content)
    if name == "docProps/core.xml":
        return _STAMP.sub(rb"\g<1>" + f"{MADE:%Y-%m-%dT%H:%M:%SZ}".encode() + rb"\g<3>", content)
    return content
