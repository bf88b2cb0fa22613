"""Words to calls, nothing else. Heavy libraries are imported by the commands that use them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from kl_research.errors import InputError

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

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY.yaml", help="The study file.")]
Only = Annotated[str, typer.Option(metavar="CODES", help="Only these areas: 461,851.")]
Language = Literal["da", "en"]
Profile = Literal["internal", "public"]


@app.command()
def run(
    study: StudyFile,
    only: Only = "",
    region: Annotated[str | None, typer.Option(metavar="CODE", help="Only this region's areas: 1082.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; default: cores + 1.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run everything again, also what is up to date.")] = False,
    language: Annotated[Language | None, typer.Option(help="Language of the pages.")] = None,
    profile: Annotated[Profile | None, typer.Option(help="Who the pages are for.")] = None,
) -> None:
    """From raw files to pages: every notebook for every municipality, then the overview and the index."""
    from kl_research.run import run

    report = run(
        study,
        only=_codes(only),
        region=region,
        workers=workers,
        fresh=fresh,
        language=language,
        profile=profile,
    )
    for line in report.failures:
        typer.echo(line, err=True)
    typer.echo(f"{report.made} made, {report.current} already up to date, {len(report.failures)} failed", err=True)
    typer.echo(report.index)
    raise typer.Exit(1 if report.failures else 0)


@app.command()
def ingest(study: StudyFile) -> None:
    """Only the raw files: write the panel and the quality report, print where they are."""
    from kl_research.prepare import keep, load_study, prepare

    loaded = load_study(study)
    keep(prepare(loaded, fresh=True))
    typer.echo(loaded.processed_folder)


@app.command()
def status(study: StudyFile) -> None:
    """What is up to date, stale, failed or not run, and why."""
    from kl_research.status import status

    for line in status(study):
        typer.echo(line)


@app.command()
def events(
    study: StudyFile, language: Annotated[Language | None, typer.Option(help="Language of the reasons.")] = None
) -> None:
    """Which events can be judged, by which designs; if not, why and from when."""
    from kl_research.event_list import event_list

    for line in event_list(study, language):
        typer.echo(line)


@app.command()
def lab(study: Annotated[Path | None, typer.Argument(metavar="[STUDY.yaml]", help="The study file.")] = None) -> None:
    """Open JupyterLab on the notebooks."""
    from kl_research.open_lab import open_lab

    raise typer.Exit(open_lab(study))


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


def main(arguments: list[str] | None = None) -> None:
    """The command `kl-research`: exit 0 done, 1 a run failed, 2 the study or its input was refused."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        app([word for word in given if word != "--debug"])
    except InputError as error:
        if debug:
            raise
        _stop(str(error), 2)
    except Exception as error:
        if debug:
            raise
        told = " ".join(f"{type(error).__name__}: {error}".split())
        _stop(f"an error of ours, please report it: {told}. Add --debug to see where", 1)


def _stop(line: str, code: int) -> None:
    typer.echo(f"kl-research: {line}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
