"""The template process: it imports, freezes, and forks on request; it does no work and holds no data.

Started by `process.Template` as a Python process with the arguments SOCKET MODULE..., in a private folder.
It says `ready`, or why it will not serve, on its standard output. It leaves when its standard input ends, that is
when its owner is gone. Requests come over a Unix socket that only this user can open:
a JSON object {argv, cwd, env} with three file descriptors (stdout, stderr, lifeline). The answer holds
the process id, and a pidfd to watch it by: the kernel is not the client's child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from kl_research.batch.warm import child

# Threads that are known to come through a fork: jemalloc (pyarrow's) stops its own around it, by pthread_atfork.
KNOWN_THREADS = {"jemalloc_bg_thd"}
# What renders pages works in the batch's workers; with nbconvert it is two fifths of all imports.
RENDERING = {f"kl_research.findings.site.{name}" for name in ("exporter", "finish")}
LONGEST = 4_000_000  # bytes of one request: an environment, not data


def main() -> None:
    """Import the modules named on the command line, then fork a kernel for every request."""
    path, *modules = sys.argv[1:]
    del sys.path[0]  # the working directory, which `python -c` puts there; a kernel puts its own there
    before = dict(os.environ)
    gc.disable()  # three thousand modules, and nothing of them is garbage
    for module in modules:
        preload(module)
    # what the imports put into the environment, they would have put into the kernel's
    set_by_imports = {name: value for name, value in os.environ.items() if before.get(name) != value}
    unknown = _threads()
    if unknown:
        # a thread does not survive a fork, but the locks it held do
        print(f"threads after the imports: {', '.join(unknown)}", flush=True)
        sys.exit(3)
    child.note_modules()
    gc.collect()
    gc.freeze()  # the collector would write into every page the forks share
    gc.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        Path(path).chmod(0o600)
        server.listen(64)
        print("ready", flush=True)
        serve(server, set_by_imports)
    shutil.rmtree(Path(path).parent, ignore_errors=True)
    os._exit(0)  # nothing is left to do, and taking every module apart takes a second


def preload(name: str) -> None:
    """Import a module, or with `name.*` a package and its modules but for `RENDERING`; absent ones are left out.

    >>> preload("email.mime.*")
    >>> preload("no_such_module")
    """
    package = name.removesuffix(".*")
    try:
        module = importlib.import_module(package)
        if name != package:
            for found in pkgutil.walk_packages(module.__path__, f"{package}."):
                if not found.name.endswith(".__main__") and found.name not in RENDERING:
                    importlib.import_module(found.name)
    except ImportError:
        return


def _reap(*_: object) -> None:
    """Let ended forks go; their clients watch them by pidfd. Their CPU time is counted as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _threads() -> list[str]:
    """The names of all threads but the first and the known ones."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    return sorted({(task / "comm").read_text().strip() for task in tasks} - KNOWN_THREADS)


def serve(server: socket.socket, set_by_imports: dict[str, str]) -> None:
    """Answer requests until standard input ends; every kernel's environment is the request's and `set_by_imports`."""
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == 0:
                    if not os.read(0, 64):
                        return
                    continue
                connection, _ = server.accept()
                with connection:
                    request, fds = _receive(connection)
                    if request is not None:
                        request["env"] = {**request["env"], **set_by_imports}
                        _answer(connection, request, fds)
                    for fd in fds:
                        os.close(fd)


def _receive(connection: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    connection.settimeout(5)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    if user != os.getuid():
        return None, []
    fds: list[int] = []
    try:
        head, fds, _, _ = socket.recv_fds(connection, 4, 3)
        (length,) = struct.unpack("!I", head)
        if length > LONGEST or len(fds) != 3:
            return None, fds
        return json.loads(read_exactly(connection, length)), fds
    except (OSError, ValueError, struct.error):
        return None, fds


def read_exactly(connection: socket.socket, length: int) -> bytes:
    """`length` bytes from a socket; raises `OSError` when it ends before."""
    content = b""
    while len(content) < length:
        piece = connection.recv(length - len(content))
        if not piece:
            raise OSError("the connection ended")
        content += piece
    return content


def _answer(connection: socket.socket, request: dict[str, Any], fds: list[int]) -> None:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            child.become_kernel(request, *fds)
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    try:
        watch = os.pidfd_open(pid)
    except OSError:
        return
    try:
        socket.send_fds(connection, [struct.pack("!I", pid)], [watch])
    except OSError:
        os.kill(pid, signal.SIGKILL)  # nobody is there to use it
    finally:
        os.close(watch)
