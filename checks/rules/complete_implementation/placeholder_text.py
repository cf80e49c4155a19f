"""``complete-implementation/placeholder-text``."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from itertools import islice, pairwise
from typing import ClassVar

from checks.context import Context
from checks.facts.hydra_commands import run_ids
from checks.facts.nodes import nodes
from checks.facts.placeholders import placeholders
from checks.facts.prose import Prose, prose
from checks.facts.python import modules
from checks.facts.unfinished_words import Certainty, judge_name, judge_text
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

LEFT = re.compile(r"(?:[A-Z]+_)*(?:DATASET|MODEL|TOKENIZER)_(?:[A-Z]+_)*PLACEHOLDER")
"""Texts of the base code that an experiment puts its data set and model in place of."""

SMALLER = ("simplified", "toy", "mock", "dummy")
"""Words for less than the real thing, which an experiment may also be designed to use."""
MOST_FILES = 50
MOST_READ = 20_000
"""Run configurations that are looked at, and characters of each."""
TRAIN = "src/train.py"


class PlaceholderText(Rule):
    """The code says of itself that it is unfinished.

    What it finds
        In comments and docstrings: a line that starts with TODO, FIXME, XXX or PLACEHOLDER, "omitted for brevity",
        "your code here", "not yet implemented"; words that call the code a simplified, toy, mock, dummy or placeholder
        version, implementation or imitation, "(simplified)" after a method or baseline, "demonstration only", "in a
        real implementation"; a class or function whose docstring begins so ("Toy imitation of ..."). Classes and
        functions that are used and named `Mock...` or `Dummy...` for a part of the experiment such as a model, a
        metric or a policy. In run configurations: a placeholder of the base code that was never filled in. Advisory:
        such a value in `config/config.yaml`, where a run may replace it, or in the code; `PLACEHOLDER` within a line,
        "dummy data", "for demonstration", "in practice you would"; other definitions named so; all of it where the
        research speaks of something simplified, toy, mock or dummy itself, or where a run configuration speaks of the
        same thing (`prefer_mock_policy` of `MockPolicy`).

    Why it matters
        The experiment is asked to be complete. What a comment calls a placeholder is usually one.

    How to fix
        Implement what is missing. Where nothing is, say what the code does instead of what it does not.

    What it cannot see
        Whether the code behind the words is finished: a model or a person has to judge the advisory ones. Texts in the
        program's data, denials ("no simplified version"), do-nothing doubles of helpers (`DummyScaler`) and inputs for
        tracing are left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation"}
    valid = (
        Valid("text in data", {TRAIN: "MARKS = ['TODO', 'FIXME']\nprompt = 'omitted for brevity'\n"}),
        Valid(
            "look-alikes",
            {
                TRAIN: "from sklearn.dummy import DummyClassifier\nimport pandas as pd\n"
                "# dummy variables of the categories, see pd.get_dummies\nx = pd.get_dummies\n"
                "# the {label} placeholder of the template is filled in below\n# simplified by Jensen's inequality\n"
                "# XXX-XXXX masks phone numbers\n"
            },
        ),
        Valid(
            "denials and helpers",
            {
                TRAIN: "# The full method, not a simplified version of it\n# simplified Chinese, no mock variant\n"
                "class DummyScaler:\n    def scale(self, x):\n        return x\n\n\ndef dummy_input():\n"
                '    """Dummy input for tracing the graph."""\n    return 1\nDummyScaler(dummy_input())\n'
            },
        ),
        Valid(
            "comment of a configuration", {"config/config.yaml": "# Placeholder values, set by the run\nrun: null\n"}
        ),
    )
    invalid = (
        Invalid("TODO", {TRAIN: "x = 1\n# TODO: train\n"}, (f"{TRAIN}:2",)),
        Invalid("after code", {TRAIN: "x = 1  # FIXME\n"}, (f"{TRAIN}:1",)),
        Invalid(
            "brevity",
            {TRAIN: 'def f():\n    """Train.\n\n    Details omitted for brevity.\n    """\n    return 1\n'},
            (f"{TRAIN}:4",),
        ),
        Invalid(
            "other spellings",
            {TRAIN: "# todo: warm up\n# Omitted here for the sake of brevity\n# rest of the training loop here\n"},
            (f"{TRAIN}:1", f"{TRAIN}:2", f"{TRAIN}:3"),
        ),
        Invalid(
            "placeholder in the code",
            {TRAIN: "from datasets import load_dataset\nload_dataset('DATASET_PLACEHOLDER')\n"},
            (f"{TRAIN}:2",),
        ),
        Invalid(
            "left from the base code",
            {"config/runs/a.yaml": "run_id: a\nmodel: MODEL_PLACEHOLDER\ndataset: TODO\nentity: your-entity\n"},
            ("config/runs/a.yaml:2", "config/runs/a.yaml:3", "config/runs/a.yaml:4"),
        ),
        Invalid(
            "says so of a component",
            {
                TRAIN: 'class Policy:\n    """Toy imitation of the planner."""\n    x = 1\n\n\nclass MockModel:\n'
                "    def forward(self, x):\n        return 0.5 * x\n\n\nMockModel()\n"
                "y = 1  # naive update, for demonstration only\n# In a real implementation, the loss has two terms\n"
            },
            (f"{TRAIN}:2", f"{TRAIN}:6", f"{TRAIN}:12", f"{TRAIN}:13"),
        ),
        Invalid(
            "advisory words",
            {
                TRAIN: "# a simplified version of the method\nclass MockProposer:\n    x = 1\n"
                "# replaced DATASET_PLACEHOLDER by gsm8k\n# replace this with the actual loss\n"
            },
            (f"{TRAIN}:1", f"{TRAIN}:2", f"{TRAIN}:5"),
        ),
        Invalid(
            "advisory where a run is told of it",
            {
                TRAIN: "class MockPolicy:\n    def act(self, x):\n        return 2 * x\n\n\nMockPolicy()\n",
                "config/runs/a.yaml": "run_id: a\nprefer_mock_policy: false\n",
            },
            (f"{TRAIN}:1",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each line."""
        used = frozenset(name for each in context.fact(words).values() for name in each.names)
        for path, lines in context.fact(prose).items():
            seen = set()
            for each in lines:
                found = _judge(context, path, each, used)
                if found and each.line not in seen:
                    seen.add(each.line)
                    yield _hit(path, each.line, *found)
        for path, module in context.fact(modules).items():
            for node in module.walk():
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and LEFT.fullmatch(node.value[:200]):
                    yield _hit(path, node.lineno, f"`{node.value}`", Severity.ADVISORY)
        for value in context.fact(placeholders):
            filled_later = value.path == "config/config.yaml" or value.text.islower()
            yield _hit(value.path, value.line, f"`{value.text}`", Severity.ADVISORY if filled_later else None)


def _judge(context: Context, path: str, each: Prose, used: Set[str]) -> tuple[str, Severity | None] | None:
    """The words at fault, and the severity where it is not the rule's own."""
    if each.kind == "name":
        certainty = judge_name(each.text)
        said = f"the name `{each.text}`"
        if certainty is Certainty.CLAIM and not (each.text in used and not _does_nothing(context, path, each)):
            certainty = Certainty.UNSURE
    else:
        found = judge_text(each.text, opens=each.opens)
        certainty = found[1] if found else None
        said = f'"{found[0]}"' if found else ""
    if certainty is None:
        return None
    planned = certainty is Certainty.CLAIM and _is_planned(context, said)
    return said, Severity.ADVISORY if certainty is Certainty.UNSURE or planned else None


def _is_planned(context: Context, text: str) -> bool:
    """Whether the research, the name of a run or its configuration speaks of that too, so that it may be meant."""
    planned = " ".join([context.research or "", *run_ids(context)]).lower()
    if any(word in planned and word in text.lower() for word in SMALLER):
        return True
    said = _spaced(text).split()
    things = [f" {first} {second} " for first, second in pairwise(said) if first in SMALLER]
    return any(thing in context.fact(_configured) for thing in things)


def _configured(context: Context) -> str:
    """What the run configurations say, in lower case and with single spaces between the words."""
    paths = context.tree.paths(context.profile.run_configs) if context.profile.run_configs else ()
    return " ".join(f" {_spaced(context.text(path)[:MOST_READ])} " for path in islice(paths, MOST_FILES))


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", text)).lower()


def _does_nothing(context: Context, path: str, each: Prose) -> bool:
    """Whether a definition only passes through, as a fallback for an optional helper does."""
    tree = context.fact(nodes)[path]
    every: list[ast.ClassDef | ast.FunctionDef] = [*tree.of(ast.ClassDef), *tree.of(ast.FunctionDef)]
    for node in every:
        if node.lineno == each.line and node.name == each.text:
            if tree.nearest(node, ast.Try, ast.ExceptHandler) is not None:
                return True
            functions = list(tree.under(node, ast.FunctionDef))
            return all(
                len(function.body) == 1
                and isinstance(function.body[0], ast.Pass | ast.Return)
                and not any(True for _ in tree.under(function.body[0], ast.Call, ast.BinOp, ast.Constant))
                for function in functions
            )
    return False


def _hit(path: str, line: int, words: str, severity: Severity | None) -> Hit:
    verdict = "may say that something is unfinished here" if severity else "says that something is unfinished here"
    return Hit(
        message=f"{words[0].upper()}{words[1:]} {verdict}.",
        path=path,
        line=line,
        fix=Fix(summary="Implement what is missing; where nothing is, say what the code does."),
        severity=severity,
    )
