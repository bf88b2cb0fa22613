"""Bytes to panel: reading, numbers, privacy, layouts, quality, cleaning.

`kl_research.ingest` is this package and, called, its one verb: `kl.ingest(study)`. Importing a submodule binds its
name on the parent, over the lazy function of the same name, so the package itself is made to answer the call.
"""

import sys
from types import ModuleType

from kl_research.ingest.assemble import Ingested, ingest
from kl_research.ingest.processed import (
    read_activity,
    read_connections,
    read_quality,
    read_timing,
    write_processed,
)
from kl_research.ingest.proposal import propose_layout
from kl_research.study import Study

__all__ = [
    "Ingested",
    "ingest",
    "propose_layout",
    "read_activity",
    "read_connections",
    "read_quality",
    "read_timing",
    "write_processed",
]


class _Callable(ModuleType):
    def __call__(self, study: Study) -> Ingested:
        return ingest(study)


sys.modules[__name__].__class__ = _Callable
