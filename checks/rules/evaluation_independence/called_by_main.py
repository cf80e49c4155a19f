"""``evaluation-independence/called-by-main``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_calls import EvaluationCall, How, evaluation_calls
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "def score(values):\n    return sum(values)\n\n\ndef main():\n    print(score([1]))\n\n\n"
GUARDED = EVALUATE + "if __name__ == '__main__':\n    main()\n"
WORDS = {
    How.PROCESS: "`{name}` is started here; the evaluation is to run only by its own command, after all runs.",
    How.ENTRY: "`{name}` of `src/evaluate.py`, its main function, is used here; the evaluation is to run only by its "
    "own command, after all runs.",
    How.IMPORT: "Importing `{name}` runs the evaluation, which calls its main function without asking for `__main__`; "
    "it is to run only by its own command.",
    How.WORK: "`{name}` of `src/evaluate.py`, which asks WandB for recorded runs, is used here; the evaluation is to "
    "run only by its own command, after all runs.",
    How.HELPER: "`{name}` is taken from `src/evaluate.py`, which is to stand apart from training.",
}


def _tree(path: str, code: str, evaluate: str = GUARDED) -> dict[str, str]:
    return {path: code, "src/evaluate.py": evaluate}


class CalledByMain(Rule):
    """Training starts or calls the evaluation.

    What it finds
        A file other than `src/evaluate.py` that starts it (a child process, a shell line, `runpy`), uses the functions
        that it calls when it is started, imports it although that alone runs it, or calls a function of it that asks
        WandB for recorded runs. Calling any other function of it is advisory.

    Why it matters
        The evaluation compares several runs after all of them have finished. Started from a training it sees the runs
        of that moment alone, and fails in trial mode, where nothing is recorded.

    How to fix
        Take the call out. `src/evaluate.py` is started by its own command. Move helpers that both need to
        `src/preprocess.py` or `src/model.py`.

    What it cannot see
        Modules that are named only while the program runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "only mentioned",
            _tree("src/main.py", "print('next: python -m src.evaluate results_dir=...')\n"),
        ),
        Valid("another evaluate", _tree("src/train.py", "import evaluate\nmetric = evaluate.load('f1')\n")),
        Valid("own function of that name", _tree("src/train.py", "def evaluate(m):\n    return m\n\n\nevaluate(1)\n")),
        Valid(
            "in a function that nothing calls",
            _tree("src/main.py", "def later():\n    from src.evaluate import main\n    main()\n\n\nprint('done')\n"),
        ),
        Valid(
            "kept in git",
            _tree("src/main.py", "import subprocess\nsubprocess.run(['git', 'add', 'src/evaluate.py'])\n"),
        ),
        Valid("training alone", _tree("src/main.py", "import os\nos.system('python -m src.train')\n")),
    )
    invalid = (
        Invalid(
            "child process",
            _tree("src/main.py", "import subprocess\nsubprocess.run(['python', '-m', 'src.evaluate'])\n"),
            ("src/main.py:2",),
        ),
        Invalid(
            "main function", _tree("src/main.py", "from src.evaluate import main as e\n\ne()\n"), ("src/main.py:3",)
        ),
        Invalid(
            "relative import in a function",
            _tree("src/train.py", "def run():\n    from . import evaluate\n    evaluate.main()\n\n\nrun()\n"),
            ("src/train.py:3",),
        ),
        Invalid("runpy", _tree("src/main.py", "import runpy\nrunpy.run_module('src.evaluate')\n"), ("src/main.py:2",)),
        Invalid(
            "imported by its name",
            _tree("src/main.py", "import importlib\nm = importlib.import_module('src.evaluate')\nm.main()\n"),
            ("src/main.py:2",),
        ),
        Invalid(
            "looked up by name",
            _tree("src/main.py", "from src import evaluate as e\n\ngetattr(e, 'main')()\n"),
            ("src/main.py:3",),
        ),
        Invalid(
            "second command of a line",
            _tree("src/main.py", "import os\nos.system('python -m src.train && python -m src.evaluate')\n"),
            ("src/main.py:2",),
        ),
        Invalid(
            "import that runs it",
            _tree("src/main.py", "import src.evaluate\n", EVALUATE + "main()\n"),
            ("src/main.py:1",),
        ),
        Invalid(
            "second of two modules",
            _tree("src/main.py", "import os\nfor m in ('train', 'evaluate'):\n    os.system(f'python -m src.{m}')\n"),
            ("src/main.py:3",),
        ),
        Invalid(
            "helper", _tree("src/train.py", "from src.evaluate import score\nprint(score([]))\n"), ("src/train.py:2",)
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each place; helpers together, at the first."""
        found = context.fact(evaluation_calls)
        certain = [each for each in found if each.how is not How.HELPER]
        helpers = [each for each in found if each.how is How.HELPER]
        for each in certain:
            yield _hit(each, Severity.BLOCKING)
        if helpers and not certain:
            yield _hit(min(helpers, key=lambda each: (each.path, each.line)), Severity.ADVISORY)


def _hit(each: EvaluationCall, severity: Severity) -> Hit:
    return Hit(
        message=WORDS[each.how].format(name=each.name),
        path=each.path,
        line=each.line,
        end_line=each.end_line,
        severity=severity,
        fix=Fix(summary="Take the call out; the evaluation has a command of its own."),
    )
