"""What an answer carries of its event, so that it can be told in words without the register beside it."""

from __future__ import annotations

from typing import Any

from kl_research.effects.effect import Threat
from kl_research.events import Event


def about(event: Event, threats: tuple[Threat, ...] = ()) -> dict[str, Any]:
    """Date, reach and title of the event, and the titles and sources of the events that threaten it.

    Plain data for `Effect.details`: `event_date`, `national`, `event_title_da`, `event_title_en`, `event_source`,
    and `event_titles`, an entry for each event among the threats.
    """
    named = {threat.event for threat in threats}
    return {
        "event_date": event.date,
        "national": event.national,
        "event_source": event.source,
        **{f"event_title_{lang}": title for lang, title in event.title.items()},
        "event_titles": {other.id: dict(other.title) for other in event.others() if other.id in named},
    }
