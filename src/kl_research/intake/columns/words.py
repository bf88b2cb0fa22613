"""The headers an export may use, Danish and English; case, accents, spaces and units in brackets do not matter."""

from __future__ import annotations

import re

from kl_research.terms.municipalities import fold

# The better known spelling first: where two columns could carry a word, the earlier spelling wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "municipality": (
        "Kommune",
        "Kommunenavn",
        "Municipality",
        "Municipality name",
        "Kommuner",
        "Bopælskommune",
        "Område",
        "Kommune navn",
        "Area",
    ),
    "code": (
        "Kommunekode",
        "Kommunenr",
        "Kommunenummer",
        "Kommune nr",
        "Kom kode",
        "Komnr",
        "Municipality code",
        "Kommune kode",
        "Kode",
    ),
    "month": (
        "Måned",
        "Month",
        "Periode",
        "Period",
        "Årmåned",
        "Kalendermåned",
        "Måned og år",
        "År og måned",
        "Year month",
        "Tid",
        "Dato",
        "Date",
        "Uge",
        "Kvartal",
        "Week",
        "Quarter",
        "Ugenummer",
    ),
    "year": ("År", "Year", "Årstal", "Kalenderår", "Calendar year"),
    "calls": (
        "Antal opkald",
        "Opkald",
        "Calls",
        "Number of calls",
        "Antal videoopkald",
        "Videoopkald",
        "Opkald i alt",
        "Antal kald",
        "Antal",
        "Count",
    ),
    "completed": (
        "Antal gennemførte",
        "Gennemførte",
        "Completed",
        "Gennemførte opkald",
        "Antal gennemførte opkald",
        "Gennemførte videokonsultationer",
        "Antal gennemførte videokonsultationer",
        "Completed calls",
        "Number of completed calls",
        "Konsultationer",
    ),
    "active_units": ("Aktive enheder", "Antal aktive enheder", "Active units", "Number of active units"),
    "active_providers": (
        "Aktive ydernumre",
        "Antal aktive ydernumre",
        "Active providers",
        "Aktive ydere",
        "Number of active providers",
    ),
    "administration": ("Forvaltning", "Administration", "Department"),
    "unit": (
        "Enhed",
        "Unit",
        "Enhedsnavn",
        "Unit name",
        "Plejecenter",
        "Plejehjem",
        "Bosted",
        "Botilbud",
        "Arbejdssted",
        "Team",
        "Distrikt",
        "Gruppe",
    ),
    "unit_type": ("Enhedstype", "Unit type", "Type"),
    "channel": ("Kanal", "Channel", "Mode"),
    "start": (
        "Starttid",
        "Starttidspunkt",
        "Start time",
        "Start",
        "Opkaldstid",
        "Opkaldstidspunkt",
        "Dato og tid",
        "Tidspunkt",
        "Started at",
    ),
    "duration": ("Varighed", "Duration", "Samtaletid", "Varighed i sekunder", "Varighed i minutter", "Længde"),
    "provider": ("Ydernummer", "Ydernr", "Provider number", "Provider", "Yder", "Yder nr"),
    "status": ("Status", "Resultat", "Outcome", "Result", "Udfald"),
    "call_id": ("Opkalds-id", "Opkaldsid", "Opkald id", "Call id", "Id på opkald"),
    "initiative": ("Initiativ", "Initiative", "Initiated by", "Initieret af"),
    "citizen_present": ("Borger til stede", "Citizen present", "Borger deltager"),
    "planned": ("Planlagt", "Planned", "Booket", "Booked"),
    "period_start": (
        "Fra",
        "Fra dato",
        "Startdato",
        "Periodestart",
        "Periode start",
        "Periode fra",
        "Fra og med",
        "From",
        "Start date",
        "Period start",
        "Period from",
    ),
    "period_end": (
        "Til",
        "Til dato",
        "Slutdato",
        "Periodeslut",
        "Periode slut",
        "Periode til",
        "Til og med",
        "To",
        "End date",
        "Period end",
        "Period to",
        "Until",
    ),
    "region": ("Region", "Regionsnavn", "Region name"),
}

_SPELLINGS = {
    fold(alias, danish=danish): (word, rank)
    for word, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
    for danish in (False, True)
}


def label(header: str) -> str:
    """A header reduced to what is compared: "Varighed (min.)" and "VARIGHED" are the same.

    >>> label(" Måned "), label("MAANED"), label("Varighed (min.)")
    ('maaned', 'maaned', 'varighed')
    """
    bare = re.sub(r"[\[(][^\])]*[\])]\s*$", "", header)
    return fold(bare) or fold(header)


# Signs that say something: a header that holds one is not known by its letters alone.
_SIGNS = re.compile(r"[%‰€$Δ∆*†#()\[\]{}]")


def exact(header: str) -> tuple[str, int] | None:
    """Our word for a header that says nothing else, and how far down the list of spellings it stands.

    >>> exact("antal_opkald"), exact("Antal opkald (ÅTD)"), exact("Opkald %")
    (('calls', 0), None, None)
    """
    if _SIGNS.search(header):
        return None
    return _SPELLINGS.get(fold(header)) or _SPELLINGS.get(fold(header, danish=False))


def match(header: str) -> tuple[str, int] | None:
    """Our word for a header and how far down the list of spellings it stands; None for an unknown one.

    >>> match("antal_opkald"), match("Borgerens navn")
    (('calls', 0), None)
    """
    return _SPELLINGS.get(label(header)) or _SPELLINGS.get(fold(header, danish=False))
