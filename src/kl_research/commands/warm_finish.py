"""`finish` with its templates and patterns compiled: imported by the server that a batch's workers are forked from.

Each worker would compile them for its first page, .3 s of a command that makes four workers.
"""

from __future__ import annotations

import nbformat

from kl_research.findings.html import gate
from kl_research.findings.site.exporter import FindingsExporter
from kl_research.findings.site.finish import finish
from kl_research.findings.words.reader import Reader

__all__ = ["finish"]


def _rehearse() -> None:
    """Render and check a page that nobody sees."""
    shown = nbformat.v4.new_output("display_data", {"text/html": "<p>-</p>", "text/plain": "-"})
    cells = [nbformat.v4.new_markdown_cell("# -"), nbformat.v4.new_code_cell("-", outputs=[shown])]
    html, _ = FindingsExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    gate.problems(html, Reader("da", "public"))


_rehearse()
