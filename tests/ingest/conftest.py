"""A study around whatever raw files a test draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kl_research.intake import Ingested, ingest
from kl_research.terms.study import Study

Draw = Callable[..., Ingested]


@pytest.fixture(autouse=True)
def own_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the key of the user who runs it."""
    monkeypatch.setenv("KL_RESEARCH_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """`draw(text or {name: text}, layout, connections=..., keys="yaml lines")`: the ingested study.

    `entry` adds keys to a file's entry under `raw`.
    """

    def ingested(
        raw: str | bytes | dict[str, str | bytes],
        layout: str = "auto",
        *,
        connections: str | None = None,
        denominators: str | None = None,
        layouts: dict[str, str] | None = None,
        corrections: str | None = None,
        keys: str = "",
        events: str | None = None,
        entry: dict[str, str] | None = None,
    ) -> Ingested:
        files = raw if isinstance(raw, dict) else {"raw.csv": raw}
        lines = ["study: drawn", 'title: {da: "tegnet"}', "raw:"]
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
            more = f", {entry[name]}" if entry and name in entry else ""
            lines.append(f"  - {{path: {name}, layout: {layout}{more}}}")
        tables = (("connections", connections), ("denominators", denominators))
        for side, content in (*tables, ("corrections", corrections), ("events", events)):
            if content is not None:
                suffix = "csv" if (side, content) in tables else "yaml"
                (tmp_path / f"{side}.{suffix}").write_text(content, encoding="utf-8")
                lines.append(f"{side}: {side}.{suffix}")
        for name, content in (layouts or {}).items():
            (tmp_path / "layouts").mkdir(exist_ok=True)
            (tmp_path / "layouts" / f"{name}.yaml").write_text(content, encoding="utf-8")
        lines += ["out: out", keys]
        (tmp_path / "study.yaml").write_text("\n".join(lines), encoding="utf-8")
        return ingest(Study.load(tmp_path / "study.yaml"))

    return ingested
