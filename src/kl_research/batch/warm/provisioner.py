"""What jupyter_client calls to start a kernel: a fork of the template where that is sound, else the ordinary way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import List, Unicode

from kl_research.batch.warm.process import ONE_THREAD, PRELOAD, ColdError, Forked, shared

LAUNCHER = ["-m", "ipykernel_launcher"]


class WarmProvisioner(LocalProvisioner):
    """Kernels forked from a template that has the imports done; registered as `kl-research`."""

    process: Any = None  # a Popen, or what looks like one
    preload = List(Unicode(), default_value=list(PRELOAD), config=True, help="Modules the template imports.")

    why_cold = ""  # why the last kernel was started the ordinary way; empty when it was forked

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it the ordinary way and say why."""
        env = {**ONE_THREAD, **(kwargs.get("env") or os.environ)}
        try:
            self.process = await asyncio.to_thread(self._fork, cmd, env, kwargs)
        except ColdError as reason:
            self.why_cold = str(reason)
            self.log.warning("kernel started cold: %s", reason)
            return await super().launch_kernel(cmd, **{**kwargs, "env": env})
        self.why_cold = ""
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    def _fork(self, cmd: list[str], env: dict[str, str], kwargs: dict[str, Any]) -> Forked:
        if Path(cmd[0]).absolute() != Path(sys.executable).absolute() or cmd[1:3] != LAUNCHER:
            raise ColdError("the kernel is not this interpreter's ipykernel")
        cwd = str(kwargs.get("cwd") or Path.cwd())
        if (Path(cwd) / "matplotlibrc").exists():
            raise ColdError("a matplotlibrc in the working directory")
        if kwargs.get("independent"):
            raise ColdError("the kernel is to outlive its client")
        out, err = (_descriptor(kwargs.get(name), default) for name, default in (("stdout", 1), ("stderr", 2)))
        template = shared(env, tuple(self.preload))
        env = {**env, "JPY_PARENT_PID": str(os.getpid())}
        return template.fork(["ipykernel_launcher", *cmd[3:]], cwd, env, out, err)

    async def wait(self) -> int | None:
        """Wait for the end of the process, told by its pidfd at once instead of asked for ten times a second."""
        if not isinstance(self.process, Forked):
            return await super().wait()
        if self.process.poll() is None:
            loop = asyncio.get_running_loop()
            ended = asyncio.Event()
            loop.add_reader(self.process.fileno(), ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(self.process.fileno())
        return self._let_go()

    def _let_go(self) -> int:
        assert isinstance(self.process, Forked)
        code = self.process.wait()
        self.process = None
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Leave no process of a kernel that died without ending its children."""
        if isinstance(self.process, Forked):
            if self.process.poll() is None:
                await self.send_signal(signal.SIGKILL)
            self._let_go()
        await super().cleanup(restart=restart)


def _descriptor(stream: Any, default: int) -> int:
    if stream is None:
        return default
    if stream == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_WRONLY)
    if stream == subprocess.PIPE or (isinstance(stream, int) and stream < 0):
        raise ColdError("its output is to be read through a pipe")
    return stream if isinstance(stream, int) else int(stream.fileno())
