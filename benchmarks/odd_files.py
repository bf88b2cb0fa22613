"""The registers, exports, names and folders of `odd_words.py`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from odd_words import EVENTS, INGEST, RAW, STUDY, Odd, _write

ROWS = RAW.splitlines()


def files() -> list[Odd]:
    """All of them."""
    return [*_registers(), *_exports(), *_names()]


def _registers() -> list[Odd]:
    """Registers that are broken, or written otherwise."""
    edits = {
        "an id twice": (EVENTS, EVENTS * 2),
        "an id in capitals": ("id: m", "id: M"),
        "an id with a space": ("id: m", 'id: "m m"'),
        "a date that does not exist": ("2024-06", "2024-02-30"),
        "a month of 13": ("2024-06", "2024-13"),
        "a date in words": ("2024-06", "i juni"),
        "a window upside down": ("2024-06", "2024-06/2024-05"),
        "until before the date": ("source", 'until: "2024-01", source'),
        "a place by name": ('"461"', '"Odense"'),
        "a place nobody knows": ('"461"', '"999"'),
        "no place": ('municipalities: ["461"], ', ""),
        "two kinds of place": ("date", "national: true, date"),
        "a kind nobody knows": ("intervention", "interventoin"),
        "a type nobody knows": ("gp_meeting", "gpmeeting"),
        "no source": (', source: "minutes"', ""),
        "a key nobody knows": ("date", "dat"),
        "a roll-in of minus one": ("source", "roll_in_months: -1, source"),
        "a share above one": ("source", "measurement_share: 1.5, source"),
        "a quote that is a list": ("source", "quote: [a], source"),
        "an empty file": (EVENTS, ""),
        "a mapping in place of a list": (EVENTS, "m: {id: m}\n"),
        "text in place of a list": (EVENTS, "meeting in June\n"),
        "an impact nobody knows": ("source", "impact: wave, source"),
        "a CPR number in a quote": ("source", 'quote: "010100-1234", source'),
    }
    found = [
        Odd("registers", what, INGEST, _write("events.yaml", EVENTS.replace(*edit))) for what, edit in edits.items()
    ]
    free = {
        "a list without entries": "[]\n",
        "Windows line ends": EVENTS.replace("\n", "\r\n"),
    }
    found += [Odd("registers", what, INGEST, _write("events.yaml", text), (0,), True) for what, text in free.items()]
    return [
        *found,
        Odd("registers", "a register that is not there", INGEST, lambda folder: (folder / "events.yaml").unlink()),
    ]


def _exports() -> list[Odd]:
    """Exports: those that only look different must give the plain panel, the others are refused."""
    same = {
        "Windows line ends": RAW.replace("\n", "\r\n").encode(),
        "old Mac line ends": RAW.replace("\n", "\r").encode(),
        "a mark first": b"\xef\xbb\xbf" + RAW.encode(),
        "Latin-1": RAW.encode("latin-1"),
        "UTF-16": RAW.encode("utf-16"),
        "no line end": RAW.rstrip().encode(),
        "blank lines after": (RAW + "\n\n").encode(),
        "spaces around": "\n".join(";".join(f" {cell} " for cell in row.split(";")) for row in ROWS).encode(),
        "quotes": "\n".join(";".join(f'"{cell}"' for cell in row.split(";")) for row in ROWS).encode(),
        "rows upside down": "\n".join([ROWS[0], *reversed(ROWS[1:])]).encode(),
        "tabs": RAW.replace(";", "\t").encode(),
        "commas": RAW.replace(";", ",").encode(),
        "columns turned": "\n".join(";".join(reversed(r.split(";"))) for r in ROWS).encode(),
        "capitals": "\n".join([ROWS[0], *(row.upper() for row in ROWS[1:])]).encode(),
        "composed letters": RAW.replace("Å", "A\u030a").replace("å", "a\u030a").encode(),
        "hard spaces": RAW.replace("Odense", "Odense\u00a0").encode(),
        "Kommune behind": RAW.replace("Odense", "Odense Kommune").encode(),
        "counts with decimals": "\n".join([ROWS[0], *(f"{row},0" for row in ROWS[1:])]).encode(),
        "months as dates": _months("01-{:02d}-2024"),
        "months as 2024-01": _months("2024-{:02d}"),
        "months as 2024M01": _months("2024M{:02d}"),
    }
    found = [Odd("exports", what, INGEST, _write("raw.csv", data), (0,), True) for what, data in same.items()]
    bad = {
        "a negative count": RAW.replace(";7\n", ";-7\n"),
        "a count of a half": RAW.replace(";7\n", ";7,5\n"),
        "a word for a count": RAW.replace(";7\n", ";mange\n"),
        "a month twice, other number": RAW + "Odense;januar 2024;99\n",
        "a place nobody knows": RAW.replace("Odense", "Odinse"),
        "a month nobody knows": RAW.replace("januar", "janvier"),
        "no header": "\n".join(ROWS[1:]),
        "a header alone": ROWS[0] + "\n",
        "a header twice": RAW.replace("Antal opkald", "Kommune"),
        "a page of HTML": "<html><body>Log ind</body></html>",
        "a sentence": "Se vedhæftet fil.\n",
        "one column": "\n".join(row.split(";")[0] for row in ROWS),
        "a row too short": RAW + "Odense\n",
        "a row too long": RAW + "Odense;december 2024;3;4;5\n",
        "an open quotation mark": RAW.replace("Odense;marts", '"Odense;marts'),
        "formulas": RAW.replace(";7\n", ";=SUM(A1:A3)\n"),
        "an error of Excel": RAW.replace(";7\n", ";#REF!\n"),
        "a month of the year 3024": RAW.replace("2024", "3024"),
        "a count of 30 digits": RAW.replace(";7\n", f";{'9' * 30}\n"),
        "a count in scientific notation": RAW.replace(";7\n", ";7E+99\n"),
    }
    found += [Odd("exports", what, INGEST, _write("raw.csv", text)) for what, text in bad.items()]
    found.append(Odd("exports", "the same rows twice", INGEST, _write("raw.csv", RAW + "\n".join(ROWS[1:])), (0, 2)))
    return found


def _months(pattern: str) -> bytes:
    from odd_words import MONTHS

    text = RAW
    for n, month in enumerate(MONTHS, start=1):
        text = text.replace(f"{month} 2024", pattern.format(n))
    return text.encode()


def _named(name: str) -> Callable[[Path], object]:
    """The export under another name."""

    def do(folder: Path) -> None:
        (folder / "raw.csv").rename(folder / name)
        (folder / "study.yaml").write_text(STUDY.replace("raw.csv", f'"{name}"'), encoding="utf-8")

    return do


def _beside(name: str, text: str, pattern: str = "raw*.csv") -> Callable[[Path], object]:
    """A second file beside the export, both read."""

    def do(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8")
        (folder / "study.yaml").write_text(STUDY.replace("raw.csv", pattern), encoding="utf-8")

    return do


def _linked(target: str, hard: bool = False) -> Callable[[Path], object]:
    """The export moved away, a link in its place."""

    def do(folder: Path) -> None:
        (folder / "raw.csv").rename(folder / "kept.csv")
        if hard:
            (folder / "raw.csv").hardlink_to(folder / target)
        else:
            (folder / "raw.csv").symlink_to(target)

    return do


def _moved(name: str) -> Odd:
    """The whole study in a folder of an odd name."""

    def do(folder: Path) -> None:
        (folder / name).mkdir()
        for file in ("study.yaml", "events.yaml", "raw.csv"):
            shutil.copy(folder / file, folder / name / file)
        (folder / "processed-small").symlink_to(Path(name) / "processed-small")

    return Odd(
        "names and folders",
        f"a folder called {name[:20]!r}",
        ("ingest", f"{name}/study.yaml", "--quiet"),
        do,
        (0,),
        True,
    )


def _folder_at(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).mkdir(parents=True)


def _names() -> list[Odd]:
    """Names, links, folders, and two versions of one export."""
    kind = "names and folders"
    odd = [
        "rå tal æøå.csv",
        "日本.csv",
        "a b'c.csv",
        "tal (1).csv",
        "x" * 200 + ".csv",
        "tal[1].csv",
        "RAW.CSV",
        "-raw.csv",
        "raw.2024.csv",
        "😀.csv",
    ]
    found = [Odd(kind, f"an export called {name[:24]!r}", INGEST, _named(name), (0,), True) for name in odd]
    found += [_moved(name) for name in ("æøå", "a b", "[x]", "x" * 200, "日本", "it's")]
    newer, longer = RAW.replace(";7\n", ";8\n"), RAW + "Odense;december 2024;9\n"
    found += [
        Odd(kind, "a link to the export", INGEST, _linked("kept.csv"), (0,), True),
        Odd(kind, "a hard link to the export", INGEST, _linked("kept.csv", hard=True), (0,), True),
        Odd(kind, "a link to nothing", INGEST, _linked("gone.csv")),
        Odd(kind, "a link to itself", INGEST, _linked("raw.csv")),
        Odd(kind, "a link to a folder", INGEST, _linked(".")),
        Odd(kind, "two copies of one export", INGEST, _beside("raw2.csv", RAW), (0,), True),
        Odd(kind, "a later version with another number", INGEST, _beside("raw2.csv", newer), (0,)),
        Odd(kind, "a later version with a month more", INGEST, _beside("raw2.csv", longer), (0,)),
        Odd(
            kind,
            "a later version, turned round",
            INGEST,
            _beside("raw2.csv", "\n".join([ROWS[0], *reversed(ROWS[1:])])),
            (0,),
            True,
        ),
        Odd(
            kind,
            "the same file named twice",
            INGEST,
            _write(
                "study.yaml",
                STUDY.replace(
                    "  - {path: raw.csv, layout: monthly}",
                    "  - {path: raw.csv, layout: monthly}\n  - {path: ./raw.csv, layout: monthly}",
                ),
            ),
            (0, 2),
        ),
        Odd(kind, "a lock file of Excel beside", INGEST, _beside("raw~$.csv", "x"), (0, 2)),
        Odd(kind, "processed is a file", INGEST, _write("processed-small", "x"), (1, 2)),
        Odd(
            kind,
            "processed is a folder with other files",
            INGEST,
            lambda folder: (
                (folder / "processed-small").mkdir(),
                (folder / "processed-small" / "notes.txt").write_text("mine"),
            ),
        ),
        Odd(
            kind,
            "the study is a folder",
            INGEST,
            lambda folder: ((folder / "study.yaml").unlink(), (folder / "study.yaml").mkdir()),
        ),
        Odd(
            kind,
            "the export is a folder",
            INGEST,
            lambda folder: ((folder / "raw.csv").unlink(), (folder / "raw.csv").mkdir()),
        ),
        Odd(
            kind,
            "out is a file",
            ("run", "study.yaml", "--quiet"),
            lambda folder: (shutil.rmtree(folder / "findings"), (folder / "findings").write_text("x")),
            (1, 2),
        ),
    ]
    return found
