"""An executed notebook as a page: nbconvert's HTML exporter with our template, without code.

Cell tags: `headline` moves a cell to the top, `fold` folds it away at the end, `da` or `en` keeps a text cell for
that language only, `hide` leaves a cell out. Parameters, code and recorded data never show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets import Bool, Unicode, default

from kl_research.findings.html import layout, recording
from kl_research.findings.html.markup import NOTHING_SAID
from kl_research.findings.words.catalogue import LANGUAGES, say
from kl_research.findings.words.reader import Reader

# Tables that nbval compares are for the researcher; a page shows the same numbers in its reader's words.
_HIDDEN = {"parameters", "injected-parameters", "hide", "hide-cell", "remove_cell", "nbval-check-output"}
_ANSWER = re.compile(r'class="kl-(?:effect|description|quality|overview)\b')
_BOX = re.compile(r'<section class="kl-box">.*?</section>', re.DOTALL)
_TITLE = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


class _Compiled(BytecodeCache):
    """Templates compiled once a process: nbconvert makes an environment a page, and each would compile them."""

    def __init__(self) -> None:
        self._stored: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is stored under this template's name and the checksum of its text."""
        if (bucket.key, bucket.checksum) in self._stored:
            bucket.bytecode_from_string(self._stored[bucket.key, bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store what was compiled."""
        self._stored[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class FindingsExporter(HTMLExporter):
    """Notebook to self-contained accessible page; `jupyter nbconvert --to kl_findings` uses it too."""

    export_from_notebook = "Kontakt Læge finding"
    lang = Unicode("da", help="language of the page: da or en").tag(config=True)
    simulated = Bool(False, help="mark the page as simulated data").tag(config=True)
    edition = Unicode("internal", help="internal or public").tag(config=True)
    area_name = Unicode("", help="municipality in the heading").tag(config=True)
    steps = Bool(True, help="keep the text between the steps; a reader's page does without").tag(config=True)
    sub = Unicode("", help="line under the heading").tag(config=True)

    crumbs: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()

    def __init__(self, config: Any = None, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)  # type: ignore[no-untyped-call]
        self.exclude_input = True
        self.exclude_anchor_links = True
        self.exclude_input_prompt = True
        self.exclude_output_prompt = True

    def _create_environment(self) -> Environment:
        made: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        made.bytecode_cache = _COMPILED
        return made

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(Path(__file__).parents[1] / "html" / "templates" / "nbconvert")]

    @default("template_name")
    def _template_name_default(self) -> str:
        return "kl_findings"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook; its first heading becomes the page's only `h1`."""
        title = prepare(nb, self.lang, steps=self.steps)
        body, resources = super().from_notebook_node(nb, resources, **kw)
        boxes = list(dict.fromkeys(_BOX.findall(body)))
        body = _BOX.sub("", body) + "".join(boxes)
        who = Reader(self.lang, self.edition, simulated=self.simulated)
        heading = f"{self.area_name}: {title}" if self.area_name and title else title or self.area_name
        heading = heading or str((resources or {}).get("metadata", {}).get("name", ""))
        text = layout.page(
            who,
            title=heading,
            body=body,
            sub=self.sub,
            crumbs=self.crumbs,
            foot=layout.Foot(self.foot, self.facts),
        )
        return text, resources


def prepare(nb: NotebookNode, lang: str, *, steps: bool = True) -> str:
    """Order and clean the cells for a reader, in place; returns the title, the first heading of level 1.

    Answers come before what they were drawn from. Without `steps`, of the text only the question remains, and what
    is tagged `page`.
    """
    title = ""
    first: list[NotebookNode] = []
    middle: list[NotebookNode] = []
    last: list[NotebookNode] = []
    for cell in nb.cells:
        tags = set(cell.metadata.get("tags", []))
        if is_hidden(cell) or (tags & set(LANGUAGES) and lang not in tags):
            continue
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not _is_record(o) and (steps or o.get("name") != "stderr")]
            if not cell.outputs:
                continue
            for output in cell.outputs:
                if "text/html" in output.get("data", {}):
                    output.data["text/html"] = NOTHING_SAID.sub("", output.data["text/html"])
        elif not steps and title and "page" not in tags:
            continue
        else:
            found = _TITLE.search(cell.source)
            if found and not title:
                title = found[1]
                cell.source = cell.source.replace(found[0], "", 1).strip()
            cell.source = _TITLE.sub(r"## \1", cell.source)
            if not cell.source:
                continue
        if "fold" in tags:
            cell.metadata["kl_fold"] = say("page.fold", lang)
            last.append(cell)
        else:
            (first if "headline" in tags or _is_answer(cell) else middle).append(cell)
    question = [cell for cell in middle[:1] if cell.cell_type == "markdown"]
    nb.cells = question + first + middle[len(question) :] + last
    for number, cell in enumerate(nb.cells, start=1):
        cell["id"] = f"part-{number}"  # an editor's random names would change the bytes of a page
    return title


def is_hidden(cell: NotebookNode) -> bool:
    """Whether no page shows a cell: parameters, and tables that nbval compares."""
    return bool(set(cell.metadata.get("tags", [])) & _HIDDEN)


def _is_answer(cell: NotebookNode) -> bool:
    outputs = cell.get("outputs", [])
    return any(_ANSWER.search(output.get("data", {}).get("text/html", "")) for output in outputs)


def _is_record(output: NotebookNode) -> bool:
    return recording.MIME in output.get("data", {})
