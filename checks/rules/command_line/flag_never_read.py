"""``command-line/flag-never-read``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.command_line import Option, command_line
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
FLAGS = ("--smoke-test", "--full-experiment")
START = "import argparse\n\np = argparse.ArgumentParser()\n"
TWO = "p.add_argument('--smoke-test', action='store_true')\np.add_argument('--full-experiment', action='store_true')\n"


class FlagNeverRead(Rule):
    """One of the two experiments starts whether its flag is given or not.

    What it finds
        A ``src/main.py`` that declares ``--smoke-test`` and ``--full-experiment`` outside a mutually exclusive group,
        and whose code then never looks at one of them.

    Why it matters
        Without either flag, or with both, one of the experiments starts all the same; the longer one may take days.

    How to fix
        Declare both in ``add_mutually_exclusive_group(required=True)``.

    What it cannot see
        Checks of the two flags that are wrong. Both documented commands work, so that this is advice.
    """

    severity = Severity.ADVISORY
    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "in-a-group",
            {
                MAIN: f"{START}g = p.add_mutually_exclusive_group(required=True)\n{TWO.replace('p.add', 'g.add')}"
                "a = p.parse_args()\nprint(a.smoke_test)\n"
            },
        ),
        Valid(
            "both-read", {MAIN: f"{START}{TWO}a = p.parse_args()\nif a.smoke_test == a.full_experiment:\n    exit(2)\n"}
        ),
        Valid(
            "read-by-name",
            {MAIN: f"{START}{TWO}a = vars(p.parse_args())\nprint(a['smoke_test'], a['full_experiment'])\n"},
        ),
        Valid("all-handed-on", {MAIN: f"{START}{TWO}a = p.parse_args()\nrun(**vars(a))\n"}),
    )
    invalid = (
        Invalid(
            "full-experiment-by-default",
            {MAIN: f"{START}{TWO}a = p.parse_args()\nname = 'smoke' if a.smoke_test else 'full'\n"},
            at=("src/main.py:5",),
        ),
        Invalid(
            "smoke-test-by-default",
            {MAIN: f"{START}{TWO}a = p.parse_args()\nrun('full' if a.full_experiment else 'smoke')\n"},
            at=("src/main.py:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the flag that nothing reads."""
        with context.reading(MAIN):
            line = command_line(context, MAIN)
        options = {flag: option for option in line.options for flag in FLAGS if flag in option.names}
        if not line.followed or len(options) < len(FLAGS):
            return
        unread = [flag for flag in FLAGS if not _may_be_read(context, options[flag], flag)]
        if len(unread) == 1:
            option = options[unread[0]]
            yield Hit(
                message=f"`{unread[0]}` is declared and never read: without it, its experiment starts all the same.",
                path=option.path,
                line=option.node.lineno,
                end_line=option.node.end_lineno,
                fix=Fix(summary="Declare both flags in `add_mutually_exclusive_group(required=True)`."),
            )


def _may_be_read(context: Context, option: Option, flag: str) -> bool:
    """Whether the flag's value may be looked at, or argparse itself keeps the two apart."""
    name = flag.strip("-").replace("-", "_")
    found = context.fact(words)[option.path]
    wide = {"add_mutually_exclusive_group", "vars", "__dict__", "dest", "_get_kwargs"} & found.names
    return option.library != "argparse" or bool(wide) or name in found.names or name in found.texts
