"""Does a test notice when a line is wrong? Small changes to the source, one at a time.

    python benchmarks/mutants.py disclosure --runs 60      (or verdict, gate; make mutants: all three)

A mutant changes one comparison, operator, constant, condition or `not` in a line that the tests of its room execute.
It is killed when one of these tests fails. Each is tried in a fork that has the libraries but not the package, with
the tests that execute the changed line, the quickest first. `--runs` draws that many, the same for the same seed.
What survives is written to results/mutants.md, to be read: a change that changes nothing (`<` or `<=` where the two
are never equal) is an equivalent, and is listed as such in EQUIVALENT.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "mutants.md"
SRC = ROOT / "src" / "kl_research"
PARTS = {
    "disclosure": (sorted((SRC / "disclosure").glob("*.py")), ["tests/disclosure", "src/kl_research/disclosure"]),
    "verdict": (
        [SRC / "effects" / "verdict.py", SRC / "effects" / "checks" / "objections.py"],
        [
            "tests/effects/test_decided.py",
            "tests/effects/test_claims.py",
            "tests/effects/test_objections.py",
            "tests/effects/test_evaluation.py",
            "tests/effects/test_second_look.py",
            "src/kl_research/effects/verdict.py",
        ],
    ),
    "gate": (
        sorted((SRC / "findings" / "consistency").glob("*.py")),
        ["tests/findings/test_consistency.py", "src/kl_research/findings/consistency"],
    ),
}
MOST_TESTS = 80
CPU_SECONDS = 90  # of a mutant that does not end; not by the clock, which a loaded machine makes look like that
HEAD = "# Mutants: would a test notice?\n\nMade by `python benchmarks/mutants.py PART`; survivors were read.\n"
# Survivors that were read and change nothing that can be seen; by file, line's text and change.
EQUIVALENT: dict[tuple[str, str, str], str] = {}


@dataclass(frozen=True)
class Mutant:
    """One change: the `number`-th place of a file that can be changed, in its `way`-th way."""

    file: Path
    number: int
    way: int
    line: int
    change: str

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8").splitlines()[self.line - 1].strip()


COMPARISONS: dict[type, list[type]] = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
OPERATORS: dict[type, list[type]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Mod: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}


def changed(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """Every way to change one node."""
    found: list[tuple[str, ast.AST]] = []

    def other(kind: str, **values: Any) -> None:
        new = copy.deepcopy(node)
        for name, value in values.items():
            setattr(new, name, value)
        found.append((kind, new))

    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for to in COMPARISONS.get(type(node.ops[0]), []):
            other(f"{type(node.ops[0]).__name__} to {to.__name__}", ops=[to()])
    elif isinstance(node, ast.BinOp) and not isinstance(node.left, ast.JoinedStr | ast.Constant):
        for to in OPERATORS.get(type(node.op), []):
            other(f"{type(node.op).__name__} to {to.__name__}", op=to())
    elif isinstance(node, ast.BoolOp):
        to = ast.Or if isinstance(node.op, ast.And) else ast.And
        other(f"{type(node.op).__name__} to {to.__name__}", op=to())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        found.append(("without not", node.operand))
    elif isinstance(node, ast.IfExp):
        other("branches swapped", body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.If):
        other("condition negated", test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        other(f"{node.value} to {not node.value}", value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        other(f"{node.value} to {node.value + 1}", value=node.value + 1)
    return found


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """What can be changed: not annotations, docstrings, defaults of decorators, imports or type aliases."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.Import | ast.ImportFrom | ast.Assert):
                yield child
                yield from places(child)


def mutants(file: Path) -> list[Mutant]:
    """Every mutant of a file."""
    found = []
    for number, node in enumerate(places(ast.parse(file.read_text(encoding="utf-8")))):
        for way, (change, _) in enumerate(changed(node)):
            found.append(Mutant(file, number, way, node.lineno, change))  # type: ignore[attr-defined]
    return found


def compiled(one: Mutant) -> CodeType:
    """The file with the one change."""
    tree = ast.parse(one.file.read_text(encoding="utf-8"))
    target = next(node for number, node in enumerate(places(tree)) if number == one.number)
    new = ast.copy_location(changed(target)[one.way][1], target)

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is target else self.generic_visit(node)

    return compile(ast.fix_missing_locations(Put().visit(tree)), str(one.file), "exec")


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the changed file in the place of the one on the disk."""

    def __init__(self, one: Mutant) -> None:
        parts = one.file.relative_to(SRC.parent).with_suffix("").parts
        self.name = ".".join(parts).removesuffix(".__init__")
        self.one, self.code = one, compiled(one)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.name:
            return None
        package = self.one.file.name == "__init__.py"
        return importlib.util.spec_from_file_location(
            name,
            self.one.file,
            loader=self,
            submodule_search_locations=[str(self.one.file.parent)] if package else None,
        )

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


class Lines:
    """A plugin: which lines of the room each test executes, and how long it takes."""

    def __init__(self, files: list[Path]) -> None:
        self.files = {str(file) for file in files}
        self.lines: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = {}
        self.now = ""

    def trace(self, frame: Any, event: str, arg: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in self.files:
            return None
        if event == "line":
            self.lines[f"{name}:{frame.f_lineno}"].add(self.now)
        return self.trace

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        began = time.monotonic()
        self.now = item.nodeid
        yield
        self.seconds[item.nodeid] = time.monotonic() - began

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        # What a shared fixture executes belongs to every test of the file that may use it.
        before = self.now
        self.now = f"{before.partition('::')[0]}::*" if fixturedef.scope != "function" else before
        yield
        self.now = before


def forked(work: Callable[[], Any], seconds: int) -> tuple[Any, bool]:
    """What a piece of work gives in a fork of this process, and whether it came to an end within its CPU seconds."""
    with tempfile.NamedTemporaryFile() as told:
        pid = os.fork()
        if not pid:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            code = 1
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            try:
                Path(told.name).write_text(json.dumps(work()), encoding="utf-8")
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        return json.loads(Path(told.name).read_text() or "null"), status == 0


def tested(words: list[str], *plugins: Any) -> int:
    """pytest in this process."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "-W", "ignore"]
    return int(pytest.main([*options, *words], plugins=list(plugins)))


def executed(files: list[Path], tests: list[str]) -> dict[str, Any]:
    """One run of all tests with the lines they execute."""

    def work() -> dict[str, Any]:
        seen = Lines(files)
        sys.settrace(seen.trace)
        code = tested(tests, seen)
        sys.settrace(None)
        return {"code": code, "lines": {k: sorted(v) for k, v in seen.lines.items()}, "seconds": seen.seconds}

    found, whole = forked(work, 3600)
    if not whole or found["code"]:
        raise SystemExit("the tests fail without a change")
    return dict(found)


def survives(one: Mutant, tests: list[str]) -> bool:
    """Whether every test passes on the changed file; one that does not end counts as noticed."""

    def work() -> int:
        finder = Changed(one)
        sys.meta_path.insert(0, finder)
        importlib.import_module(finder.name)  # now: pytest has an importer of its own for plugins' packages
        return tested(tests)

    code, whole = forked(work, CPU_SECONDS)
    return whole and code == 0


def tests_of(one: Mutant, seen: dict[str, Any]) -> list[str]:
    """The tests that execute a mutant's line, the quickest first; none where no test does."""
    names: set[str] = set()
    for name in seen["lines"].get(f"{one.file}:{one.line}", []):
        file, _, test = name.partition("::")
        shared = not name or test == "*"  # executed at import, or by a fixture of the file
        names |= {n for n in seen["seconds"] if n.startswith(file)} if shared else {name}
    return sorted(names, key=lambda name: seen["seconds"].get(name, 0.0))[:MOST_TESTS]


def main() -> int:
    """Draw, try, tell; 0 where at least nine in ten were killed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("part", choices=PARTS)
    asked.add_argument("--runs", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    files, tests = PARTS[told.part]
    # Everything heavy but the package itself, once for all forks.
    for name in ("numpy", "pandas", "scipy.special", "scipy.optimize", "pydantic", "hypothesis", "nbformat", "yaml"):
        importlib.import_module(name)
    os.chdir(ROOT)
    seen = executed(files, tests)
    every = [one for file in files for one in mutants(file)]
    reached = [one for one in every if tests_of(one, seen)]
    drawn = random.Random(told.seed).sample(reached, min(told.runs, len(reached)))
    survivors = []
    for n, one in enumerate(drawn, start=1):
        if survives(one, tests_of(one, seen)):
            survivors.append(one)
            print(f"{n}/{len(drawn)} survives {one.file.name}:{one.line} {one.change}: {one.text}", flush=True)
    known = [one for one in survivors if (one.file.name, one.text, one.change) in EQUIVALENT]
    real = len(drawn) - len(known)
    score = 1 - (len(survivors) - len(known)) / real
    reach = f"{len(every)} mutants, {len(reached)} in lines that a test executes"
    lines = [f"{reach}; {len(drawn)} drawn (seed {told.seed})"]
    lines += [f"killed {len(drawn) - len(survivors)}, equivalent {len(known)}, score {score:.2f}", ""]
    for one in survivors:
        why = EQUIVALENT.get((one.file.name, one.text, one.change), "")
        lines.append(f"- {one.file.name}, {one.change}: `{one.text}`{f' ({why})' if why else ''}")
    print("\n".join(lines))
    store(told.part, lines)
    return 0 if score >= 0.9 else 1


def store(part: str, lines: list[str]) -> None:
    """One part of the results, in the place of an earlier one."""
    known = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else HEAD
    first, *others = known.split("\n## ")
    parts = {other.partition("\n")[0]: other.rstrip("\n") + "\n" for other in others}
    parts[part] = "\n".join([part, "", *lines, ""])
    RESULTS.write_text("\n## ".join([first, *(parts[name] for name in sorted(parts))]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
