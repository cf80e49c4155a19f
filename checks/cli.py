"""The command line of the engine: ``referee review`` and ``referee rules``."""

import contextlib
import difflib
import sys
from collections.abc import Iterator
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from checks.finding import RungName
from checks.loaders import load
from checks.local import local_terms, reviewed_and_mended
from checks.profiles import AUTO, PROFILES
from checks.registry import rule, rules
from checks.report import FORMATS
from checks.report.visible import visible
from checks.review import review
from checks.rule import SECTIONS, Rule
from checks.rung import Progress, silent
from checks.tree import SourceTree, TreeError
from checks.verdict import Verdict

CANNOT_REVIEW = 2
"""Exit status when the input cannot be reviewed."""

app = typer.Typer(
    name="referee",
    help="Reviews machine-learning experiment repositories and decides by evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def fail(message: str) -> typer.Exit:
    """Say on stderr, in one line, why there is no review; the caller raises what comes back."""
    typer.echo(f"referee: {' '.join(message.split())}", err=True)
    return typer.Exit(CANNOT_REVIEW)


def _rungs(text: str) -> str:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(RungName)]
    if unknown or not names:
        raise typer.BadParameter(f"{text!r}: name rungs of {', '.join(RungName)}, separated by commas")
    return ",".join(name for name in RungName if name in names)


def _named(rungs: str) -> tuple[RungName, ...]:
    return tuple(RungName(name) for name in rungs.split(","))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"referee {version('experiment-referee')}")
        raise typer.Exit


VERSION = typer.Option("--version", help="Print the version and exit", callback=_version, is_eager=True)


@app.callback()
def main_options(_: Annotated[bool, VERSION] = False) -> None:
    """Reviews machine-learning experiment repositories and decides by evidence."""


def _format(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r}: choose one of {', '.join(FORMATS)}")
    return name


def _profile(name: str) -> str:
    if name not in {AUTO, *PROFILES}:
        raise typer.BadParameter(f"{name!r}: choose one of {', '.join((AUTO, *PROFILES))}")
    return name


@app.command("review")
def review_command(  # noqa: PLR0913, PLR0917 - the options of a command are its interface
    path: Annotated[str, typer.Argument(metavar="PATH", help="A directory, a git repository (PATH@REV) or a .tar.gz")],
    profile: Annotated[str, typer.Option(help="auto, base or experiment", callback=_profile)] = AUTO,
    rungs: Annotated[str, typer.Option(help="What runs: static is all there is yet", callback=_rungs)] = "static",
    require: Annotated[str, typer.Option(help="Rungs a ready verdict needs", callback=_rungs)] = ",".join(RungName),
    format: Annotated[str, typer.Option(help=", ".join(FORMATS), callback=_format)] = "text",  # noqa: A002
    output: Annotated[Path | None, typer.Option(help="Write there rather than to standard output")] = None,
    base: Annotated[str | None, typer.Option(metavar="REV", help="Mark what this revision of PATH has as well")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings, instead of .github/referee.yml of base or tree")
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option(metavar="FORMAT=FILE", help="Write another format to a file as well")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Apply exact mends to the directory, then review it")] = False,
) -> None:
    """Review a tree.

    Exit status: 0 ready; 1 not ready; 2 cannot be reviewed; 3 nothing failed but a criterion is not assessed.
    """
    try:
        files = [_named_file(text) for text in also or ()]
        with _progress() as progress:

            def judge(tree: SourceTree) -> Verdict:
                terms = local_terms(path, tree, base, config)
                return review(tree, profile, _named(rungs), _named(require), progress=progress, terms=terms)

            verdict, mends = reviewed_and_mended(path, judge) if fix else (judge(load(path)), [])
    except TreeError as error:
        raise fail(str(error)) from None
    for mend in mends:
        typer.echo(visible(f"mended {mend.finding.place} ({mend.finding.rule})"), err=True)
    for name, file in [(format, output), *files]:
        _write(verdict, name, file)
    raise typer.Exit(verdict.exit_status)


def _named_file(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if name not in FORMATS or not equals or not file:
        raise TreeError(f"--also {text}: write FORMAT=FILE with a format of {', '.join(FORMATS)}")
    return name, Path(file)


def _write(verdict: Verdict, name: str, output: Path | None) -> None:
    try:
        if output is not None:
            with output.open("w", encoding="utf-8") as file:
                FORMATS[name](verdict, file)
            return
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        FORMATS[name](verdict, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise fail(f"cannot write {output or 'to standard output'}: {error.strerror}") from None


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    with console.status("reading the tree") as status:
        yield lambda rung, what: status.update(escape(visible(f"{rung}: {what}")))


@app.command("rules")
def rules_command(
    identifier: Annotated[str | None, typer.Argument(metavar="[RULE]", help="For example hydra/invalid-yaml")] = None,
) -> None:
    """What a rule means, why it matters and how to fix it; without RULE, the list of all."""
    if identifier is None:
        for one in rules():
            typer.echo(f"{one.id():55} {one.summary()}")
        return
    try:
        _describe(rule(identifier), sys.stdout)
    except KeyError:
        near = difflib.get_close_matches(identifier, [one.id() for one in rules()], 1)
        hint = f"; did you mean {near[0]}?" if near else "; `referee rules` lists them"
        raise fail(f"no rule is called {identifier!r}{hint}") from None


def _describe(one: Rule, out: IO[str]) -> None:
    belongs = ", ".join(f"{criterion} ({profile})" for profile, criterion in one.criteria.items())
    out.write(f"{one.id()}\n{one.summary()}\n\nDecided by the {one.rung} rung, {one.severity}; criterion {belongs}\n")
    for title in SECTIONS:
        indented = "\n".join(f"  {line}".rstrip() for line in one.sections()[title].split("\n"))
        out.write(f"\n{title}\n{indented}\n")
