"""The client's side: starting a template, asking it for a kernel, watching that kernel."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from kl_research.batch.warm.template import read_exactly
from kl_research.terms import temporary as scratch

# What a notebook of ours imports, and what that imports in turn. The project's own rooms are in `source_key`:
# when a file of theirs changes, the template is started anew. `name.*` is a package with all its modules.
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "matplotlib_inline.config",
    "pandas",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.string",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "statsmodels.tsa.statespace.structural",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "babel.dates",
    "babel.numbers",
    "kl_research.terms.study",
    "kl_research.intake.*",
    "kl_research.adoption.*",
    "kl_research.effects.*",
    "kl_research.findings.*",
)
# One thread in the linear algebra: threads do not survive a fork, and sums do not depend on the machine.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
# Variables that are read when a library is imported; a kernel that wants others must import for itself.
_AT_IMPORT = (
    "PYTHON",
    "LC_",
    "LD_",
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "NUMEXPR_",
    "MPLCONFIGDIR",
    "MATPLOTLIBRC",
    "ARROW_",
)
_AT_IMPORT_EXACTLY = ("LANG", "TZ", "MPLBACKEND", "PATH", "HOME")
START_SECONDS = 120  # patience on a loaded machine; it takes three
_MAIN = "from kl_research.batch.warm.template import main; main()"


class ColdError(Exception):
    """A fork is not possible or would not be sound; the message says why, and the ordinary kernel is started."""


def supported() -> bool:
    """Whether kernels can be forked here: Linux with pidfd, which Python 3.9 and kernel 5.3 have."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def environment_key(env: Mapping[str, str], preload: tuple[str, ...] = PRELOAD) -> str:
    """What a template is good for: interpreter, installed packages, preload list, environment."""
    asked = {name: value for name, value in env.items() if name.startswith(_AT_IMPORT) or name in _AT_IMPORT_EXACTLY}
    # installing or removing a package changes the time of the folder it is in
    installed = [(path, Path(path).stat().st_mtime_ns) for path in sys.path if _holds_packages(path)]
    return _digest([sys.executable, sys.version, preload, sorted(asked.items()), installed])


def _holds_packages(path: str) -> bool:
    return Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()


def source_key() -> str:
    """The project's own source, which the template has imported too: changed files need another template."""
    package = Path(__file__).resolve().parents[2]
    stats = [(str(path), path.stat()) for path in sorted(package.rglob("*")) if path.suffix in (".py", ".po", ".csv")]
    return _digest([(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Forked:
    """A kernel forked by the template, with the face of `subprocess.Popen` that jupyter_client knows."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, watch: int, lifeline: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._watch, self._lifeline = watch, lifeline

    def fileno(self) -> int:
        """The pidfd, readable once the process has ended."""
        return self._watch

    def poll(self) -> int | None:
        """None while it runs; 0 afterwards, as the exit code is the template's to know."""
        if self.returncode is None and select.select([self._watch], [], [], 0)[0]:
            self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and let go of it."""
        if self.returncode is None and not select.select([self._watch], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        self.returncode = 0
        self.close()
        return 0

    def send_signal(self, number: int) -> None:
        """Signal this very process, whatever its number has become since."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._watch, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Close the pidfd and the lifeline; a kernel still running ends with it."""
        for fd in (self._watch, self._lifeline):
            if fd >= 0:
                os.close(fd)
        self._watch = self._lifeline = -1


class Template:
    """A handle on a template process: the one that started it owns it, others `attach` to its socket."""

    def __init__(self, path: str, key: str, source: str = "", owned: subprocess.Popen[str] | None = None) -> None:
        self.path, self.key, self.source, self._owned = path, key, source, owned

    @property
    def borrowed(self) -> bool:
        """Whether another process owns it, and answers for its source."""
        return self._owned is None

    @classmethod
    def begin(cls, preload: tuple[str, ...] = PRELOAD, env: Mapping[str, str] | None = None) -> Template:
        """Start a template process; `wait_until_ready` before the first fork. Raises `ColdError` off Linux."""
        if not supported():
            raise ColdError(f"kernels are not forked on {sys.platform}")
        env = {**ONE_THREAD, **(os.environ if env is None else env)}
        key, source = environment_key(env, preload), source_key()
        folder = scratch.make()
        path = f"{folder}/template"
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, path, *preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,  # a matplotlibrc in a working directory would be read
            env={**env, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},  # the debugger would warn of what every kernel does
            text=True,
            start_new_session=True,
        )
        return cls(path, key, source, process)

    def wait_until_ready(self) -> Template:
        """The same handle once the imports are done; raises `ColdError` saying why there will be no fork."""
        assert self._owned is not None
        assert self._owned.stdout is not None
        ready, _, _ = select.select([self._owned.stdout], [], [], START_SECONDS)
        line = self._owned.stdout.readline().strip() if ready else f"no answer in {START_SECONDS} s"
        if line != "ready":
            self.close()
            raise ColdError(f"no template process: {line or 'it ended at once'}")
        return self

    @property
    def alive(self) -> bool:
        """Whether the process is there; asked of the owner only."""
        return self._owned is None or self._owned.poll() is None

    def fork(self, argv: list[str], cwd: str, env: Mapping[str, str], out: int = 1, err: int = 2) -> Forked:
        """A new kernel; raises `ColdError` when the template does not answer."""
        request = json.dumps({"argv": argv, "cwd": cwd, "env": dict(env)}).encode()
        reading, lifeline = os.pipe()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(20)
                connection.connect(self.path)
                socket.send_fds(connection, [struct.pack("!I", len(request))], [out, err, reading])
                connection.sendall(request)
                head, fds, _, _ = socket.recv_fds(connection, 4, 1)
                if len(head) < 4 and fds:
                    head += read_exactly(connection, 4 - len(head))
            if not fds:
                raise OSError("it did not answer")
        except OSError as error:
            os.close(lifeline)
            raise ColdError(f"the template process is gone ({error})") from None
        finally:
            os.close(reading)
        return Forked(struct.unpack("!I", head)[0], fds[0], lifeline)

    def close(self) -> None:
        """End the process if this handle owns it; kernels already forked live on."""
        if self._owned is None:
            return
        process, self._owned = self._owned, None
        if process.poll() is None and not Path(self.path).exists():
            process.kill()  # still importing: nobody waits for it any more
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(Path(self.path).parent, ignore_errors=True)


_shared: list[Template] = []
_refused: dict[tuple[str, str], str] = {}  # why there is no template; not tried again for every kernel
_starting = threading.Lock()


def use_template(address: tuple[str, str] | None) -> None:
    """Use another process's template in this one, the batch runner's in its workers; None: start kernels cold."""
    _shared[:] = [Template(*address)] if address else [Template("", "")]


def shared(env: Mapping[str, str], preload: tuple[str, ...] = PRELOAD) -> Template:
    """This process's template, started when first asked for and anew when what it rests on has changed."""
    key = environment_key(env, preload)
    with _starting:
        if _shared and _shared[0].borrowed:
            if not _shared[0].path:
                raise ColdError("the batch has no template process")
            if _shared[0].key != key:
                raise ColdError("the environment is not the template's")
            return _shared[0]
        wanted = (key, source_key())
        if _shared and (_shared[0].key, _shared[0].source) == wanted and _shared[0].alive:
            return _shared[0]
        for old in _shared:
            old.close()
        _shared[:] = []
        if wanted in _refused:
            raise ColdError(_refused[wanted])
        try:
            _shared.append(Template.begin(preload, env).wait_until_ready())
        except ColdError as reason:
            _refused[wanted] = str(reason)
            raise
        return _shared[0]
