"""How a call came about: who took the initiative, whether the citizen was there, whether it was planned or acute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kl_research.intake.quality import FileReport
from kl_research.terms.municipalities import fold

CIRCUMSTANCES = ("initiative", "citizen_present", "planned")
_UNSAID = {"", "ukendt", "unknown", "ikkeoplyst", "uoplyst", "na", "tom"}
_YES = {"ja", "j", "yes", "y", "sand", "true", "1", "x"}
_NO = {"nej", "n", "no", "falsk", "false", "0"}
_SAID: dict[str, dict[str, set[str]]] = {
    "initiative": {
        "municipality": {
            "kommune",
            "kommunen",
            "municipality",
            "plejecenter",
            "plejehjem",
            "sygeplejen",
            "hjemmesygeplejen",
            "sygepleje",
            "personale",
            "medarbejder",
            "staff",
            "bosted",
            "enhed",
            "unit",
        },
        "doctor": {
            "laege",
            "laegen",
            "gp",
            "doctor",
            "praksis",
            "klinik",
            "almenpraksis",
            "praktiserendelaege",
            "clinic",
            "ydernummer",
            "egenlaege",
        },
        "citizen": {"borger", "borgeren", "patient", "patienten", "citizen", "paaroerende", "relative"},
    },
    "citizen_present": {
        "yes": {*_YES, "tilstede", "medborger", "present", "borgertilstede", "deltager"},
        "no": {*_NO, "ikketilstede", "udenborger", "absent", "notpresent", "borgerikketilstede", "deltagerikke"},
    },
    "planned": {
        "yes": {*_YES, "planlagt", "booket", "planned", "booked", "aftalt", "scheduled"},
        "no": {*_NO, "akut", "acute", "ikkeplanlagt", "ikkebooket", "unplanned", "adhoc", "uplanlagt", "notbooked"},
    },
}


def read_circumstances(
    texts: Mapping[str, Iterable[str]], labels: Mapping[str, str], report: FileReport
) -> dict[str, list[str]]:
    """What each text of these columns says, in our words; empty where it says nothing, "other" where nobody knows.

    A text that nobody knows is written down with its column.

    >>> report = FileReport("a.csv", "")
    >>> read_circumstances({"planned": ["Akut", "Booket", ""]}, {"planned": "Planlagt"}, report)
    {'planned': ['no', 'yes', '']}
    """
    found: dict[str, list[str]] = {}
    for word in (word for word in CIRCUMSTANCES if word in texts):
        found[word] = []
        for written in texts[word]:
            key = fold(written)
            known = next((value for value, forms in _SAID[word].items() if key in forms), "")
            if not known and key not in _UNSAID:
                known = "other"
                report.decide("circumstance", "other", "not_understood", labels[word])
            found[word].append(known)
    return found
