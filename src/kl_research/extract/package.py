"""`kl-research extract`: everything a paper needs of a study, in one folder that is the same every time.

Whatever the study's edition, the package is made for everybody, from published numbers, unless `edition` asks for the
internal one: that needs the reference of an approval, which is printed in it. The folder is written aside and renamed
into place.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import yaml
from matplotlib.figure import Figure

import kl_research
from kl_research.batch import keys
from kl_research.commands.data.kept import keep
from kl_research.commands.data.prepare import load_study, prepare
from kl_research.commands.plan_file import Plan
from kl_research.extract import paper, reporting
from kl_research.extract.codebook import code_book
from kl_research.extract.frames import Material, material
from kl_research.findings.drawing import style
from kl_research.findings.drawing.figures import watermark
from kl_research.findings.drawing.plots import plot_effect
from kl_research.findings.html import gate
from kl_research.findings.html.tables import csv_text
from kl_research.findings.interventions.effects import drawable
from kl_research.findings.words.catalogue import say
from kl_research.findings.words.reader import reader
from kl_research.intake import read_quality
from kl_research.terms.cpr import names_a_person
from kl_research.terms.errors import InputError
from kl_research.terms.panel import read_panel
from kl_research.terms.study import PUBLIC_FOLDER

SUMS = "checksums.sha256"
Contents = dict[str, bytes]


def extract(
    file: Path,
    out: Path,
    language: str | None = None,
    *,
    edition: str = "public",
    approval: str = "",
    plan: Path | None = None,
) -> list[Path]:
    """Write the package of a study into `out`; returns its files, sorted.

    Ingests first when that is due. `plan`: a registered plan, whose protocol comes along. Raises `InputError` when
    the study is refused, the internal edition has no approval, or `out` holds something that is not an earlier
    package; then nothing is written.
    """
    if out.exists() and any(out.iterdir()) and not (out / SUMS).is_file():
        raise InputError(
            str(out), "a folder with other files", "a new folder, or an earlier package", "choose another"
        )
    if edition == "internal" and not approval.strip():
        expected, cure = "the reference of the approval to use exact numbers", "give --approval REFERENCE"
        raise InputError("--edition internal", "no approval", expected, cure)
    study = load_study(file, language, edition)
    protocol = _protocol(plan, study.language) if plan is not None else {}
    keep(prepare(study))
    who = reader(study)
    quality = read_quality(study.processed_folder / PUBLIC_FOLDER)
    made = material(study, who, read_panel(study.data_folder), quality, " ".join(approval.split()))
    contents = contents_of(made) | protocol
    check(contents)
    contents[SUMS] = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    ).encode()
    return _write(contents, out)


def _protocol(file: Path, language: str) -> Contents:
    """The protocol of a plan; raises `InputError` for one that was not registered."""
    planned = Plan.load(file)
    stored = planned.folder / f"{planned.plan}.json"
    if not stored.is_file():
        cure = f"run kl-research plan {file} before the effort begins"
        raise InputError(str(file), "a plan that was not registered", "a registered plan", cure)
    registration = json.loads(stored.read_text(encoding="utf-8"))
    return {f"protocol-{planned.plan}.md": reporting.protocol(registration, language).encode()}


def contents_of(m: Material) -> Contents:
    """Every file of the package by its name."""
    files: Contents = {}
    for name, frame in {**m.tables, "dependence": reporting.dependence(m)}.items():
        marked = frame.assign(simulated=True) if m.who.simulated else frame
        files[f"data/{name}.csv"] = csv_text(marked).encode()
        files[f"data/{name}.parquet"] = _parquet(marked)
    files |= _figures(m) | _tables(m)
    text = paper.methods(m)
    checked = paper.checklist(m)
    heading = say("paper.checklist.title", m.who.language)
    sources = say("paper.checklist.sources", m.who.language)
    words = {
        "codebook.csv": csv_text(code_book()),
        "study.yaml": _yaml(m.study.model_dump(mode="json")),
        "register.yaml": _yaml([_public(event.model_dump(mode="json")) for event in m.events.values()]),
        "provenance.json": json.dumps(_provenance(m), ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        "methods.md": text,
        "references.bib": paper.references(text),
        "tidier.md": reporting.tidier(m),
        "checklist.md": f"# {heading}\n\n{paper.markdown(checked)}\n{sources}\n",
        "CITATION.cff": paper.citation(m),
    }
    files |= {name: content.encode() for name, content in words.items()}
    files["README.md"] = _readme(m, sorted(files)).encode()
    return files


def check(contents: Contents) -> None:
    """Refuse a package that shows something like a civil registration number."""
    for name, content in contents.items():
        if not name.endswith((".parquet", ".pdf")) and names_a_person(content.decode()):
            raise gate.Withheld(f"{name}: something that looks like a civil registration number")


def _figures(m: Material) -> Contents:
    files: Contents = {}
    lang = m.who.language
    mark = f"-{say('paper.mark', lang)}" if m.who.simulated else ""
    for effect in m.primaries:
        if not drawable(effect):
            continue
        figure = plot_effect(effect, lang).get_figure()
        assert isinstance(figure, Figure)
        if m.who.simulated:
            watermark(figure, m.who)
        name = f"figures/{effect.event}-{effect.area or 'national'}{mark}"
        files[f"{name}.svg"] = _drawn(figure, "svg", {"Date": None, "Creator": None})
        files[f"{name}.pdf"] = _drawn(figure, "pdf", {"CreationDate": None, "Creator": None, "Producer": None})
        plt.close(figure)
    return files


def _drawn(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context({**style.RC, "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def _tables(m: Material) -> Contents:
    lang = m.who.language
    period, measures = paper.measures_table(m)
    simulated = f"{say('simulated', lang)}. " if m.who.simulated else ""
    shown = {
        "results": (simulated + say("paper.table.results", lang), paper.answers(m)),
        "measures": (simulated + say("paper.table.measures", lang, period=period), measures),
        "checklist": (simulated + say("paper.checklist.title", lang), paper.checklist(m)),
        "flow": (simulated + say("paper.flow.title", lang), reporting.flow(m)),
        "baseline": (simulated + say("paper.baseline.title", lang), reporting.baseline(m)),
    }
    files: Contents = {}
    for name, (caption, frame) in shown.items():
        files[f"tables/{name}.html"] = paper.document(frame, caption, lang).encode()
        files[f"tables/{name}.tex"] = paper.latex(frame, caption, name).encode()
    return files


def _provenance(m: Material) -> dict[str, object]:
    """What made the numbers; no times, and nothing of the raw files by which small numbers could be tried out."""
    return {
        "study": m.study.study,
        "simulated": m.who.simulated,
        "edition": m.who.edition,
        **({"approval": m.approval} if m.approval else {}),
        "mask_below": m.who.mask_below,
        "seed": m.study.seed,
        "kl_research": kl_research.__version__,
        "code": keys.digest_source(),
        "versions": keys.versions(),
        "rules": m.quality["rules"],
        "read_as": m.quality["files"],
    }


def _public(event: dict[str, object]) -> dict[str, object]:
    """A register entry without what somebody said: a quote may be recognised."""
    empty: tuple[object, ...] = (None, [], {}, False)
    return {k: v for k, v in event.items() if k == "date" or (k != "quote" and v not in empty)}


def _yaml(content: object) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    plain = frame.copy()
    for column in [c for c in plain if pd.api.types.is_object_dtype(plain[c])]:
        numbers = pd.to_numeric(plain[column], errors="coerce")
        whole = numbers.notna().eq(plain[column].notna()).all() and column not in ("area", "municipality")
        plain[column] = numbers.astype("float64") if whole else plain[column].astype("string")
    plain.attrs = {}
    plain.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _readme(m: Material, names: list[str]) -> str:
    lang = m.who.language
    about = say("paper.readme", lang) if m.who.public else say("paper.readme.internal", lang, approval=m.approval)
    lines = [f"# {m.study.title_in(lang)}", "", about, ""]
    if m.who.simulated:
        lines[2:2] = [f"**{say('paper.simulated', m.who.language)}**", ""]
    lines += [f"- `{name}`" for name in names if not name.startswith("figures/")] + ["- `figures/`: SVG, PDF"]
    return "\n".join([*lines, ""])


def _write(contents: Contents, out: Path) -> list[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".extract-", dir=out.parent) as aside:
        for name, content in contents.items():
            path = Path(aside) / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if out.exists():
            out.replace(Path(aside) / "old")
        (Path(aside) / "new").replace(out)
    return sorted(out / name for name in contents)
