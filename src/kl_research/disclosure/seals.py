"""The secret key of the noise, its fingerprint, and the checksums made with it; needs no heavy library.

A run with nothing to do checks the public data set by these alone.
"""

from __future__ import annotations

import hmac
import json
from pathlib import Path

from kl_research.terms.errors import InputError
from kl_research.terms.study import PUBLIC_SEALS

METHOD = "count/2"
"""How noise is drawn from keys; another method draws anew, as another key does."""


def noise_key(secret: bytes) -> bytes:
    """K: a key of its own, made from the key of the pseudonyms; neither tells the other.

    >>> len(noise_key(b"a secret")), noise_key(b"a secret") == noise_key(b"another")
    (32, False)
    """
    return hmac.digest(secret, b"kl-research: noise of published counts", "sha256")


def fingerprint(key: bytes) -> str:
    """What stands with each release, so that another key or method is noticed; it does not tell the key.

    >>> fingerprint(noise_key(b"a secret")) == fingerprint(noise_key(b"a secret"))
    True
    """
    return hmac.digest(key, f"fingerprint {METHOD}".encode(), "sha256").hex()[:16]


def check_fingerprint(key: bytes, released: str, *, new_key: bool = False) -> None:
    """Refuse a key other than that of the last release: two draws of noise on the same numbers average out.

    >>> check_fingerprint(noise_key(b"a secret"), "0123456789abcdef")
    Traceback (most recent call last):
    kl_research.terms.errors.InputError: pseudonym key: found another key than that of the last release; expected the
    same key, since fresh noise on numbers told before averages out. Restore the key file, or accept it with
    --new-key.
    """
    if released and released != fingerprint(key) and not new_key:
        raise InputError(
            "pseudonym key",
            "another key than that of the last release",
            "the same key, since fresh noise on numbers told before averages out",
            "restore the key file, or accept it with --new-key",
        )


def seal(path: Path, key: bytes) -> str:
    """The keyed checksum of a file."""
    return hmac.digest(key, b"file\0" + path.name.encode() + b"\0" + path.read_bytes(), "sha256").hex()[:32]


def check_published(folder: Path, key: bytes) -> None:
    """Refuse a public data set of which a file is missing, cut short or changed since it was written.

    Raises `InputError` naming the file.
    """
    cure = "run `kl-research ingest STUDY.yaml --fresh` to make the public data again"
    try:
        content = json.loads((folder / PUBLIC_SEALS).read_text(encoding="utf-8"))
        files = dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{folder.name}/{PUBLIC_SEALS}", "no list of files", "the public data set", cure) from None
    for name, sealed in files.items():
        path = folder / str(name)
        if not path.is_file():
            raise InputError(f"{folder.name}/{name}", "no such file", "a file of the public data set", cure)
        if not hmac.compare_digest(seal(path, key), str(sealed)):
            expected = "the file as `ingest` wrote it, with the same key"
            raise InputError(f"{folder.name}/{name}", "a file that was changed or cut short", expected, cure)


def is_published(folder: str | Path) -> bool:
    """Whether a folder holds a public data set."""
    return (Path(folder) / PUBLIC_SEALS).is_file()


def released_key(folder: Path) -> str:
    """The fingerprint of the key that a public data set was made with; empty where there is none."""
    try:
        return str(json.loads((folder / PUBLIC_SEALS).read_text(encoding="utf-8"))["key_fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
