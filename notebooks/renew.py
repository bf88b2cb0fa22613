"""Store afresh what the tagged cells of the notebooks print: `make renew-notebooks`, after a deliberate change.

Only cells tagged `nbval-check-output` keep an output, and only what they printed; nbval compares it on every test.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            checked = "nbval-check-output" in cell.metadata.get("tags", [])
            cell.execution_count = cell.execution_count if checked else None  # nbval asks for it beside an output
            cell.outputs = [out for out in cell.outputs if checked and out.output_type == "stream"]
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(path.name)
