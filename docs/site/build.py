"""Build the documentation site into docs/_site: `make docs`, which runs the demo first.

The pages are those of `docs`, the notebooks with their stored outputs, the docstrings of the public names, the
measured tables of `benchmarks/results` as plots, and the findings of the demo as they were published. All of them are
laid into one folder for Sphinx, where they stand as in the source tree, so that a link works here and there.
"""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from sphinx.cmd.build import build_main

import kl_research
from kl_research.commands.notebooks import copy_notebooks

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SITE = ROOT / "docs" / "_site"
PAGES = ["GLOSSARY.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/results/README.md"]
ROOMS = {
    "terms": "Words of the field: studies, events, panels",
    "intake": "Read exports and what was made of them",
    "adoption": "Measure use",
    "effects": "Judge events",
    "findings": "Words, figures and pages",
    "batch": "Read what was recorded",
    "commands": "Published results reproduced",
    "lab": "Explore",
    "extract": "Compute a release again",
}
API = """\
# {title}

```{{eval-rst}}
.. currentmodule:: kl_research

{entries}
```
"""
NOTEBOOKS = """\
# Notebooks

As they come with the package, with what they showed when last run on the demo, which is simulated and in Danish.
`kl-research lab` opens copies of them.

"""
CONTENTS = """

```{toctree}
:hidden:
:caption: Learn
docs/first-hour
notebooks
demo
```

```{toctree}
:hidden:
:caption: Do
docs/bring-your-own-export
docs/how-to
docs/tools
```

```{toctree}
:hidden:
:caption: Look up
docs/what-comes-out
docs/reference
api
docs/measures
GLOSSARY
CHANGELOG
```

```{toctree}
:hidden:
:caption: Understand
docs/methods
measured
benchmarks/results/README
docs/privacy
docs/user-group
docs/saadan-laeser-du-en-side
docs/saadan-skriver-vi
```

```{toctree}
:hidden:
:caption: Take part
CONTRIBUTING
docs/dependencies
```
"""


def stage(source: Path) -> None:
    """Lay out what Sphinx reads; a page that did not change keeps its time, so that it is not built again."""
    for page in [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs").glob("*.png"))]:
        copy(page, source / "docs" / page.name)
    for name in PAGES:
        copy(ROOT / name, source / name)
    for old in (source / "notebooks").glob("*.ipynb"):
        old.unlink()
    (source / "notebooks").mkdir(exist_ok=True)
    copy_notebooks(source / "notebooks", {}, "en", keep_outputs=True)
    write(source / "notebooks.md", notebooks())
    for room, title in ROOMS.items():
        write(source / "api" / f"{room}.md", API.format(title=title, entries="\n".join(entries(room))))
    write(source / "api.md", "# Signatures\n\n" + toctree(f"api/{room}" for room in ROOMS))
    write(source / "demo.md", (HERE / "demo.md").read_text(encoding="utf-8"))
    runpy.run_path(str(HERE / "measured.py"))["write"](source)
    # The front page is docs/index.md, one folder higher.
    (source / "docs" / "index.md").unlink(missing_ok=True)
    front = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    front = re.sub(r"\]\((?!\.\./|https?:)", "](docs/", front).replace("](../", "](")
    write(source / "index.md", front + CONTENTS)


def copy(page: Path, to: Path) -> None:
    """Copy a file where it is new or changed."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if not to.exists() or to.read_bytes() != page.read_bytes():
        shutil.copyfile(page, to)


def write(page: Path, text: str) -> None:
    """Write a page where it is new or changed."""
    page.parent.mkdir(parents=True, exist_ok=True)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def toctree(names: Iterable[str]) -> str:
    """The pages named, listed."""
    return "```{toctree}\n:maxdepth: 1\n" + "\n".join(names) + "\n```\n"


def notebooks() -> str:
    """The list of notebooks, the one to begin with first."""
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb") if path.stem != "start")
    return NOTEBOOKS + toctree(f"notebooks/{name}" for name in ["start", *names])


def entries(room: str) -> list[str]:
    """The directives for the public names of a room."""
    names = [n for place, names in kl_research._NAMES.items() if place.partition(".")[0] == room for n in names]
    found = []
    for name in sorted(names, key=str.lower):
        if isinstance(getattr(kl_research, name), type):
            found.append(f".. autoclass:: {name}\n   :members:\n")
        else:
            found.append(f".. autofunction:: {name}\n")
    return found


def main() -> int:
    """Stage, build, and lay the demo's findings beside the pages. Warnings, such as a link to nowhere, are errors."""
    source, html = SITE / "source", SITE / "html"
    stage(source)
    code = build_main(
        [
            "-q",
            "-W",
            "--keep-going",
            "-n",
            "-j",
            "auto",
            "-c",
            str(HERE),
            "-d",
            str(SITE / "doctrees"),
            str(source),
            str(html),
        ]
    )
    demo = ROOT / "findings" / "demo"
    if code == 0 and (demo / "index.html").exists():
        shutil.rmtree(html / "demo", ignore_errors=True)
        shutil.copytree(demo, html / "demo", ignore=shutil.ignore_patterns(".*"))
    print(f"{html / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
