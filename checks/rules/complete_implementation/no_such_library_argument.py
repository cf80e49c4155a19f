"""``complete-implementation/no-such-library-argument``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.library_uses import LibraryUse, missing_arguments
from checks.facts.resolved_versions import resolved
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = [%s]\n'
ANY = PROJECT % '"transformers", "torch", "matplotlib", "scikit-learn"'


class NoSuchLibraryArgument(Rule):
    """A library's function is given an argument that it no longer takes.

    What it finds
        Keyword arguments that a well-known function dropped in the release that the project gets, from a checked list:
        `TrainingArguments(evaluation_strategy=...)` since transformers 4.51, `mean_squared_error(squared=False)` since
        scikit-learn 1.6, `ReduceLROnPlateau(verbose=True)` since torch 2.13 and others; and the styles that matplotlib
        3.8 renamed (`plt.style.use("seaborn-whitegrid")`). The release is found as for names that a library lacks.
        Advisory where another dependency or the Python version may hold an older release in place.

    Why it matters
        The call ends with TypeError, a style with OSError.

    How to fix
        Use the argument that took its place, or bound the library's version in `pyproject.toml`.

    What it cannot see
        Arguments that are not on the list, are given by position or in a dictionary, and functions reached through
        `getattr`. A call inside a `try` that catches the error is left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    valid = (
        Valid(
            "present arguments",
            {
                "pyproject.toml": ANY,
                "src/a.py": "from transformers import TrainingArguments\nimport matplotlib.pyplot as plt\n"
                "TrainingArguments(eval_strategy='epoch')\nplt.style.use('seaborn-v0_8-whitegrid')\n",
            },
        ),
        Valid(
            "older release asked for",
            {
                "pyproject.toml": PROJECT % '"transformers>=4.30,<4.40"',
                "src/a.py": "import transformers as t\nt.TrainingArguments(evaluation_strategy='epoch')\n",
            },
        ),
        Valid(
            "own function of that name",
            {
                "pyproject.toml": ANY,
                "src/a.py": "def TrainingArguments(evaluation_strategy):\n    return 1\n"
                "TrainingArguments(evaluation_strategy=1)\n",
            },
        ),
        Valid(
            "caught",
            {
                "pyproject.toml": ANY,
                "src/a.py": "import matplotlib.pyplot as plt\ntry:\n    plt.style.use('seaborn')\n"
                "except OSError:\n    pass\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "renamed",
            {
                "pyproject.toml": ANY,
                "src/a.py": "from transformers import TrainingArguments as Args\nArgs(\n    'out',\n"
                "    evaluation_strategy='epoch',\n)\n",
            },
            ("src/a.py:4",),
        ),
        Invalid(
            "removed",
            {
                "pyproject.toml": ANY,
                "src/a.py": "from sklearn import metrics as m\nfrom torch.optim import lr_scheduler\n"
                "m.mean_squared_error(1, 2, squared=False)\nlr_scheduler.StepLR(o, 1, verbose=True)\n",
            },
            ("src/a.py:3", "src/a.py:4"),
        ),
        Invalid(
            "style",
            {"pyproject.toml": ANY, "src/a.py": "from matplotlib import pyplot\npyplot.style.use('seaborn-paper')\n"},
            ("src/a.py:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each argument."""
        for use in context.fact(missing_arguments):
            version = resolved(context, use.gone.distribution)
            lacks = version.lacks(use.gone.since)
            if lacks is not False:
                held = f"; {version.held_back} may keep an older release" if lacks is None else ""
                yield Hit(
                    message=_message(use, held),
                    path=use.path,
                    line=use.line,
                    end_line=use.end_line,
                    fix=_fix(context, use),
                    severity=Severity.ADVISORY if lacks is None else None,
                )


def _message(use: LibraryUse, held: str) -> str:
    gone = use.gone
    kind = "style" if gone.place == "matplotlib.style" else "argument"
    return f"`{gone.place}` has no {kind} `{gone.name}` since {gone.distribution} {gone.since}{held}."


def _fix(context: Context, use: LibraryUse) -> Fix:
    gone, text = use.gone, "\n".join(context.lines(use.path)[use.line - 1 : use.end_line])
    if not gone.instead:
        return Fix(summary=f"Remove `{gone.name}`.")
    is_argument = isinstance(use.node, ast.Call) and gone.place != "matplotlib.style"
    old, new = (f"{gone.name}=", f"{gone.instead}=") if is_argument else (gone.name, gone.instead)
    exact = text.replace(old, new) if text.count(old) == 1 and not gone.name.startswith(("error_", "warn_")) else None
    return Fix(summary=f"Use `{gone.instead}`.", replacement=exact)
