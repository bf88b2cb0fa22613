"""What papermill registers under `kl-research`: loads the engine when a notebook is run with it, not before.

papermill loads every registered engine while it is itself being imported; an engine that imports papermill at that
moment would meet half of it.
"""

from __future__ import annotations

from typing import Any


class Engine:
    """The engine as papermill asks for it; the work is `kl_research.batch.engine.Engine`'s."""

    @classmethod
    def execute_notebook(cls, *args: Any, **kwargs: Any) -> Any:
        """Execute a notebook object, as papermill's engines do."""
        return _engine().execute_notebook(*args, **kwargs)

    @classmethod
    def nb_kernel_name(cls, *args: Any, **kwargs: Any) -> Any:
        """The kernel's name, as papermill's engines give it."""
        return _engine().nb_kernel_name(*args, **kwargs)

    @classmethod
    def nb_language(cls, *args: Any, **kwargs: Any) -> Any:
        """The notebook's language, as papermill's engines give it."""
        return _engine().nb_language(*args, **kwargs)


def _engine() -> Any:
    from kl_research.batch.engine import Engine

    return Engine
