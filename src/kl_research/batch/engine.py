"""A papermill engine: warm kernels, and limits on time, memory and printed output; registered as `kl-research`.

Everything else is papermill's own: the same client, the same cells, the same outputs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger

from kl_research.batch.plan import Limits, check_known, declared_in
from kl_research.terms import temporary as scratch

KERNEL = "kl-research"
KERNELSPECS = Path(__file__).resolve().parent / "warm" / "kernelspecs"
LOOK_EVERY = 0.5  # seconds between two looks at a kernel's time and memory


class Engine(NBClientEngine):
    """Papermill's own engine with another kernel under it: `papermill --engine kl-research in.ipynb out.ipynb`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        limits: Limits | None = None,
        told: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Execute the notebook; `told` receives `breach` (which limit was passed) and `cold` (why not warm)."""
        told = {} if told is None else told
        _check_parameters(nb_man.nb)
        client = _Client(
            nb_man,
            limits=limits or Limits(),
            told=told,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            # Keeps a batch out of the user's IPython history; nbclient does this only for kernels named python3.
            extra_arguments=["--HistoryManager.hist_file=:memory:"],
            log=logger,
            **{name: kwargs[name] for name in ("log_output", "stdout_file", "stderr_file") if name in kwargs},
        )
        folder = scratch.make()
        try:
            client.km = _manager(folder)
            client.owns_km = True
            # What a kernel says beside its outputs is chatter of its start and its end.
            with Path(os.devnull).open("wb") as nowhere:
                return client.execute(stdout=nowhere, stderr=nowhere)
        finally:
            client.ended.set()
            shutil.rmtree(folder, ignore_errors=True)


def _check_parameters(notebook: Any) -> None:
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    if given:
        place = Path(notebook.metadata["papermill"].get("input_path") or "notebook").name
        check_known(given, dict(declared_in(notebook.cells, place)), f"{place}, parameters")


def _manager(folder: Path) -> AsyncKernelManager:
    manager = _Manager(
        kernel_name=KERNEL,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(KERNELSPECS)], ensure_native_kernel=False),
        connection_file=str(folder / "kernel.json"),
        client_class=f"{__name__}.{_Line.__name__}",
    )
    if sys.platform != "win32":
        # no ports: nothing to race for (papermill issue 511), and nobody else can connect
        manager.transport, manager.ip = "ipc", str(folder / "kernel")
    return manager


class _Manager(AsyncKernelManager):
    """Jupyter's own manager, which interrupts a kernel before it tells it to end, for the sake of a busy one, and
    looks ten times a second whether it did."""

    async def _async_interrupt_kernel(self) -> None:
        # Ours has finished its notebook, and would only write "KeyboardInterrupt" into the user's terminal.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    interrupt_kernel = _async_interrupt_kernel

    async def _async_wait(self, pollinterval: float = 0.01) -> None:
        await super()._async_wait(0.01)


class _Line(AsyncKernelClient):
    """Jupyter's own client, which listens for a fifth of a second of silence before the first cell: papermill takes
    nothing for a cell's output but what answers that cell, so a worker need not wait for it."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        until = time.monotonic() + (timeout or float("inf"))
        while not await self._answered():
            if not await self._async_is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel did not answer in {timeout:g} s")

    wait_for_ready = _async_wait_for_ready

    async def _answered(self) -> bool:
        """Whether the kernel replies and is heard on the channel that carries outputs."""
        self.kernel_info()
        with contextlib.suppress(Empty):
            reply = await self.shell_channel.get_msg(timeout=1)
            await self.iopub_channel.get_msg(timeout=0.2)
            self._handle_kernel_info_reply(reply)
            return True
        return False


class _Client(PapermillNotebookClient):
    """Papermill's client, with an eye on what the kernel uses."""

    def __init__(self, nb_man: Any, *, limits: Limits, told: dict[str, str], **kwargs: Any) -> None:
        super().__init__(nb_man, **kwargs)
        self.limits, self.told = limits, told
        self.ended = threading.Event()
        self._printed = 0

    def start_new_kernel(self, **kwargs: Any) -> None:
        """As nbclient does, then keep an eye on it."""
        super().start_new_kernel(**kwargs)
        provisioner: Any = self.km.provisioner if self.km else None
        self.told["cold"] = getattr(provisioner, "why_cold", "")
        threading.Thread(target=self._watch, args=(provisioner.pid, time.monotonic()), daemon=True).start()

    def _watch(self, pid: int, began: float) -> None:
        import psutil

        try:
            kernel = psutil.Process(pid)
            while not self.ended.wait(LOOK_EVERY):
                if time.monotonic() - began > self.limits.seconds:
                    self._stop(pid, f"stopped after {self.limits.seconds:g} s")
                    return
                used = _memory(kernel)
                if used > self.limits.memory_mb * 2**20:
                    self._stop(pid, f"stopped at {used / 2**20:.0f} MB of memory (limit {self.limits.memory_mb:g})")
                    return
        except psutil.Error:
            return  # it ended

    def process_message(self, msg: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As papermill does, counting printed characters so that a run that prints too much is stopped."""
        if msg["msg_type"] == "stream":
            self._printed += len(msg["content"]["text"])
            if self._printed > self.limits.output_mb * 2**20:
                if not self.told.get("breach") and self.km is not None:
                    self._stop(self.km.provisioner.pid, f"stopped after printing {self.limits.output_mb:g} MB")
                return None
        return super().process_message(msg, *args, **kwargs)

    def _stop(self, pid: int, why: str) -> None:
        self.told["breach"] = why
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(pid, signal.SIGKILL)  # the kernel leads a group of its own
            else:
                os.kill(pid, signal.SIGTERM)


def _memory(kernel: Any) -> int:
    import psutil

    total = 0
    for process in (kernel, *kernel.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total
