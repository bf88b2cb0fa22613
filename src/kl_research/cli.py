"""Words to calls, nothing else. Heavy libraries are imported by the commands that use them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kl_research.commands.ending import carry_out, tell
from kl_research.terms.errors import InputError

# Without rich's markup the help is drawn without loading rich: half the time of `--help`.
app = typer.Typer(
    name="kl-research",
    help="From a usage export of Kontakt Læge to findings a municipality can read.",
    epilog="Add --debug to any command to see the whole traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

StudyFile = Annotated[
    Path, typer.Argument(metavar="STUDY.yaml", help="The study file; demo: the one that comes along.")
]
Only = Annotated[str, typer.Option(metavar="CODES", help="Only these areas: 461,851.")]
NewKey = Annotated[
    bool, typer.Option("--new-key", help="Accept another key than the last release: fresh noise on old numbers.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but failures and the page to open.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say beforehand what is run and why.")]
Language = Literal["da", "en"]
Edition = Literal["public", "own", "internal"]


def _version(asked: bool) -> None:
    if asked:
        from kl_research import __version__

        typer.echo(f"kl-research {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    study: StudyFile,
    only: Only = "",
    region: Annotated[str | None, typer.Option(metavar="CODE", help="Only this region's areas: 1082.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; default: cores + 1.")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="URL", help="A dask cluster: tcp://host:8786.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run everything again, also what is up to date.")] = False,
    language: Annotated[Language | None, typer.Option(help="Language of the pages.")] = None,
    edition: Annotated[Edition | None, typer.Option(help="Who the pages are for.")] = None,
    half: Annotated[
        str | None, typer.Option(metavar="HALF", help="Half-year of the regions' packs, 2024H2; default: the last.")
    ] = None,
    new_key: NewKey = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be run, and why.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """From raw files to pages: every notebook for every municipality, then the overview and the index."""
    from kl_research.commands.run import run

    which: dict[str, Any] = {
        "only": _codes(only),
        "region": region,
        "fresh": fresh,
        "language": language,
        "edition": edition,
        "half": half,
    }
    if dry_run or verbose:
        _say_what_would_run(study, which, to_stderr=not dry_run)
    if dry_run:
        raise typer.Exit
    report = run(study, **which, workers=workers, scheduler=scheduler, new_key=new_key, quiet=quiet)
    tell(report, quiet=quiet)


def _say_what_would_run(study: Path, which: dict[str, Any], *, to_stderr: bool) -> None:
    from kl_research.commands.status import would_run

    found = would_run(study, **which)
    due = [one for one in found if one.state != "up to date"]
    for one in due:
        typer.echo(f"{one.label}: {one.state}{f', {one.why}' if one.why else ''}", err=to_stderr)
    typer.echo(f"{len(due)} to run, {len(found) - len(due)} up to date", err=to_stderr)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A new folder.")] = Path("kl-demo"),
    everywhere: Annotated[bool, typer.Option("--all", help="All 98 municipalities, not 11.")] = False,
    language: Annotated[Language | None, typer.Option(help="Language of pages and notebooks.")] = None,
    quiet: Quiet = False,
) -> None:
    """The demo from the installed package: writes study, register, data and notebooks, and makes the pages."""
    from kl_research.commands.demo import NAMED, write_demo
    from kl_research.commands.run import run

    study = write_demo(folder, language or "da")
    report = run(study, only=None if everywhere else NAMED, language=language, quiet=quiet)
    tell(report, quiet=quiet)


@app.command()
def ingest(study: StudyFile, new_key: NewKey = False, quiet: Quiet = False) -> None:
    """Only the raw files: write panel, quality report and receipt, say what came in, print where they are."""
    from kl_research.commands.data.kept import RECEIPT, keep, receipt_of, summary
    from kl_research.commands.data.prepare import load_study, prepare

    loaded = load_study(study)
    prepared = prepare(loaded, fresh=True, new_key=new_key)
    keep(prepared)
    lines = summary(prepared)
    if not quiet:
        lines = [*receipt_of(prepared), "", *lines, f"the same as a page: {loaded.processed_folder / RECEIPT}"]
    for line in lines:
        typer.echo(line, err=True)
    typer.echo(loaded.processed_folder)


@app.command()
def status(study: StudyFile, as_json: AsJson = False) -> None:
    """What is up to date, stale, failed or not run, and why."""
    from kl_research.commands.status import status, status_of

    if as_json:
        _print_json(asdict(status_of(study)))
        return
    for line in status(study):
        typer.echo(line)


@app.command()
def events(
    study: StudyFile,
    language: Annotated[Language | None, typer.Option(help="Language of the reasons.")] = None,
    as_json: AsJson = False,
) -> None:
    """Which events can be judged, by which designs; if not, why and from when."""
    from kl_research.commands.events import event_list, event_rows

    if as_json:
        _print_json(event_rows(study, language))
        return
    for line in event_list(study, language):
        typer.echo(line)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder an earlier run wrote.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The folder a later run wrote.")],
    tolerance: Annotated[float, typer.Option(min=0, help="Relative change that is no news.")] = 0.05,
    as_json: AsJson = False,
) -> None:
    """Since last time: which named results moved, and why."""
    from kl_research.commands.compare import compare, moved, why

    if as_json:
        _print_json({"why": why(old, new), "moves": [asdict(move) for move in moved(old, new, tolerance)]})
        return
    for line in compare(old, new, tolerance):
        typer.echo(line)


@app.command()
def table(
    study: StudyFile,
    measure: Annotated[str, typer.Option(metavar="M", help="The measure, such as calls or units_active.")],
    by: Annotated[str, typer.Option(help="municipality, region, national, administration, unit_type or channel.")],
    period: Annotated[str, typer.Option(help="2024, 2024H2, 2024Q3, 2024-07 or 2024-03/2025-02.")],
    edition: Annotated[Edition | None, typer.Option(help="Who the table is for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Another cut on request, as CSV or JSON, as the edition may show it."""
    from kl_research.commands.table import table

    typer.echo(table(study, measure=measure, by=by, period=period, edition=edition, as_json=as_json), nl=False)


@app.command()
def plan(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.yaml", help="The plan of a coming intervention.")],
    language: Annotated[Language | None, typer.Option(help="Language of the page.")] = None,
) -> None:
    """Power, allocation and pre-registration page of a coming intervention; later, whether it was followed."""
    from kl_research.commands.plan import plan as planned

    for line in planned(plan, language):
        typer.echo(line)


register = typer.Typer(help="What the group talks about: what it lacks, and a new entry.", no_args_is_help=True)
app.add_typer(register, name="register")
On = Annotated[str, typer.Option("--date", metavar="DAY", help="The day of the meeting: 2025-10-28; default: today.")]


@register.command("check")
def register_check(
    study: StudyFile,
    on: On = "",
    language: Annotated[Language | None, typer.Option(help="Language of the lines.")] = None,
) -> None:
    """Undated events and what a date would make answerable, items overdue, open items by owner."""
    from kl_research.commands.register.check import register_check

    for line in register_check(study, on, language):
        typer.echo(line)


@register.command("add")
def register_add(
    study: StudyFile,
    item: Annotated[bool, typer.Option("--item", help="Something to follow up, not an event.")] = False,
    language: Annotated[Language | None, typer.Option(help="Language of the questions.")] = None,
) -> None:
    """Ask for an event, or an item to follow up, and add it to the register; its comments and order are kept."""
    from kl_research.commands.register.add import register_add

    part: Literal["events", "items"] = "items" if item else "events"
    typer.echo(register_add(study, part, input, typer.echo, language))


@app.command()
def meeting(
    study: StudyFile,
    on: On = "",
    since: Annotated[Path | None, typer.Option(metavar="FOLDER", help="What an earlier run or pack wrote.")] = None,
    language: Annotated[Language | None, typer.Option(help="Language of the pack.")] = None,
) -> None:
    """The pack of a meeting as page, presentation and workbook: since last time, warnings, answers, follow-ups."""
    from kl_research.commands.ahead.meeting import meeting

    for path in meeting(study, on, since, language):
        typer.echo(path)


@app.command()
def decide(
    study: StudyFile,
    plan: Annotated[Path, typer.Option(metavar="PLAN.yaml", help="The plan, with what it costs.")],
    language: Annotated[Language | None, typer.Option(help="Language of the page.")] = None,
) -> None:
    """What a planned effort is worth: extra calls to expect with limits, cost per call, break-even, other beliefs."""
    from kl_research.commands.ahead.decide import decide

    for line in decide(study, plan, language):
        typer.echo(line)


@app.command()
def new(
    study: Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study file to write.")],
    export: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A raw export to map.")] = None,
    municipality: Annotated[
        str, typer.Option(metavar="CODE", help="The one municipality whose numbers these are: 461.")
    ] = "",
    sheet: Annotated[str | None, typer.Option(help='Of several: "Data", or "slide 3, chart 1".')] = None,
) -> None:
    """A commented study file to fill in, with a first mapping of FILE's columns."""
    from kl_research.commands.new import Meant, guessed_in, new_study

    for path in new_study(study, export, Meant(municipality, sheet)):
        typer.echo(path)
        if guessed := guessed_in(path):
            typer.echo(f"guessed, to be checked in {path}: {', '.join(guessed)}", err=True)


@app.command()
def extract(
    study: StudyFile,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the package.")],
    language: Annotated[Language | None, typer.Option(help="Language of its words.")] = None,
    edition: Annotated[Literal["public", "internal"], typer.Option(help="internal needs --approval.")] = "public",
    approval: Annotated[str, typer.Option(metavar="REF", help="Who allowed exact numbers; printed in it.")] = "",
    plan: Annotated[Path | None, typer.Option(metavar="PLAN.yaml", help="A registered plan: its protocol.")] = None,
) -> None:
    """A package for a paper: data, code book, figures, tables, flow, baseline, TIDieR, methods, checklist."""
    from kl_research.extract import extract

    for path in extract(study, out, language, edition=edition, approval=approval, plan=plan):
        typer.echo(path)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")],
    start: Annotated[str, typer.Option(metavar="MONTH", help="The first month.")] = "2020-12",
    end: Annotated[str, typer.Option(metavar="MONTH", help="The last month.")] = "2025-02",
) -> None:
    """Raw files with known effects, truth.csv beside them."""
    from kl_research.simulate import simulate

    for path in simulate(out, seed=seed, start=start, end=end):
        typer.echo(path)


@app.command()
def validate(
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Figures that may not be copied.")] = None,
) -> None:
    """Every published result this tool claims to reproduce: ours, theirs, and what could not be checked."""
    from kl_research.commands.validate import compare_all, table

    if data is not None and not data.is_dir():
        raise InputError("--data", f"no folder {data}", "a folder with a folder a study", "check the path")
    found = compare_all(data)
    typer.echo(table(found).to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep=""))
    exceeded = [comparison for comparison in found if comparison.status == "exceeded"]
    absent = [comparison for comparison in found if comparison.status == "not_checked"]
    for comparison in absent:
        typer.echo(f"not checked: {comparison.case}: {comparison.note}")
    typer.echo(f"{len(found)} published numbers: {len(exceeded)} exceed their tolerance, {len(absent)} not checked")
    raise typer.Exit(1 if exceeded else 0)


@app.command()
def lab(
    study: Annotated[Path | None, typer.Argument(metavar="[STUDY.yaml]", help="The study file.")] = None,
    passed: Annotated[list[str] | None, typer.Argument(metavar="[-- WORDS]", help="Words for JupyterLab.")] = None,
    language: Annotated[Language | None, typer.Option(help="Language of JupyterLab; default: the system's.")] = None,
) -> None:
    """Open JupyterLab on the study's notebooks; what follows -- is handed to it, as in: lab -- --port 9000."""
    from kl_research.lab.open_lab import open_lab

    words = passed or []
    if study is not None and str(study).startswith("-"):
        study, words = None, [str(study), *words]
    raise typer.Exit(open_lab(study, language, words))


def _print_json(content: Any) -> None:
    import json

    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


def main(arguments: list[str] | None = None) -> None:
    """The command `kl-research`: exit 0 done, 1 a run failed, 2 the study or its input was refused."""
    carry_out(app, sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    main()
