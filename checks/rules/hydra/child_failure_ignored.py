"""``hydra/child-failure-ignored``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.processes import processes
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

START = "import os, subprocess, sys\nWORDS = [sys.executable, '-m', 'src.train', 'run=a']\n"


def _tree(code: str) -> dict[str, str]:
    return {"src/main.py": START + code, "src/train.py": "x = 1\n"}


class ChildFailureIgnored(Rule):
    """A training that fails in a child process goes unnoticed.

    What it finds
        A process that runs one of the tree's files and whose exit status nothing looks at: `subprocess.run` without
        `check=True` and with an unused result, `os.system` on its own, `Popen` that is only waited for.

    Why it matters
        The command then ends with status 0 although the training failed, and whoever waits for it goes on to the
        evaluation of a run that is not there.

    How to fix
        Pass `check=True`, or end with the child's status: `sys.exit(subprocess.run(command).returncode)`.

    What it cannot see
        A result that is handed to other code counts as looked at, and so does a process whose end is not followed
        (`os.exec`, asyncio).
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    severity: ClassVar[Severity] = Severity.ADVISORY
    valid = (
        Valid("checked", _tree("subprocess.run(WORDS, check=True)\n")),
        Valid("check_call", _tree("subprocess.check_call(WORDS)\n")),
        Valid("status handed on", _tree("p = subprocess.Popen(WORDS)\nsys.exit(p.wait())\n")),
        Valid("return code read", _tree("done = subprocess.run(WORDS)\nif done.returncode:\n    sys.exit(1)\n")),
        Valid("replaces the process", _tree("os.execv(sys.executable, WORDS)\n")),
        Valid("another program", _tree("subprocess.run(['nvidia-smi'])\nos.system('clear')\n")),
    )
    invalid = (
        Invalid("dropped", _tree("subprocess.run(WORDS)\n"), ("src/main.py:3",)),
        Invalid("shell", _tree("r = 'a'\nos.system(f'python -m src.train run={r}')\n"), ("src/main.py:4",)),
        Invalid("waited for", _tree("p = subprocess.Popen(WORDS)\np.wait()\n"), ("src/main.py:3",)),
        Invalid(
            "output alone is read",
            _tree("done = subprocess.run(WORDS, check=False, capture_output=True)\nprint(done.stdout)\n"),
            ("src/main.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call that starts such a process."""
        seen = set()
        for each in context.fact(processes):
            if each.failure_ignored and each.file in context.tree and each.node not in seen:
                seen.add(each.node)
                yield Hit(
                    message=f"Nothing looks at how the process of `{each.file}` that is started here ends, so this "
                    "program goes on, and ends with status 0, when it fails.",
                    path=each.path,
                    line=each.line,
                    end_line=each.node.end_lineno,
                    fix=Fix(summary="Pass `check=True`, or end with the child's return code."),
                )
