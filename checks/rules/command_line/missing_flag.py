"""``command-line/missing-flag``."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from checks.context import Context
from checks.facts.command_line import CommandLine, command_line
from checks.facts.python import modules
from checks.facts.subcommands import flags_of_subcommands
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
FLAGS = ("--smoke-test", "--full-experiment", "--results-dir")
START = "import argparse\n\np = argparse.ArgumentParser()\n"


class MissingFlag(Rule):
    """The main module does not declare a documented flag.

    What it finds
        A ``src/main.py`` whose argparse or click options lack ``--smoke-test``, ``--full-experiment`` or
        ``--results-dir``, that declares them for subcommands alone, or that never looks at its command line.

    Why it matters
        Both documented commands pass these flags. argparse and click refuse a flag that they were not told of, so the
        command ends before anything starts; a program that ignores its arguments runs something else.

    How to fix
        Declare the flag under exactly this name, the first two in a mutually exclusive group of which one is required.

    What it cannot see
        Options that are declared in a loop or read by another library; the trial starts the commands and shows.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "in-a-group",
            {
                MAIN: f"{START}g = p.add_mutually_exclusive_group(required=True)\n"
                "g.add_argument('--smoke-test', action='store_true')\n"
                "g.add_argument('-f', '--full-experiment', action='store_true')\n"
                "p.add_argument('--results-dir')\np.parse_args()\n"
            },
        ),
        Valid(
            "declared-in-a-loop",
            {MAIN: f"{START}for flag in ('--smoke-test', '--x'):\n    p.add_argument(flag)\np.parse_args()\n"},
        ),
        Valid(
            "on-the-parser-beside-subcommands",
            {
                MAIN: f"{START}sub = p.add_subparsers()\nrun = sub.add_parser('x')\nrun.add_argument('--smoke-test')\n"
                "p.add_argument('--smoke-test')\np.add_argument('--full-experiment')\np.add_argument('--results-dir')\n"
                "p.parse_args()\n"
            },
        ),
        Valid(
            "subcommand-put-in-front",
            {
                MAIN: f"import sys\n\n{START}sub = p.add_subparsers()\nrun = sub.add_parser('train')\n"
                "run.add_argument('--smoke-test')\nsys.argv.insert(1, 'train')\np.parse_args()\n"
            },
        ),
        Valid("looked-for-by-hand", {MAIN: "import sys\n\nprint('--smoke-test' in sys.argv)\n"}),
    )
    invalid = (
        Invalid(
            "underscore-for-a-dash",
            {
                MAIN: f"{START}p.add_argument('--smoke-test')\np.add_argument('--full-experiment')\n"
                "p.add_argument('--results_dir')\np.parse_args()\nprint(['--results-dir'])\n"
            },
            at=("src/main.py:4",),
        ),
        Invalid(
            "click-mode",
            {
                MAIN: "import click\n\n\n@click.command()\n@click.option('--mode')\n@click.option('--results-dir')\n"
                "def main(mode, results_dir):\n    print(mode, results_dir)\n\n\nmain()\n"
            },
            at=("src/main.py:5",),
        ),
        Invalid(
            "for-a-subcommand-alone",
            {
                MAIN: f"{START}sub = p.add_subparsers(dest='mode')\nrun = sub.add_parser('train')\n"
                "run.add_argument('--smoke-test')\nrun.add_argument('--full-experiment')\n"
                "p.add_argument('--results-dir')\nargs = p.parse_args()\n"
            },
            at=("src/main.py:6",),
        ),
        Invalid("nothing-read", {MAIN: "def main():\n    print('smoke test')\n\n\nmain()\n"}, at=("src/main.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit that names every missing flag."""
        if MAIN not in context.tree.files or _nothing_to_read(context):
            return
        with context.reading(MAIN):
            line = command_line(context, MAIN)
            nested = flags_of_subcommands(context.fact(modules)[MAIN].tree, FLAGS)
        if nested:
            yield _hit_nested(nested)
            return
        missing = _missing(line)
        if missing:
            first = line.options[0] if line.options else None
            yield Hit(
                message=f"The main module does not accept {', '.join(f'`{flag}`' for flag in missing)}"
                + ("." if first else ": it never looks at its command line."),
                path=first.path if first else MAIN,
                line=first.node.lineno if first else None,
                end_line=max(o.node.end_lineno or 0 for o in line.options if o.path == first.path) if first else None,
                fix=Fix(summary=f"Declare {', '.join(f'`{flag}`' for flag in missing)} under exactly this name."),
            )


def _hit_nested(calls: Sequence[ast.Call]) -> Hit:
    flags = ", ".join(dict.fromkeys(text_of(call.args[0]).strip("'") for call in calls))
    return Hit(
        message=f"The main module accepts {flags} only after a subcommand, which the documented commands do not name.",
        path=MAIN,
        line=calls[0].lineno,
        end_line=calls[0].end_lineno,
        fix=Fix(summary=f"Declare {flags} for the main parser."),
    )


def _nothing_to_read(context: Context) -> bool:
    module = context.fact(modules).get(MAIN)
    return module is None or module.tree is None or not module.tree.body


def _missing(line: CommandLine) -> list[str]:
    if line.reads_nothing:
        return list(FLAGS)
    known = [call for call in line.parses if "known" in text_of(call.func)]
    if not line.followed or not line.options or known or any(option.library == "typer" for option in line.options):
        return []
    names = [name for option in line.options for name in option.names]
    return [flag for flag in FLAGS if not any(name.startswith(flag) for name in names)]
