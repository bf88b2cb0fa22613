"""What a phrase beside the name of a column says: a unit, a format, a time zone, a mark, or that it holds no counts.

What is not understood is kept as such, so that it can be asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["plain", "mark", "provisional", "unit", "zone", "order", "year", "unfit", "unknown"]


@dataclass(frozen=True)
class Said:
    """One thing a header says: the phrase as written, its kind, and what it means.

    `value` is the unit ("seconds"), the zone ("utc"), the order ("dmy"), or in plain words what is no count.
    """

    phrase: str
    kind: Kind
    value: str = ""


COUNTS = {"calls", "completed", "active_units", "active_providers"}
# Columns of names: what else their header says cannot change a count, so it is written down and not asked about.
NAMES = {
    "administration",
    "unit",
    "unit_type",
    "channel",
    "status",
    "initiative",
    "citizen_present",
    "planned",
    "region",
    "name",
    "provider",
}

_MARKS = r"(?:\*+|[†‡§#]+|[¹²³⁰⁴-⁹]+|(?<=[^\W\d])\d\)|\s\d{1,2}\)|\^\d)"
MARK_AT_END = re.compile(rf"\s*{_MARKS}(?:\s*,?\s*{_MARKS})*\s*$")
_MARK = re.compile(
    r"\*+\)?|[†‡§#]+|[¹²³⁰⁴-⁹]+|\d|\d\)|[abc]\)?|(?:se |see )?(?:fod|foot)?note\.?(?: ?\d{1,2})?|"
    r"se (?:fod)?note"
)
_PROVISIONAL = re.compile(
    r"(?:er )?(?:foreløbige?t?|forel\.?|prel\.?|prelim\w*\.?|provis\w*|midlertidige?|p)"
    r"(?: (?:tal|opgørelse|figures?|data|numbers?))?"
    r"|(?:tal(?:lene)? er )foreløbige|ikke endelige?(?: tal)?|not final"
)
_OF_A_YEAR = re.compile(r"(?:i |år |for |in )?((?:19|20)\d\d)")

# Numbers that are no counts of each month, and what they are. The first that fits is said.
_MONTHS_WORD = r"(?:mdr?|måneder|måneders|måned|months?|mths?)"
_NO_COUNT: list[tuple[str, str]] = [
    (
        "year to date",
        r"å\.?t\.?d|aatd|y\.?t\.?d|[qm]\.?t\.?d|år(?:et)?[- ]til[- ]dato|"
        r"(?:year|month|quarter)[- ]to[- ]date|hidtil i år"
        r"|(?:siden|fra) (?:årets start|årsskiftet|1\. ?januar|januar)|since january|"
        r"jan(?:uar)? ?(?:-|–|til) ?(?:dato|nu)",
    ),
    (
        "accumulated numbers",
        r"akk|akkum\w*|kumul\w*|cum|cumul\w*|accum\w*|løbende (?:sum|total|optælling)|"
        r"running (?:sum|total)"
        r"|opsummer\w*|ophobe\w*|siden (?:start|begyndelsen|opstart\w*)|"
        r"since (?:start|launch|the start)|til dato|to date|i alt til og med|t\.?o\.?m",
    ),
    (
        "rolling sums",
        rf"rullende|løbende|glidende|rolling|moving|trailing|(?:seneste|sidste|last|past) \d+|"
        rf"\d+[ -]?{_MONTHS_WORD}"
        r"|l?\d\dm|ltm|ttm|r12|\d+[ -](?:måneders|months?)",
    ),
    ("quarters", r"(?:hele )?kvartal\w*|kvt|kv|quarter\w*|q[1-4]?|k[1-4]|[1-4]\. ?k"),
    ("half-years", r"halvår\w*|half[- ]?years?|half[- ]yearly|tertial\w*"),
    ("weeks", r"uger?|ugentlig\w*|ugevis|pr\.? uge|weeks?|weekly"),
    (
        "days",
        r"pr\.? (?:dag|døgn|hverdag|arbejdsdag)|dagligt?e?|daily|per (?:day|workday|working day)|dage|"
        r"days",
    ),
    (
        "whole years",
        r"hele år(?:et)?|(?:i )?året|årlige?t?|pr\.? år|per (?:year|annum)|p\.a|annual\w*|yearly|"
        r"helår\w*|årstotal\w*|i hele \d{4}|whole year",
    ),
    ("means", r"gns|gnsn?t?|gnsnit|gennemsn\w*|snit|middel\w*|means?|averages?|avg|median\w*"),
    ("highest or lowest numbers", r"maks\w*|max|maximum|højeste|laveste|minimum|peak|spids\w*"),
    ("per cent", r"%|pct|procent\w*|percent\w*|per cent|andele?|andelen|share|shares|promille|‰|pp|%-point"),
    ("an index", r"indeks\w*|index\w*|(?:19|20)\d\d ?= ?100"),
    ("a budget", r"budget\w*"),
    (
        "a forecast",
        r"prognose\w*|prog|forecast\w*|fremskr\w*|forvent\w*|expected|estim\w*|skøn\w*|anslået|"
        r"projected|projektion\w*"
        r"|projection\w*|planer|plan|planlagt\w*|planned|scenari\w*|simuler\w*|simulated",
    ),
    ("a target", r"mål|målet|målsat\w*|målsætning\w*|måltal\w*|targets?|goals?|ambition\w*|krav"),
    (
        "a rate",
        r"(?:pr|per)\.? ?\d[\d., ]*\w*|(?:pr|per)\.? (?:100|tusind\w*|thousand)|"
        r"pr\.? (?:borger|indbygger|enhed|plads|læge|klinik|ydernummer|årsværk|ansat|plejecenter|beboer)\w*"
        r"|per (?:citizen|inhabitant|unit|doctor|clinic|capita|head|person|resident|place)s?|rate|"
        r"rater|ratio|hyppighed|tæthed|density",
    ),
    (
        "changes",
        r"[Δ∆δ]|ændring\w*|vækst\w*|changes?|growth|diff|differen\w*|forskel\w*|delta|tilvækst|"
        r"stigning\w*|fald|netto\w*|net|afvigelse\w*|variance|deviation",
    ),
    (
        "numbers of another period",
        r"(?:sidste|forrige|foregående) (?:år|måned|periode)|året før|"
        r"(?:last|previous|prior) (?:year|month|period)|samme (?:periode|måned)\w*.*|"
        r"same (?:period|month).*|py|ly",
    ),
    (
        "adjusted numbers",
        r"sæson\w*|seasonal\w*|adjusted|korrigere\w*|juster\w*|vægte\w*|weighted|standardi\w*|"
        r"normaliser\w*|normali[sz]ed|udglatte\w*|smoothed|trend\w*",
    ),
    (
        "thousands",
        r"(?:i |in )?(?:tusind\w*|hundred\w*|thousands?|mio|mill\w*|1[., ]?000|1[., ]?000 ?stk|'?000s?|000)",
    ),
    ("an amount of money", r"kr|kroner|dkk|eur|euro|usd|beløb\w*|udgift\w*|cost"),
    ("ranks", r"rang\w*|rank\w*|placering\w*|nr i rækken"),
]
_UNFIT = [(what, re.compile(rf"(?<![\w%])(?:{pattern})(?![\w])")) for what, pattern in _NO_COUNT]
# What a title above the table may say of all its numbers; words that titles use for other things are left out.
_OF_TITLES = {
    "year to date",
    "accumulated numbers",
    "rolling sums",
    "means",
    "per cent",
    "an index",
    "a budget",
    "a forecast",
    "thousands",
}
_CHANGE_FIRST = re.compile(
    r"(?:ændring|stigning|fald|forskel|vækst|afvigelse|differens|change|growth|difference)(?:er|en)?\b"
)
_RATE_IN_TITLE = re.compile(
    r"(?<!\w)(?:pr|per)\.? (?:\d[\d.,]*|tusind\w*|thousand|borger|indbygger|inhabitant|citizen|capita)"
)
_OTHER_USES_IN_TITLES = re.compile(
    r"(?<!\w)løbende(?! (?:sum|total))|(?<!\w)plan(?:lagt\w*|er|ned)?(?!\w)|(?<![\w.,])(?<!\d )000(?!\w)|"
    r"(?<!\w)share"
)

_PLAIN: dict[str, str] = {
    "": r"antal|stk|n|i alt|ialt|total|alle|samlede?t?|måned(?:en|lige?t?)?|"
    r"(?:pr|per|i|for|hver)\.? (?:md|mdr|måned(?:en)?|month)|monthly|month"
    r"|realisere\w*|faktiske?|actuals?|endelige?(?: tal)?|final(?: figures)?|reviderede?t?|"
    r"revised|app(?:en)?|kontakt læge(?:-?appen| app)?|i appen|video|videoopkald|opkald|calls|"
    r"heltal|rå tal"
    r"|antal opkald|no|number|count|numbers|counts|all|sum|sum af antal|tal|units: number|obs",
    "month": r"md|måned|month|år|år og måned|år-måned|year|dato|date|tekst|text|nr|nummer|number|no|navn|"
    r"name|primo|ultimo|første dag|sidste dag|start|slut|startdato|first day|last day|kalender\w*|"
    r"calendar",
    "year": r"kalenderår|calendar|år|year",
    "area": r"navn|name|kode|code|nr|nummer|no|number|id|tekst|text|dst|bopæl|kommunenavn|kommunekode|"
    r"officiel|cifre|\d cifre|dk|danmark|denmark",
    "start": r"start|starttid|dato og tid|dato|tid|tidspunkt|date|time|date and time|timestamp|klokkeslæt|"
    r"kl|24 ?t|24 ?h|opkald|call",
    "duration": r"varighed|samtale|opkald|i alt|total|decimal\w*|decimaltal|afrunde\w*|rounded|hele|whole|"
    r"heltal|call|hele (?:minutter|sekunder)",
}
_UNITS: list[tuple[str, str]] = [
    (
        "m:s",
        r"mm?[.:,]s{1,2}|min\.?[:., /]+se[kc]\w*\.?|minutter[:., ]+(?:og )?sekunder|"
        r"minutes[:., ]+(?:and )?seconds|minutter og sekunder|minutes and seconds|m:s",
    ),
    (
        "h:m:s",
        r"[ht]{1,2}[.:]mm[.:]ss|[ht][.:]m[.:]s|timer[:., ]+min\w*[:., ]+sek\w*|"
        r"hours?[:., ]+min\w*[:., ]+sec\w*",
    ),
    ("h:m", r"[ht]{1,2}[.:]mm|[ht][.:]mm?|timer[:., ]+min\w*|hours?[:., ]+min\w*|timer og minutter"),
    ("milliseconds", r"ms|msek|msec|milli ?se[kc]\w*"),
    ("seconds", r"(?:i |in |antal |hele )?(?:s|sek|seks|sekund(?:er)?|secs?|seconds?)"),
    ("minutes", r"(?:i |in |antal |hele )?(?:m|min|mins|minut(?:ter)?|minutes?)"),
    ("hours", r"(?:i |in |antal |hele )?(?:h|t|timer?|hrs?|hours?)"),
    ("days", r"(?:i |in |antal )?(?:dage|døgn|days?|dele af (?:et )?døgn)"),
]
_ZONES: list[tuple[str, str]] = [
    (
        "utc",
        r"utc|gmt|zulu|z|utc[ -]tid|utc time|utc[+±]0+|gmt[+±]0+|universal time|"
        r"koordineret universaltid|greenwich\w*(?: mean time)?",
    ),
    (
        "local",
        r"(?:i )?(?:dansk|lokal|local|danish|dk)[ -]?(?:lokal)?(?:tid|time)?|lokaltid|local|dansk|"
        r"cet ?/ ?cest|cest ?/ ?cet|europe/copenhagen|københavn|copenhagen|copenhagen time"
        r"|dansk (?:sommer|normal)tid|dansk sommer- og normaltid|"
        r"sommer-? ?(?:og|/) ?(?:vinter|normal)tid",
    ),
]
_OTHER_ZONE = re.compile(
    r"(?:utc|gmt) ?[+-−–] ?\d.*|cet|cest|normaltid|vintertid|sommertid|[ecmp][sd]t|bst|eet|eest|"
    r"wet|ist|mez|mesz|eastern.*|pacific.*|server ?(?:tid|time)|amerikansk tid|"
    r".*/.*(?:york|london)"
)


def _key(phrase: str) -> str:
    return " ".join(phrase.casefold().strip(" .,;:-–—_*'\"()[]{}").replace("_", " ").split())


@lru_cache(maxsize=20_000)
def understand(phrase: str, word: str) -> tuple[Said, ...]:
    """What a phrase beside the name of a column says; one `unknown` for what is not understood.

    >>> understand("ÅTD", "calls")[0].value, understand("mm.ss", "duration")[0].value
    ('year to date', 'm:s')
    >>> understand("x", "calls")[0].kind
    'unknown'
    """
    found = _one(phrase, word)
    if found.kind != "unknown":
        return (found,)
    parts = [part for part in re.split(r"[,;]| - | – |/| og | and | & ", phrase) if _key(part)]
    several = tuple(_one(part, word) for part in parts) if len(parts) > 1 else ()
    if not several:
        return (found,)
    unfit = [said for said in several if said.kind == "unfit"]
    if unfit or not any(said.kind == "unknown" for said in several):
        return several
    return (found,)


def _one(phrase: str, word: str) -> Said:
    key = _key(phrase)
    if not key or ((_MARK.fullmatch(key) or _MARK.fullmatch(phrase.strip())) and not _OF_A_YEAR.fullmatch(key)):
        return Said(phrase, "mark")
    if _PROVISIONAL.fullmatch(key):
        return Said(phrase, "provisional")
    if word not in ("municipality", "code", *NAMES) and (match := _OF_A_YEAR.fullmatch(key)):
        return Said(phrase, "year", match[1])
    if re.fullmatch(_PLAIN[_family(word)], key):
        return Said(phrase, "plain")
    if word == "duration":
        for unit, pattern in _UNITS:
            if re.fullmatch(pattern, key):
                return Said(phrase, "unit", unit)
    if word in ("start", "month") and (order := _order(key)):
        return order if word == "start" or order.value != "time" else Said(phrase, "unknown")
    if word == "start":
        for zone, pattern in _ZONES:
            if re.fullmatch(pattern, key):
                return Said(phrase, "zone", zone)
        if _OTHER_ZONE.fullmatch(key):
            return Said(phrase, "zone", "other")
    if word in COUNTS and any(re.fullmatch(pattern, key) for _, pattern in _UNITS):
        return Said(phrase, "unfit", "lengths of time")
    if word not in NAMES and (what := no_count(key)):
        return Said(phrase, "unfit", what)
    return Said(phrase, "unknown")


def _family(word: str) -> str:
    if word in ("municipality", "code"):
        return "area"
    return word if word in _PLAIN else ""


def no_count(text: str) -> str:
    """What numbers are of which a text says so, where they are no counts of each month; empty for none.

    >>> no_count("opkald, akkumuleret"), no_count("opkald pr. 1.000 borgere"), no_count("antal opkald")
    ('accumulated numbers', 'a rate', '')
    """
    lower = text.casefold()
    return next((what for what, pattern in _UNFIT if pattern.search(lower)), "")


def title_says(title: str) -> str:
    """What a title says all numbers below it are, where that is no counts of each month.

    >>> title_says("Opkald, akkumuleret"), title_says("Opkald pr. kommune og måned"), title_says("Enhed: pct.")
    ('accumulated numbers', '', 'per cent')
    """
    lower = _OTHER_USES_IN_TITLES.sub(" ", title.casefold())
    if _RATE_IN_TITLE.search(lower):
        return "a rate"
    if _CHANGE_FIRST.match(lower.strip()):
        return "changes"
    return next((what for what, pattern in _UNFIT if what in _OF_TITLES and pattern.search(lower)), "")


def _order(key: str) -> Said | None:
    """The order of day and month in a pattern such as dd-mm-åååå; nothing where the pattern has no day."""
    pattern = key.replace("å", "y").replace("aaaa", "yyyy")
    match = re.fullmatch(
        r"([dmy]{1,4})[-/. ]?([dmy]{1,4})(?:[-/. ]?([dmy]{1,4}))?(?:[ t]*(?:kl\.? ?)?[ht]{1,2}[:.]mm(?:[:.]ss)?)?",
        pattern,
    )
    if not match:
        return None
    letters = "".join(part[0] for part in match.groups() if part)
    if len(set(letters)) < len(letters) or "m" not in letters:
        return None
    if "d" not in letters:
        return Said(key, "plain")
    order = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd", "ydm": "ydm", "dm": "dmy", "md": "mdy"}.get(letters)
    return Said(key, "order", order) if order else None
