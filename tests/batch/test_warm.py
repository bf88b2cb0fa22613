"""A forked kernel is as good as an ordinary one: nothing leaks, nothing is shared, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

from batch.drawn_notebooks import draw
from kl_research.batch.warm import process as warm
from kl_research.batch.warm.process import ColdError, Template

pytestmark = pytest.mark.skipif(not warm.supported(), reason="kernels are forked on Linux only")
SECONDS = 60  # patience on a loaded machine; nothing here takes more than a second by itself


@pytest.fixture(scope="module")
def template() -> Iterator[Template]:
    started = Template.begin().wait_until_ready()
    yield started
    started.close()


@pytest.fixture
def attached(template: Template) -> Iterator[None]:
    warm.use_template((template.path, template.key))
    yield
    warm._shared.clear()


class Kernel:
    """A kernel of the warm kernelspec, and what its code prints."""

    def __init__(self, name: str = "kl-research", **options: Any) -> None:
        self.manager, self.client = start_new_kernel(kernel_name=name, startup_timeout=SECONDS, **options)

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def run(self, code: str) -> str:
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            if message["msg_type"] in ("display_data", "execute_result"):
                printed.append(json.dumps(sorted(content["data"])))
            if message["msg_type"] == "error":
                printed.append(f"{content['ename']}: {content['evalue']}")

        self.client.execute_interactive(code, timeout=SECONDS, output_hook=collect)
        return "".join(printed).strip()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(attached: None) -> Iterator[Kernel]:
    started = Kernel()
    assert started.manager.provisioner.why_cold == ""
    yield started
    started.close()


def wait_for(condition: Any, what: str) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="module")
def pair(template: Template) -> Iterator[tuple[Kernel, Kernel]]:
    """A forked and an ordinary kernel that are told the same, one thing after the other."""
    warm.use_template((template.path, template.key))
    both = Kernel(), Kernel("python3")
    warm._shared.clear()
    assert both[0].manager.provisioner.why_cold == ""
    yield both
    for started in both:
        started.close()


def test_random_numbers_differ_between_kernels(kernel: Kernel) -> None:
    code = "import random, numpy; print(random.random(), numpy.random.rand())"
    other = Kernel()
    try:
        first, second = kernel.run(code).split(), other.run(code).split()
    finally:
        other.close()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_what_one_kernel_changes_no_other_sees(kernel: Kernel) -> None:
    kernel.run(
        "import os, sys, tempfile, pandas, matplotlib\n"
        "os.environ['LEAK'] = '1'; os.chdir(tempfile.gettempdir()); pandas.options.display.max_rows = 7\n"
        "matplotlib.rcParams['lines.linewidth'] = 99; sys.modules['leak'] = sys; leak = 1"
    )
    other = Kernel()
    try:
        seen = other.run(
            "import os, sys, pandas, matplotlib\n"
            "print('LEAK' in os.environ, os.getcwd(), pandas.options.display.max_rows,"
            " matplotlib.rcParams['lines.linewidth'], 'leak' in sys.modules, 'leak' in globals())"
        )
    finally:
        other.close()
    assert seen == f"False {Path.cwd()} 60 1.5 False False"


@pytest.mark.parametrize(
    "code",
    [
        "import sys; print(sys.path)",
        "import sys; print(sys.argv[1:2], sys.flags, sys.stdin is None)",
        "import sys; print(sorted(k for k in globals() if not k.startswith('_')), __name__)",
        "import os; print(sorted(set(os.environ) - {'JPY_PARENT_PID', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS',"
        " 'MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS'}), os.getcwd())",
        "import signal; print([signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)])",
        "import os; print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), os.umask(0o22))",
        "import matplotlib, matplotlib.pyplot; print(dict(matplotlib.rcParams))",
        "import matplotlib.pyplot as plt; _ = plt.plot([1, 2])",
        "import matplotlib.pyplot as plt\nplt.figure(); print(plt.get_backend(), plt.isinteractive())",
        # shown as HTML, which the import sees to
        "from kl_research.terms.events import EventRegister\nEventRegister([])",
        "import pandas\nprint([(k, pandas.get_option(k)) for k in ('display.max_columns', 'display.width')])",
        "import locale, time; print(locale.getlocale(), time.tzname)",
        "import logging, warnings; print(logging.root.handlers, len(warnings.filters) > 0)",
        # what its debugger takes for the kernel's own code, noted by the template
        "k = get_ipython().kernel\n"
        "print(k.debugger.kernel_modules is k._kernel_modules, '/ipkernel.py' in str(k._kernel_modules))",
        "import sys, ipykernel.ipkernel as kernel; print(kernel.sys is sys)",
        "1 / 0",
    ],
)
def test_it_looks_like_an_ordinary_kernel(pair: tuple[Kernel, Kernel], code: str) -> None:
    forked, ordinary = pair
    assert forked.run(code) == ordinary.run(code)


def test_its_environment_and_folder_are_the_callers(attached: None, tmp_path: Path) -> None:
    started = Kernel(env={**os.environ, "OWN": "yes"}, cwd=str(tmp_path))
    try:
        assert started.run("import os; print(os.environ['OWN'], os.getcwd())") == f"yes {tmp_path}"
        assert started.manager.provisioner.why_cold == ""
    finally:
        started.close()


def test_twelve_at_once(attached: None) -> None:
    kernels = [Kernel() for _ in range(12)]
    try:
        assert [k.run("print(6 * 7)") for k in kernels] == ["42"] * 12
    finally:
        for k in kernels:
            k.close()
    wait_for(lambda: all(gone(k.pid) for k in kernels if k.pid), "kernels left")


def test_an_interrupt_reaches_the_cell(kernel: Kernel) -> None:
    message = kernel.client.execute("import time; time.sleep(60)")
    time.sleep(1)
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=SECONDS)
    assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (message, "KeyboardInterrupt")
    time.sleep(0.5)  # what is asked in the moment after an error is refused, by any kernel
    assert kernel.run("print('still here')") == "still here"


def test_a_killed_kernel_is_seen_as_dead(kernel: Kernel) -> None:
    os.kill(kernel.pid, signal.SIGKILL)
    wait_for(lambda: not kernel.manager.is_alive(), "the manager still thinks it alive")


def test_a_restart_gives_a_clean_kernel(kernel: Kernel) -> None:
    kernel.run("x = 1")
    old = kernel.pid
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=SECONDS)
    assert kernel.run("print('x' in globals())") == "False"
    assert gone(old)


def test_children_of_the_notebook_end_with_it(attached: None) -> None:
    started = Kernel()
    child = int(started.run("import subprocess; p = subprocess.Popen(['sleep', '300']); print(p.pid)"))
    started.client.stop_channels()
    started.manager.shutdown_kernel()
    wait_for(lambda: gone(child), "the notebook's child is left")


def test_code_registered_for_the_end_runs_at_an_orderly_end(attached: None, tmp_path: Path) -> None:
    started = Kernel()
    started.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'end')!r}).write_text, 'ran')")
    started.manager.shutdown_kernel()
    started.client.stop_channels()
    assert (tmp_path / "end").read_text() == "ran"


def test_a_kernel_ends_with_its_client(template: Template, tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from kl_research.batch.warm.process import use_template\n"
        "from jupyter_client.manager import start_new_kernel\n"
        f"use_template(({template.path!r}, {template.key!r}))\n"
        f"manager, client = start_new_kernel(kernel_name='kl-research', startup_timeout={SECONDS})\n"
        "print(manager.provisioner.pid, manager.provisioner.why_cold, flush=True)\n"
        "time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        pid = int(client.stdout.readline())
        client.kill()
    wait_for(lambda: gone(pid), "the kernel outlives its client")


def test_running_kernels_survive_a_killed_template_and_new_ones_start_cold() -> None:
    own = Template.begin(("ipykernel.kernelapp",)).wait_until_ready()
    warm.use_template((own.path, warm.environment_key({**warm.ONE_THREAD, **os.environ})))
    try:
        before = Kernel()
        assert own._owned is not None
        own._owned.kill()
        own._owned.wait()
        after = Kernel()
        assert before.run("print(1)") == after.run("print(1)") == "1"
        assert before.manager.provisioner.why_cold == ""
        assert "the template process is gone" in after.manager.provisioner.why_cold
        before.close()
        after.close()
    finally:
        own.close()
        warm._shared.clear()


def test_a_template_leaves_with_its_owner_and_takes_its_folder_along() -> None:
    code = (
        "from kl_research.batch.warm.process import Template\n"
        "t = Template.begin(('json',)).wait_until_ready(); print(t._owned.pid, t.path, flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, path = owner.stdout.readline().split()
        owner.kill()
    wait_for(lambda: gone(int(pid)), "the template outlives its owner")
    wait_for(lambda: not Path(path).parent.exists(), "its folder is left")


def test_a_template_with_a_thread_refuses_to_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ColdError, match="threads after the imports"):
        Template.begin(("threaded",)).wait_until_ready()


@pytest.mark.parametrize(
    ("env", "cwd_file", "why"),
    [
        ({"OMP_NUM_THREADS": "4"}, "", "the environment is not the template's"),
        ({"PYTHONPATH": "/elsewhere"}, "", "the environment is not the template's"),
        ({}, "matplotlibrc", "a matplotlibrc in the working directory"),
    ],
)
def test_where_a_fork_would_not_be_sound_the_kernel_starts_cold_and_says_why(
    attached: None, tmp_path: Path, env: dict[str, str], cwd_file: str, why: str
) -> None:
    if cwd_file:
        (tmp_path / cwd_file).write_text("lines.linewidth: 3\n")
    started = Kernel(env={**os.environ, **env}, cwd=str(tmp_path))
    try:
        assert started.manager.provisioner.why_cold == why
        assert started.run("print(1)") == "1"
    finally:
        started.close()


def test_on_other_systems_kernels_start_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "supported", lambda: False)
    started = Kernel()
    try:
        assert "kernels are not forked on" in started.manager.provisioner.why_cold
        assert started.run("print(1)") == "1"
    finally:
        started.close()
        warm._refused.clear()


def test_a_changed_source_file_asks_for_another_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**warm.ONE_THREAD, **os.environ}
    first = warm.shared(env, ("json",))
    try:
        assert warm.shared(env, ("json",)) is first
        monkeypatch.setattr(warm, "source_key", lambda: "changed")
        second = warm.shared(env, ("json",))
        assert second is not first
        assert first._owned is None
    finally:
        for left in warm._shared:
            left.close()
        warm._shared.clear()


def test_papermill_uses_it_by_the_name_of_its_engine(attached: None, tmp_path: Path) -> None:
    import papermill

    notebook = draw(tmp_path, "good", "print(municipality, get_ipython().history_manager.hist_file)")
    executed = papermill.execute_notebook(
        notebook, tmp_path / "out.ipynb", {"municipality": "851"}, engine_name="kl-research", progress_bar=False
    )
    assert executed.cells[-1].outputs[0].text == "851 :memory:\n"  # not in the user's own history


def test_the_kernelspec_is_installed_for_jupyterlab_and_nbval() -> None:
    assert (
        KernelManager(kernel_name="kl-research").kernel_spec.metadata["kernel_provisioner"]["provisioner_name"]
        == "kl-research"
    )
