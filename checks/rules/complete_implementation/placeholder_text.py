"""``complete-implementation/placeholder-text``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.placeholders import placeholders
from checks.facts.prose import Prose, prose
from checks.facts.python import modules
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

SURE = re.compile(
    r"^\W*(?:TODO|FIXME|XXX)\b(?![-X]|\s*(?:list|items?)\b)"
    r"|^\W*(?i:todo|fixme):"
    r"|\b(?i:omitted|skipped|left out|removed|shortened|truncated)\s+(?:\w+\s+)?"
    r"for\s+(?:the\s+sake\s+of\s+)?(?:brevity|clarity|simplicity)\b"
    r"|^\W*PLACEHOLDER\b"
    r"|\b(?:your|actual|real|training|model|rest of (?:the|your))\s+(?:code|implementation|logic)\s+(?:goes\s+)?here\b"
    r"|\b(?i:not\s+yet\s+implemented|not\s+implemented\s+yet)\b(?!\s+(?:by|for|in|on|upstream)\b)"
    r"|\.\.\.\s*(?:existing|rest\s+of(?:\s+the)?|remaining)\s+code\b",
)
"""Words that say by themselves that something is missing."""
UNSURE = re.compile(
    r"\b(?:TODO|FIXME)\b"
    r"|\b\w*PLACEHOLDER\w*\b"
    r"|\brest\s+of\s+(?:the|your)\s+(?:\w+\s+){1,3}(?:goes\s+)?here\b"
    r"|^\W*(?i:placeholder|stub)(?:\s+for\b|:)"
    r"|\b(?i:replace)\s+(?:\w+\s+){0,3}?(?:with|by)\s+(?:the\s+|an?\s+|your\s+)?(?i:real|actual|own)\b"
    r"|\b(?i:simplified|simplistic|toy)\s+(?:\w+\s+)?(?i:version|implementation|variant|model|baseline|imitation|stand-in)\b"
    r"|\((?i:simplified|simplification|toy|demo)\)"
    r"|\b(?i:dummy|mock|fake)\s+(?:\w+\s+)?(?i:data|dataset|values?|labels?|class|classes|model|implementation|results?|metrics?|loader)\b"
    r"|\b(?i:for\s+(?:demonstration|illustration|demo)(?:\s+purposes)?(?:\s+only)?)(?=\W*$|[.,;)])"
    r"|\b(?i:due\s+to\s+brevity)\b"
    r"|\b(?i:in\s+(?:practice|a\s+real\s+(?:implementation|experiment|setting|scenario))),?\s+(?:you|we|one|this|it)\s+(?:would|should)\b"
    r"|\b(?i:placeholder)\s+(?i:implementation|logic|code|data|dataset|model|metric|loss|figure|value|results?)\b"
    r"|\b(?i:(?:as|generate|use|return)s?\s+(?:a\s+)?placeholder)\b"
    r"|\b(?i:to\s+be\s+implemented|left\s+as\s+an\s+exercise)\b",
)
"""Words that often do, and may not."""
NAMES = re.compile(
    r"^_?(?:Mock|Dummy|Fake(?!Quant)|Stub|mock_|dummy_|fake_(?!quant)|stub_|placeholder_|Placeholder)|_(?:mock|dummy|placeholder|stub)$"
)
LEFT = re.compile(r"(?:[A-Z]+_)*(?:DATASET|MODEL|TOKENIZER)_(?:[A-Z]+_)*PLACEHOLDER")
"""Texts of the base code that an experiment puts its data set and model in place of."""
FREE = re.compile(
    r"dummy (?:variable|encoding|coding|classifier|input|batch|token|tensor)|unittest\.mock|get_dummies", re.IGNORECASE
)

TRAIN = "src/train.py"


class PlaceholderText(Rule):
    """The code says of itself that it is unfinished.

    What it finds
        In comments and docstrings: a line that starts with TODO, FIXME, XXX or PLACEHOLDER, "omitted for brevity",
        "your code here", "not yet implemented". In run configurations: a placeholder of the base code that was never
        filled in. Advisory: such a value in `config/config.yaml`, where a run may replace it, or in the code;
        `PLACEHOLDER` within a line, "placeholder for", "simplified version", "dummy data", "for demonstration", "in
        practice you would"; definitions named `Mock...` or `dummy_...`.

    Why it matters
        The experiment is asked to be complete. What a comment calls a placeholder is usually one.

    How to fix
        Implement what is missing. Where nothing is, say what the code does instead of what it does not.

    What it cannot see
        Whether the code behind the words is finished: a model or a person has to judge the advisory ones. Texts in the
        program's data are not looked at.
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
            "advisory words",
            {
                TRAIN: "# a simplified version of the method\nclass MockProposer:\n    x = 1\n"
                "# replaced DATASET_PLACEHOLDER by gsm8k\n# replace this with the actual loss\n"
            },
            (f"{TRAIN}:1", f"{TRAIN}:2", f"{TRAIN}:4", f"{TRAIN}:5"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each line."""
        for path, lines in context.fact(prose).items():
            seen = set()
            for each in lines:
                found = _judge(each)
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


def _judge(each: Prose) -> tuple[str, Severity | None] | None:
    """The words at fault, and the severity where it is not the rule's own."""
    if each.kind == "name":
        return (f"the name `{each.text}`", Severity.ADVISORY) if NAMES.search(each.text) else None
    sure = SURE.search(each.text)
    if sure:
        return f'"{sure.group().strip()}"', None
    unsure = UNSURE.search(FREE.sub("", each.text))
    return (f'"{unsure.group()}"', Severity.ADVISORY) if unsure else None


def _hit(path: str, line: int, words: str, severity: Severity | None) -> Hit:
    verdict = "may say that something is unfinished here" if severity else "says that something is unfinished here"
    return Hit(
        message=f"{words[0].upper()}{words[1:]} {verdict}.",
        path=path,
        line=line,
        fix=Fix(summary="Implement what is missing; where nothing is, say what the code does."),
        severity=severity,
    )
