"""Small notebooks drawn in code, and a `finish` that the workers can import by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from kl_research.batch import Run

FINISH = "batch.drawn_notebooks:finish"


def draw(folder: Path, name: str, *cells: str, parameters: str = 'municipality = "461"') -> Path:
    """A notebook with a parameters cell and the given code cells."""
    notebook = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="parameters")
    rest = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)]
    notebook.cells = [first, *rest]
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def run_of(notebook: Path, area: str, out: Path, **parameters: Any) -> Run:
    """A run whose page and executed notebook land in `out`."""
    output = out / "runs" / f"{area}.{notebook.stem}.ipynb"
    page = {"html": str(out / area / f"{notebook.stem}.html"), "area": area}
    return Run(notebook, area, {"municipality": area, **parameters}, output, page)


def finish(executed: Path, page: dict[str, Any]) -> dict[str, Any]:
    """A page made of everything printed; the record counts it."""
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    streams = [output for cell in cells for output in cell.get("outputs", []) if output["output_type"] == "stream"]
    printed = "".join("".join(output["text"]) for output in streams)
    if "withhold" in printed:
        return {"withheld": ["a cell below the threshold"]}
    Path(page["html"]).write_text(f"<p>{printed}</p>", encoding="utf-8")
    return {"printed": printed}
