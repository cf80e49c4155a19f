"""``command-line/output-not-logged``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.run_output import missing_logs
from checks.facts.run_starts import MAIN, run_starts
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

START = "import subprocess\n\nCOMMAND = ['python', '-m', 'src.train']\n"


class OutputNotLogged(Rule):
    """What a run prints is not kept in the two logs.

    What it finds
        A ``src/main.py`` that starts the training while no text in the code makes up the file name ``stdout.log``, or
        none makes up ``stderr.log``.

    Why it matters
        Each run's output is asked for in ``{results_dir}/{run_id}/stdout.log`` and ``stderr.log``. When one of several
        runs fails, its own log is the only place that tells why.

    How to fix
        Copy each line of the child's two streams to its log and to the main module's own stream.

    What it cannot see
        Whether the logs are in the run's folder and complete; the smoke test shows. A name that ends in ``.log`` and
        begins with something worked out, as in ``f"{stream}.log"``, is taken for both.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "both",
            {
                MAIN: f"{START}for run in runs:\n"
                "    with open(run / 'stdout.log', 'w') as out, open(run / 'stderr.log', 'w') as err:\n"
                "        subprocess.run(COMMAND, stdout=out, stderr=err)\n"
            },
        ),
        Valid(
            "name-worked-out",
            {MAIN: f"{START}subprocess.run(COMMAND)\nfor s in ('stdout', 'stderr'):\n    open(f'out/{{s}}.log')\n"},
        ),
        Valid("in-a-shell", {MAIN: "import os\nos.system('python -m src.train >a/stdout.log 2>a/stderr.log')\n"}),
        Valid("training-not-started", {MAIN: "print('nothing')\n"}),
    )
    invalid = (
        Invalid("none", {MAIN: f"{START}subprocess.run(COMMAND, check=True)\n"}, at=("src/main.py:4",)),
        Invalid(
            "one-log-for-both",
            {
                MAIN: f"{START}with open('out/stdout.log', 'w') as log:\n"
                "    subprocess.run(COMMAND, stdout=log, stderr=subprocess.STDOUT)\n"
            },
            at=("src/main.py:5",),
        ),
        Invalid(
            "other-names",
            {
                MAIN: f"{START}# stdout.log and stderr.log\nchild = subprocess.Popen(\n    COMMAND,\n"
                "    stdout=open('train.log', 'w'),\n    stderr=open('errors.txt', 'w'),\n)\n"
            },
            at=("src/main.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first place that starts training."""
        starts = context.fact(run_starts)
        if not starts.found or not starts.followed or context.fact(unseen_code):
            return
        missing = missing_logs(context)
        if missing:
            start, names = starts.found[0], " and ".join(f"`{log}`" for log in missing)
            yield Hit(
                message=f"Runs are started here, and nothing writes {names} into their folders.",
                path=start.path,
                line=start.node.lineno,
                end_line=start.node.end_lineno,
                fix=Fix(summary=f"Write the child's output to {names} in `{{results_dir}}/{{run_id}}`."),
            )
