"""The demo's register agrees with what the user group said, and every entry is in the table of docs/user-group.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kl_research as kl

NATIONAL: dict[str, object] = {"national": True}

# What was read from the minutes, field by field.
EVENTS: dict[str, dict[str, object]] = {
    "odense-leader-meeting": {"municipalities": ["461"], "date": "2025-01", "type": "leader_meeting"},
    "holstebro-gp-meeting": {"municipalities": ["661"], "date": None, "type": "gp_meeting"},
    "aalborg-reimplementation": {"municipalities": ["851"], "date": "2024-09/2024-11", "outcome": "active_units"},
    "kobenhavn-boost": {"municipalities": ["101"], "date": None, "type": "boost"},
    "kobenhavn-social-administration": {"municipalities": ["101"], "kind": "measurement"},
    "lighthouse-2022": {"municipalities": ["330", "820"], "date": "2022-03-01", "until": "2022-06"},
    "ok22-agreement": NATIONAL | {"date": "2022-01-01"},
    "medcom-support-end": NATIONAL | {"date": "2022-12-31"},
    "redirect": NATIONAL | {"kind": "measurement", "date": None},
    "context-handler-2": NATIONAL | {"date": "2025-03-24"},
    "context-handler-1-off": NATIONAL | {"date": "2025-03-31"},
    "picture-in-picture": NATIONAL | {"date": None},
    "kl-webinar-may-2025": NATIONAL | {"kind": "context", "date": "2025-05-21"},
    "medcom-citizen-video-webinar": NATIONAL | {"kind": "context", "date": "2025-09/2025-11"},
    "no-trouble-with-login": NATIONAL,
    "nordjylland-inquiry": {"regions": ["1081"]},
    "hovedstaden-no-inquiries": {"regions": ["1084"]},
    "hovedstaden-who-invites": {"regions": ["1084"]},
    "midtjylland-no-inquiries": {"regions": ["1082"]},
    "odense-without-citizen": {"municipalities": ["461"]},
    "kobenhavn-shared-responsibility": {"municipalities": ["101"], "type": "klu_meeting"},
    "favrskov-small-fall": {"municipalities": ["710"], "kind": "context"},
    "roskilde-planned-start": {"municipalities": ["265"], "date": "2024-09/2024-11"},
    "syddanmark-one-third": {"regions": ["1083"]},
}
ITEMS: dict[str, dict[str, object]] = {
    "statistics-midtjylland": {"regions": ["1082"], "status": "open"},
    "id-12-picture-in-picture": {"status": "done"},
    "id-14-still-images": {"status": "on_hold"},
    "id-27-information": {"status": "dropped", "municipalities": ["820"]},
    "opening-hours": {"status": "open", "owner": None},
    "technical-guide-1-8": {"status": "open"},
    "report-optimumit": {"owner": "PLO", "status": "open"},
    "report-citizen-video": {"status": "open"},
    "article-decentralised-trials": {"link": "https://doi.org/10.1177/20552076251330519", "status": "done"},
    "article-introducing-video": {"status": "open"},
    "redirect-two-factor": {"status": "open"},
    "next-meeting": {"due": "2025-10-28"},
}


@pytest.mark.parametrize("id_", EVENTS)
def test_an_event_is_registered_as_it_was_said(study: kl.Study, id_: str) -> None:
    event = study.read_events()[id_]
    assert {key: getattr(event, key) for key in EVENTS[id_]} == EVENTS[id_]


@pytest.mark.parametrize("id_", ITEMS)
def test_an_item_is_registered_as_it_was_said(study: kl.Study, id_: str) -> None:
    item = next(item for item in study.read_items() if item.id == id_)
    assert {key: getattr(item, key) for key in ITEMS[id_]} == ITEMS[id_]


def test_every_entry_is_in_the_table_and_every_row_has_an_entry(study: kl.Study, root: Path) -> None:
    table = (root / "docs" / "user-group.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ") and "| entries |" not in line]
    named = [re.findall(r"`([a-z0-9-]+)`", row) for row in rows]
    assert all(named)
    entries = [*study.read_events(), *(item.id for item in study.read_items())]
    assert sorted(name for row in named for name in row) == sorted(entries)


def test_no_entry_names_a_person_as_owner(study: kl.Study) -> None:
    owners = {item.owner for item in study.read_items()} - {None}
    assert owners <= {
        "MedCom",
        "Trifork",
        "PLO",
        "Roskilde",
        "Region Nordjylland",
        "Borgervideo-projektet",
        "Forskningsenheden for Almen Praksis i Aarhus",
    }
