"""Store afresh what the notebooks (or those named) show: `make renew-notebooks`, after a deliberate change.

Every output is kept so that a reader of the repository sees it: its text, tables and one drawing, but for what is
too heavy for a repository. The record in the last cell is kept as its named results. The tests compare text (nbval)
and records (kl_research.lab.nbtest, within tolerances), never drawings.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from kl_research.lab.nbtest import MIME, stored

HEAVY = 60_000  # characters of one table or drawing; a notebook stays well below half a megabyte
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def kept(output: NotebookNode) -> NotebookNode:
    """An output as it is stored."""
    if "data" not in output:
        return output
    data = {kind: output.data[kind] for kind in ("text/plain", "image/png") if kind in output.data}
    html = output.data.get("text/html", "")
    drawings = [drawing for drawing in SVG.findall(html) if len(drawing) < HEAVY]
    if drawings and "image/png" not in data:
        data["image/svg+xml"] = drawings[0]
    elif html and "<svg" not in html and len(html) < HEAVY:
        data["text/html"] = html
    if MIME in output.data:
        data[MIME] = stored(output.data[MIME])
    return nbformat.v4.new_output("display_data", data)


for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    if sys.argv[1:] and path.stem not in sys.argv[1:]:
        continue
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [kept(output) for output in cell.outputs]
    for key in ("papermill", "widgets"):  # widgets are numbered at random
        notebook.metadata.pop(key, None)
    notebook.metadata["language_info"] = {"name": "python"}
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(path.name)
