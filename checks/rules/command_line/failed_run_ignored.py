"""``command-line/failed-run-ignored``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.lost_failures import LostFailure, lost_failures
from checks.facts.run_starts import MAIN
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

WORDS = {
    "status": "The exit status of the training that is started here is never looked at: a failed run counts as "
    "finished, and the main module goes on.",
    "printed": "A failed run is only reported in words: the main module goes on and ends as if every run had finished.",
    "thread": "A run's failure ends its thread alone, and nothing after this `join` asks for it: the main module goes "
    "on as if every run had finished.",
    "future": "A run's failure stays in its future, whose result nothing asks for: the main module goes on as if every "
    "run had finished.",
}
FIXES = {
    "status": "Pass `check=True`, or look at the return code and end the program when it is not 0.",
    "printed": "Remember which runs failed and end with `sys.exit(1)` once all are done.",
    "thread": "Let the worker store each run's exit status or exception where the main thread can see it, and end the "
    "program with an error when one failed; or use a `ThreadPoolExecutor` and ask every future for its `result()`.",
    "future": "Keep the futures and ask each for its `result()`.",
}
START = "import subprocess\nimport threading\n\nCOMMAND = ['python', '-m', 'src.train']\n"
WORKER = f"{START}\n\ndef work(run):\n    subprocess.run([*COMMAND, run], check=True)\n\n\n"


class FailedRunIgnored(Rule):
    """A run that fails goes unnoticed.

    What it finds
        Training that ``src/main.py`` starts in a child process whose exit status is dropped; a worker thread that
        raises for a failed run, or returns its status, while nothing keeps either; a pool's futures whose results
        nobody asks for. Advisory: a failure that is printed and not acted on.

    Why it matters
        The evaluation then starts on runs that are not there, or on old ones, and the command ends with status 0.

    How to fix
        Look at every run's exit status, remember the failed ones, and end the program with a status that is not 0.

    What it cannot see
        Statuses in containers that are filled and never read, and training that runs inside the main module's own
        process.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("checked", {MAIN: f"{START}for run in runs:\n    subprocess.run([*COMMAND, run], check=True)\n"}),
        Valid(
            "return-code-handed-up",
            {
                MAIN: f"{START}\n\ndef one(run):\n    child = subprocess.Popen([*COMMAND, run])\n"
                "    return child.wait()\n\n\n"
                "failed = [run for run in runs if one(run)]\nraise SystemExit(len(failed))\n"
            },
        ),
        Valid(
            "kept-by-the-thread",
            {
                MAIN: f"{START}codes = {{}}\n\n\ndef work(run):\n    try:\n"
                "        codes[run] = subprocess.call([*COMMAND, run])\n    except OSError:\n"
                "        codes[run] = -1\n\n\n"
                "threads = [threading.Thread(target=work, args=(run,)) for run in runs]\n"
                "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()\n"
                "exit(any(codes.values()))\n"
            },
        ),
        Valid(
            "results-asked-for",
            {MAIN: f"{WORKER}jobs = [pool.submit(work, r) for r in runs]\n[j.result() for j in jobs]\n"},
        ),
        Valid("walked-through", {MAIN: f"{WORKER}for done in pool.map(work, runs):\n    print(done)\n"}),
        Valid("not-the-training", {MAIN: f"{START}subprocess.call(['nvidia-smi'])\n"}),
    )
    invalid = (
        Invalid(
            "status-dropped",
            {MAIN: f"{START}for run in runs:\n    subprocess.run([*COMMAND, run])\n"},
            at=("src/main.py:6",),
        ),
        Invalid(
            "waited-for-and-dropped",
            {
                MAIN: f"{START}\n\ndef one(run):\n    with subprocess.Popen([*COMMAND, run]) as child:\n"
                "        return child.wait()\n\n\nfor run in runs:\n    one(run)\n"
            },
            at=("src/main.py:8",),
        ),
        Invalid(
            "lost-in-a-thread",
            {
                MAIN: f"{WORKER}threads = []\nfor run in runs:\n    t = threading.Thread(target=work, args=(run,))\n"
                "    t.start()\n    threads.append(t)\nfor t in threads:\n    t.join()\nprint('done')\n"
            },
            at=("src/main.py:17",),
        ),
        Invalid(
            "never-asked",
            {
                MAIN: f"{WORKER}from concurrent.futures import ThreadPoolExecutor\n\n"
                "with ThreadPoolExecutor(2) as pool:\n    for run in runs:\n        pool.submit(work, run)\n"
            },
            at=("src/main.py:15",),
        ),
        Invalid(
            "caught-and-printed",
            {
                MAIN: f"{START}for run in runs:\n    try:\n        subprocess.run([*COMMAND, run], check=True)\n"
                "    except subprocess.CalledProcessError as error:\n        print('failed', run, error)\n"
            },
            at=("src/main.py:8",),
        ),
        Invalid(
            "only-printed",
            {
                MAIN: f"{START}for run in runs:\n    code = subprocess.call([*COMMAND, run])\n    if code != 0:\n"
                "        print('failed', run, code)\n"
            },
            at=("src/main.py:6",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each place where a failure is lost."""
        for lost in lost_failures(context):
            yield _hit(context, lost)


def _hit(context: Context, lost: LostFailure) -> Hit:
    line, cause = getattr(lost.node, "lineno", 1), getattr(lost.cause, "lineno", 1)
    evidence = (context.quote(lost.path, cause), context.quote(lost.path, line)) if cause != line else ()
    return Hit(
        message=WORDS[lost.why],
        path=lost.path,
        line=line,
        end_line=getattr(lost.node, "end_lineno", line),
        evidence=evidence,
        fix=Fix(summary=FIXES[lost.why]),
        severity=Severity.ADVISORY if lost.why == "printed" else None,
    )
