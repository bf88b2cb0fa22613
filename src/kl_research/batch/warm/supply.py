"""The batch's own template process: started beside the workers, started once more when it dies, said when absent."""

from __future__ import annotations

from collections.abc import Callable

from kl_research.batch.warm.process import ColdError, Template

STARTS = 3  # a template that keeps dying is done without


class Templates:
    """Hands out the address of a living template, or None when kernels are to be started cold."""

    def __init__(self) -> None:
        self.note: Callable[[str], None] = lambda text: None  # who is told
        self._said = set[str]()
        self._starts = 0
        self._template: Template | None = None
        self._ready = False

    def begin(self) -> None:
        """Start the template unless there is one; it imports while the workers do."""
        if self._starts == 0:
            self._start()

    def _start(self) -> None:
        self._starts += 1
        self._ready = False
        try:
            self._template = Template.begin()
        except ColdError as reason:
            self._do_without(str(reason))

    def current(self) -> tuple[str, str] | None:
        """Socket and key of a template that is ready."""
        if self._template is not None and not self._template.alive:
            self._template.close()
            self._template = None
            if self._starts < STARTS:
                self.say("the template process died; another is started")
                self._start()
            else:
                self._do_without("the template process keeps dying")
        if self._template is not None and not self._ready:
            try:
                self._template.wait_until_ready()
                self._ready = True
            except ColdError as reason:
                self._do_without(str(reason))
        return (self._template.path, self._template.key) if self._template else None

    def _do_without(self, reason: str) -> None:
        self._template = None
        self.say(f"kernels start cold: {reason}")

    def say(self, text: str) -> None:
        """Tell the user once."""
        if text not in self._said:
            self._said.add(text)
            self.note(text)

    def close(self) -> None:
        """End the template process; kernels already forked live on."""
        if self._template is not None:
            self._template.close()
            self._template = None
