"""Write docs/reference.md and the package's stub from its public names: `python docs/renew.py`.

The stub, src/kl_research/__init__.pyi, tells type checkers and editors the names that load when first used.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import kl_research

HERE = Path(__file__).resolve().parent
STUB = HERE.parent / "src" / "kl_research" / "__init__.pyi"
HEAD = """\
# Reference

Written by `python docs/renew.py` from the docstrings; `help(kl.NAME)` shows all of one. The last column says where
the name is used in code that the tests run.

Frames are pandas DataFrames. Months are text, "2025-01"; codes of municipalities are text, "461"; shares are
fractions. Whatever refuses its input raises `InputError`. The panel's columns are explained in
`kl_research.terms.panel`, those of every published table in `codebook.csv` of `kl-research extract`; measures have
[their own page](measures.md).
"""


def uses() -> dict[str, str]:
    """The code of pages and notebooks, by a link to it."""
    found = {}
    for page in sorted(HERE.glob("*.md")):
        code = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found[f"[{page.stem}]({page.name})"] = "\n".join(code)
    for path in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found[f"[{path.stem}](../notebooks/{path.name})"] = "\n".join(code)
    return found


def reference() -> str:
    """The page: a table a room."""
    code = uses()
    parts = [HEAD]
    rooms: dict[str, list[str]] = {}
    for place, names in kl_research._NAMES.items():
        rooms.setdefault(place.partition(".")[0], []).extend(names)
    for room, names in rooms.items():
        rows = ["| name | what | example |", "|---|---|---|"]
        for name in sorted(names):
            thing = getattr(kl_research, name)
            # A room that is also its verb, kl.ingest, is whichever was asked for first.
            text = inspect.getdoc(getattr(thing, name) if inspect.ismodule(thing) else thing) or ""
            what = " ".join(text.split("\n\n")[0].split()).replace("|", "/")
            where = ["docstring"] if ">>>" in text else []
            where += [link for link, block in code.items() if re.search(rf"\bkl\.{name}\b", block)][:2]
            rows.append(f"| `{name}` | {what} | {', '.join(where)} |")
        parts.append(f"## {room}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def stub() -> str:
    """The public names with the modules they come from, in plain imports."""
    homes = {name: getattr(kl_research, name).__module__ for name in kl_research.__all__}
    lines = [f"from {home} import {name} as {name}" for name, home in homes.items()]
    return "\n".join(["# Written by docs/renew.py.", *sorted(lines), "", "__version__: str", ""])


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
    (HERE / "reference.md").write_text(reference(), encoding="utf-8")
