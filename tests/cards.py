"""The card that `simulate` writes beside a file: without one, `simulated: true` is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path


def write_card(file: Path) -> None:
    """Say of a file drawn by a test that it is simulated."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    file.with_name(f"{file.name}.kilde.yaml").write_text(f"simulated: true\nsha256: {digest}\n", encoding="utf-8")
