"""``command-line/output-not-forwarded``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.run_output import never_shown
from checks.facts.run_starts import MAIN, run_starts
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

START = "import subprocess\nimport sys\n\nCOMMAND = ['python', '-m', 'src.train']\n"


class OutputNotForwarded(Rule):
    """What a run prints goes to its log alone.

    What it finds
        Training that ``src/main.py`` starts with its standard output captured or sent to a file, in code that neither
        touches ``sys.stdout`` or ``sys.stderr``, nor prints anything that comes from a child's stream or a file, nor
        runs ``tee``.

    Why it matters
        The main module is asked to pass each run's output on to its own. Whoever watches the command sees nothing for
        hours, and the metrics that the runs print as JSON never arrive.

    How to fix
        Start the child with ``stdout=PIPE, stderr=PIPE`` and copy every line to the log and to ``sys.stdout`` or
        ``sys.stderr``, one thread for each stream.

    What it cannot see
        Whether both streams are passed on, and whether that happens while the child runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "copied-line-by-line",
            {
                MAIN: f"{START}child = subprocess.Popen(COMMAND, stdout=subprocess.PIPE)\nfor line in child.stdout:\n"
                "    log.write(line)\n    sys.stdout.write(line)\n"
            },
        ),
        Valid(
            "printed-through-a-helper",
            {
                MAIN: f"{START}\n\ndef show(pipe):\n    for line in pipe:\n        print(line, end='')\n\n\n"
                "child = subprocess.Popen(COMMAND, stdout=subprocess.PIPE)\nshow(child.stdout)\n"
            },
        ),
        Valid("inherited", {MAIN: f"{START}subprocess.run(COMMAND, check=True)\n"}),
        Valid(
            "printed-at-the-end",
            {MAIN: f"{START}done = subprocess.run(COMMAND, capture_output=True)\nprint(f'{{done.stdout}}')\n"},
        ),
        Valid("with-tee", {MAIN: "import os\nos.system('python -m src.train | tee out/stdout.log')\n"}),
    )
    invalid = (
        Invalid(
            "to-a-file",
            {
                MAIN: f"{START}with open('stdout.log', 'w') as out:\n    print('starting', COMMAND)\n"
                "    subprocess.run(COMMAND, stdout=out, stderr=subprocess.STDOUT)\n"
            },
            at=("src/main.py:7",),
        ),
        Invalid(
            "to-a-handle-from-elsewhere",
            {
                MAIN: f"{START}\n\ndef start(out):\n    return subprocess.Popen(COMMAND, stdout=out, stderr=out)\n\n\n"
                "start(open('stdout.log', 'wb')).wait()\n"
            },
            at=("src/main.py:8",),
        ),
        Invalid(
            "captured-and-written",
            {
                MAIN: f"{START}done = subprocess.run(COMMAND, capture_output=True)\n"
                "open('stdout.log', 'wb').write(done.stdout)\nprint('finished', done.returncode)\n"
            },
            at=("src/main.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each place that starts training out of sight."""
        starts = context.fact(run_starts)
        for start in starts.processes if starts.followed else ():
            if never_shown(context, start):
                yield Hit(
                    message="What the training prints is kept from the main module's output: nothing here passes it "
                    "on to `sys.stdout`.",
                    path=start.path,
                    line=start.node.lineno,
                    end_line=start.node.end_lineno,
                    fix=Fix(summary="Read the child's streams line by line; write each line to the log and to ours."),
                )
