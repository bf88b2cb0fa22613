"""Bytes to panel: reading, numbers, privacy, layouts, quality, cleaning; `ingest` is its one verb."""

from kl_research.intake.assemble import Ingested, ingest
from kl_research.intake.processed import (
    read_activity,
    read_beside,
    read_connections,
    read_measures,
    read_quality,
    read_question,
    read_timing,
    write_processed,
)
from kl_research.intake.proposal import propose_layout

__all__ = [
    "Ingested",
    "ingest",
    "propose_layout",
    "read_activity",
    "read_beside",
    "read_connections",
    "read_measures",
    "read_quality",
    "read_question",
    "read_timing",
    "write_processed",
]
