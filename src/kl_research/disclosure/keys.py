"""The keys behind the noise: every record has keys of its own, so that the same calls always get the same noise.

A record is what is counted: the calls of one unit in a month (one key a call), or a unit or provider number (one
key). Key j of a record is the first 64 bits of HMAC-SHA256(K, "count/2", variable group, identity, j); the key of a
cell is the sum of the keys of its records, modulo 2^64, scattered. One call more or less gives another sum, hence
noise drawn anew. A record of more than 1,000 calls has its last key alone, as random as a sum.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

import numpy as np

from kl_research.disclosure.seals import METHOD

_SEPARATOR = "\x1f"
_MANY = 1_000  # calls in one record; a unit of the app has some tens a month


def key_sums(key: bytes, group: str, identities: Sequence[str], *values: np.ndarray) -> list[np.ndarray]:
    """The sums of the first v keys of each record, for one or more values v of each: calls, and completed of them.

    `identities` are texts, one a record (`identity`); `values` whole numbers. Returns one array of 64 bits a value.

    Examples
    --------
    >>> calls, completed = key_sums(b"k", "calls", ["A", "B"], np.array([3, 1]), np.array([2, 1]))
    >>> bool(calls[0] == completed[0]), bool(calls[1] == completed[1])
    (False, True)
    """
    wanted = [np.asarray(value, dtype="int64") for value in values]
    added = [np.where(value > _MANY, 0, value) for value in wanted]
    most = np.maximum.reduce(added)
    starts = _starts(group, identities)
    digests = b"".join(
        _digest(key, start, j) for start, n in zip(starts, most.tolist(), strict=True) for j in range(1, n + 1)
    )
    # Sums of unsigned numbers wrap around at 2^64, and so do their differences.
    total = np.concatenate(
        [np.zeros(1, dtype="uint64"), np.cumsum(np.frombuffer(digests, dtype=">u8"), dtype="uint64")]
    )
    begin = np.cumsum(most) - most
    sums = [total[begin + value] - total[begin] for value in added]
    for keys, value in zip(sums, wanted, strict=True):
        for i in np.flatnonzero(value > _MANY):
            keys[i] = int.from_bytes(_digest(key, starts[i], int(value[i])), "big")
    return sums


def _digest(key: bytes, start: bytes, j: int) -> bytes:
    return hmac.digest(key, start + str(j).encode(), "sha256")[:8]


def scattered(keys: np.ndarray) -> np.ndarray:
    """Every key as another, one to one and without any order kept (the finaliser of the generator splitmix64).

    Sums of keys are linear: of two parts and their whole, the noise of two would tell of the third, and a reader who
    reckons with that is .95 sure of one small number in 25. Of scattered sums, no reader knows more than each tells.

    >>> scattered(np.array([0, 1], dtype="uint64")).tolist()
    [0, 6238072747940578789]
    """
    mixed = np.asarray(keys, dtype="uint64")
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def member_keys(key: bytes, group: str, identities: Sequence[str]) -> np.ndarray:
    """One key for each unit or provider number."""
    return key_sums(key, group, identities, np.ones(len(identities), dtype="int64"))[0]


def identity(*columns: Iterable[object]) -> list[str]:
    """The identities of records, from columns of text.

    >>> identity(["461"], ["2025-01"]) == ["461" + chr(31) + "2025-01"]
    True
    """
    return [_SEPARATOR.join(map(str, row)) for row in zip(*columns, strict=True)]


def _starts(group: str, identities: Sequence[str]) -> list[bytes]:
    before = f"{METHOD}{_SEPARATOR}{group}{_SEPARATOR}"
    return [f"{before}{name}{_SEPARATOR}".encode() for name in identities]
