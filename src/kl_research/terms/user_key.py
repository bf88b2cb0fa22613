"""The user's secret: what pseudonyms of provider numbers and the noise of published numbers are made with.

It needs nothing but the standard library: a run with nothing to do asks for it before it loads pandas.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

from kl_research.terms.errors import InputError

# Published on purpose: simulated studies must come out the same everywhere.
SIMULATED_KEY = b"kl-research: key of the simulated studies, known to everybody"
_FILE = "pseudonym.key"


def configuration_folder() -> Path:
    """The user's configuration folder of kl-research; `KL_RESEARCH_CONFIG` replaces it."""
    if named := os.environ.get("KL_RESEARCH_CONFIG"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming")) / "kl-research"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "kl-research"


def user_key(*, simulated: bool) -> bytes:
    """The key of this user, made at first use (mode 0600) and kept, so that exports can be linked over time."""
    if simulated:
        return SIMULATED_KEY
    file = configuration_folder() / _FILE
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, aside = tempfile.mkstemp(dir=file.parent)  # mode 0600
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_hex(32).encode())
        with contextlib.suppress(FileExistsError):  # another run made it in the meantime
            os.link(aside, file)  # whole or not at all, and never over an older key
        Path(aside).unlink()
    found = file.read_bytes().strip()
    if len(found) < 32:
        raise InputError(
            str(file),
            "a key that is too short",
            "the key made at first use",
            "restore it, or remove it to make a new one",
        )
    return found
