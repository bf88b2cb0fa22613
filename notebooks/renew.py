"""Store afresh what the notebooks (or those named) found: `make renew-notebooks`, after a deliberate change.

Two things are kept, and compared on every test: what cells tagged `nbval-check-output` printed (by nbval), and the
named results of the record in the last cell (by kl_research.lab.nbtest, within tolerances).
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from kl_research.lab.nbtest import MIME, stored


def kept(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """What a cell stores: its printed text when it is tagged so, and its record's named results."""
    checked = "nbval-check-output" in cell.metadata.get("tags", [])
    printed = [out for out in cell.outputs if checked and out.output_type == "stream"]
    records = [out.data[MIME] for out in cell.outputs if MIME in out.get("data", {})]
    named = [nbformat.v4.new_output("display_data", {MIME: stored(record)}) for record in records]
    return [*printed, *[out for out in named if out.data[MIME]]]


for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    if sys.argv[1:] and path.stem not in sys.argv[1:]:
        continue
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = kept(cell)
            cell.execution_count = (
                cell.execution_count if cell.outputs else None
            )  # nbval asks for it beside an output
    for key in ("papermill", "widgets"):  # widgets are numbered at random
        notebook.metadata.pop(key, None)
    notebook.metadata["language_info"] = {"name": "python"}
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(path.name)
