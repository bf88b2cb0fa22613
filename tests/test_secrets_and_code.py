"""Nothing secret leaves a run, and nothing that is data is ever run as code."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kl_research.batch.plan import parameters_of
from kl_research.batch.warm.process import ColdError, Template
from kl_research.intake.corrections import read_corrections
from kl_research.intake.layouts import read_layout
from kl_research.terms.errors import InputError
from kl_research.terms.events import read_events

ROOT = Path(__file__).resolve().parents[1]
KEY = "5ecre7" * 11
PROVIDER = "087654"
UNIT = "Plejehjem Hemmelig"
CPR = "0101001234"  # the form of a CPR number, and nobody's
STUDY = """\
study: secrets
title: {da: "Prøve", en: "Trial"}
raw: [{path: calls.csv, layout: calls}]
notebooks: [data_quality, adoption]
overview: []
disclosure: {edition: EDITION}
processed: processed
out: findings
"""


def _project(folder: Path, edition: str) -> dict[str, str]:
    rows = [
        f"Odense;2024-{m:02d}-{d:02d} 10:1{d % 10}:00;00:05:00;{UNIT} {d % 3};{PROVIDER}"
        for m in range(1, 13)
        for d in range(1, 20)
    ]
    head = "Kommune;Starttid;Varighed;Enhed;Ydernummer"
    (folder / "calls.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY.replace("EDITION", edition), encoding="utf-8")
    (folder / "config").mkdir(mode=0o700)
    (folder / "config" / "pseudonym.key").write_text(KEY)
    return {**os.environ, "KL_RESEARCH_CONFIG": str(folder / "config")}


def _run(folder: Path, env: dict[str, str]) -> str:
    words = [sys.executable, "-m", "kl_research.cli", "run", str(folder / "study.yaml"), "--only", "461"]
    done = subprocess.run([*words, "--workers", "1"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_no_secret_is_in_anything_that_a_run_leaves(tmp_path: Path, edition: str) -> None:
    told = _run(tmp_path, _project(tmp_path, edition))
    left = [path for folder in ("processed", "findings") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in left)
    for secret in (KEY, PROVIDER, CPR):
        assert secret not in told
        assert [path.name for path in left if secret.encode() in path.read_bytes()] == []
    assert UNIT not in told  # a log holds no cell of the data
    mode = (tmp_path / "findings").stat().st_mode & 0o777
    assert (tmp_path / "processed").stat().st_mode & 0o777 == 0o700
    assert mode == (0o700 if edition == "internal" else 0o755)


def test_a_cpr_number_is_told_by_its_place_only(tmp_path: Path) -> None:
    env = _project(tmp_path, "public")
    file = tmp_path / "calls.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(f"{UNIT} 1", f"{UNIT} {CPR}", 1), encoding="utf-8")
    words = [sys.executable, "-m", "kl_research.cli", "run", str(tmp_path / "study.yaml")]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "row" in done.stderr
    assert CPR not in done.stderr
    assert not (tmp_path / "findings").exists()


BREAKING_OUT = (
    "'; import os; os._exit(9) #",
    '"; import os; os._exit(9) #',
    '"""\nimport os\n"""',
    "\\",
    "\\'",
    "a\nimport os",
    "{study_file}",
    "%run x",
    "!touch x",
    "\u2028import os",
    "f'{1}'",
    "\x00",
    "\ud7ff",
    "__import__('os')",
)


@pytest.mark.parametrize("notebook", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem)
def test_no_parameter_of_any_notebook_can_break_out_of_its_literal(notebook: Path) -> None:
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    names = [name for name, kind in parameters_of(notebook).items() if kind == "str"]
    assert names
    for value in BREAKING_OUT:
        told = parameterize_notebook(load_notebook_node(str(notebook)), dict.fromkeys(names, value))
        cell = next(c for c in told.cells if "injected-parameters" in c.metadata.get("tags", []))
        body = ast.parse(cell.source).body
        assert {ast.literal_eval(line.value) for line in body if isinstance(line, ast.Assign)} == {value}
        assert len(body) == len(names)  # nothing but assignments


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files that are opened while the test runs."""
    seen: list[str] = []
    listening = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening[0] and event in ("open", "socket.connect", "subprocess.Popen", "os.system"):
            seen.append(str(arguments[0]))

    sys.addaudithook(hook)
    yield seen
    listening[0] = False


def test_a_register_a_layout_and_corrections_open_nothing_they_name(tmp_path: Path, opened: list[str]) -> None:
    elsewhere = "https://localhost/x ../../etc/passwd file:///etc/passwd os.system"
    written = {
        "events.yaml": f'- {{id: a, kind: context, type: "{elsewhere}", national: true, source: "{elsewhere}"}}\n',
        "layout.yaml": f'layout: monthly\ncolumns: {{calls: "{elsewhere}"}}\nsheet: "{elsewhere}"\n',
        "corrections.yaml": f'- {{file: "{elsewhere}", why: "{elsewhere}"}}\n',
    }
    readers = (read_events, read_layout, read_corrections)
    for (name, text), reader in zip(written.items(), readers, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
        opened.clear()
        with suppress(InputError):
            reader(tmp_path / name)
        assert [path for path in opened if not path.endswith(name) and not path.endswith((".py", ".pyc"))] == []


def test_a_key_made_by_two_runs_at_once_is_one_key(tmp_path: Path) -> None:
    make = "from kl_research.terms.user_key import user_key; print(user_key(simulated=False).decode())"
    env = {**os.environ, "KL_RESEARCH_CONFIG": str(tmp_path / "config")}
    both = [subprocess.Popen([sys.executable, "-c", make], env=env, stdout=subprocess.PIPE, text=True) for _ in "ab"]
    keys = {process.communicate()[0].strip() for process in both}
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [path.name for path in (tmp_path / "config").iterdir()] == ["pseudonym.key"]
    assert (tmp_path / "config" / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_another_user_cannot_ask_the_template_for_a_kernel() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv, to be another user for a moment")
    try:
        template = Template.begin(("json",)).wait_until_ready()
    except ColdError as reason:
        pytest.skip(f"no warm kernels here: {reason}")
    try:
        ask = "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
        python = Path(sys.base_prefix) / "bin" / "python3"
        for folder in (python.parent, *python.parent.parents):
            if not folder.stat().st_mode & 0o001:
                python = Path("/usr/bin/python3")  # one that everybody may start
                break
        other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(python), "-c", ask, template.path]
        done = subprocess.run(other, capture_output=True, text=True, check=False, cwd="/")
        assert "PermissionError" in done.stderr, done.stderr
        own = subprocess.run([sys.executable, "-c", ask, template.path], capture_output=True, text=True, check=False)
        assert own.returncode == 0, own.stderr
    finally:
        template.close()
