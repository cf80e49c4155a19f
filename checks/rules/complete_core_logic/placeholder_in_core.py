"""``complete-core-logic/placeholder-in-core``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.idle_code import does_nothing_below
from checks.facts.nodes import Nodes, nodes
from checks.facts.prose import Prose, prose
from checks.facts.stubs import stubs
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

CORE = ("src/train.py", "src/evaluate.py")
QUOTED = 80
"""Characters of a comment that a message shows at most."""
SURE = re.compile(
    r"^\W*(?:TODO|FIXME|XXX)\b(?![-X])|^\W*(?i:todo|fixme):"
    r"|\b(?i:omitted|skipped|left out|removed|shortened)\s+(?:\w+\s+)?for\s+(?:the\s+sake\s+of\s+)?"
    r"(?i:brevity|clarity)\b"
    r"|\b(?i:due to brevity|to be implemented|left as an exercise|not yet implemented|not implemented yet)\b"
    r"|\b(?i:step|pass|loop|update|computation|metrics?|code|logic|implementation)\b[^.]{0,40} (?i:goes|go) here\W*$"
    r"|\b(?i:your|actual|real|training|rest of the)\s+(?i:code|logic|implementation)\s+(?i:goes |would go )?(?i:here)\b"
)
"""Words that say by themselves that something is missing."""
UNSURE = re.compile(r"\b(?i:placeholder|stub(?:bed)?|not implement(?:ed|ing)|for now|simplified|dummy|fake|mock)\b")
"""Words that say so above code that does nothing."""
ADVISED = re.compile(
    r"\b(?i:placeholder)\s+(?i:for|implementation|logic|code|metric|loss|value|result|figure|until)"
    r"|(?i:this is|as) (?i:only )?(?i:a placeholder)"
)
OPEN = re.compile(
    r"(?:DATASET|DATA|MODEL|TOKENIZER)\w*_PLACEHOLDER|(?i:data ?sets?|model|architecture|tokenizer|loader|corpus)"
)
"""What a placeholder of base code may stand for."""
TRAIN = CORE[0]


class PlaceholderInCore(Rule):
    """The training loop or the evaluation is left open.

    What it finds
        In ``src/train.py`` and ``src/evaluate.py``: comments and docstrings that begin with TODO or FIXME, or say that
        code is omitted for brevity, not yet implemented or to go here. Also words such as "placeholder", "stub" or
        "for now" directly above code that does nothing: ``pass``, ``...``, ``return`` of nothing or of a written
        number, ``raise NotImplementedError``. A placeholder that is spoken of above other code is advisory.

    Why it matters
        Base code may leave open what depends on the data set or the model, and nothing else. All later experiments
        build on this loop and these metrics; a gap here gives every one of them wrong results.

    How to fix
        Implement it. Where the gap belongs to the data set or the model, move it to ``src/preprocess.py`` or
        ``src/model.py`` and name it ``DATASET_PLACEHOLDER`` or ``MODEL_PLACEHOLDER``.

    What it cannot see
        Missing logic that no word mentions. Words about a data set, a model or a tokenizer are left alone unless they
        are a TODO; functions without a body are reported by ``complete-implementation/stub-body``.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "complete-core-logic"}
    valid = (
        Valid(
            "for-the-data-set",
            {TRAIN: "def train(cfg):\n    # DATASET_PLACEHOLDER: becomes the loader\n    pass\n    fit(cfg)\n"},
        ),
        Valid("other-file", {"src/preprocess.py": "# TODO: load the data set\nx = 1\n"}),
        Valid(
            "nothing-to-do-here",
            {TRAIN: "def step(method):\n    if method == 'plain':\n        pass  # nothing to add\n    fit(method)\n"},
        ),
        Valid("in-a-text", {TRAIN: "print('TODO: placeholder for the loss')\n"}),
        Valid(
            "spoken-of-in-passing",
            {TRAIN: "def f(x):\n    # skipped batches count as zero for now in the log\n    return x + 1\n"},
        ),
    )
    invalid = (
        Invalid(
            "todo", {TRAIN: "for batch in data:\n    # TODO: backward pass\n    print(batch)\n"}, at=(f"{TRAIN}:2",)
        ),
        Invalid(
            "branch-of-a-method",
            {
                TRAIN: "def loss(kind, x):\n    if kind == 'ours':\n        # placeholder for the proposed loss\n"
                "        pass\n    return x\n"
            },
            at=(f"{TRAIN}:3",),
        ),
        Invalid(
            "written-number",
            {CORE[1]: "def bleu(a, b):\n    # simplified, the score follows\n    return 0.0\n"},
            at=(f"{CORE[1]}:2",),
        ),
        Invalid(
            "behind-the-code",
            {CORE[1]: "def compare(runs):\n    if runs:\n        return None  # placeholder\n    return sum(runs)\n"},
            at=(f"{CORE[1]}:3",),
        ),
        Invalid(
            "brevity",
            {TRAIN: "def promote(x):\n    # the promotion is omitted for clarity\n    return x\n"},
            at=(f"{TRAIN}:2",),
        ),
        Invalid(
            "above-other-code",
            {TRAIN: "def f(x):\n    # This is a placeholder for the scheduler\n    return x * 2\n"},
            at=(f"{TRAIN}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each line of words."""
        for path in CORE:
            told = [range(stub.line, stub.end_line + 1) for stub in context.fact(stubs) if stub.path == path]
            for each in context.fact(prose).get(path, ()):
                if each.kind == "name" or any(each.line in lines for lines in told):
                    continue
                found = _judge(context.fact(nodes)[path], each)
                if found:
                    yield _hit(path, each, *found)


def _hit(path: str, each: Prose, words: str, severity: Severity | None) -> Hit:
    return Hit(
        message=f'"{words}": something of the core logic '
        + ("may be missing here." if severity else "is left open here."),
        path=path,
        line=each.line,
        fix=Fix(summary="Implement it; placeholders are for what depends on the data set or the model."),
        severity=severity,
    )


def _judge(found: Nodes, each: Prose) -> tuple[str, Severity | None] | None:
    sure = SURE.search(each.text)
    if sure and "PLACEHOLDER" not in each.text:
        return _quoted(each.text), None
    if OPEN.search(each.text) or not (UNSURE.search(each.text) or ADVISED.search(each.text)):
        return None
    if does_nothing_below(found, each.line):
        return _quoted(each.text), None
    return (_quoted(each.text), Severity.ADVISORY) if ADVISED.search(each.text) else None


def _quoted(text: str) -> str:
    """The beginning of a text in one line, cut between two words."""
    line = " ".join(text[:400].split())
    return line if len(line) <= QUOTED else f"{line[:QUOTED].rpartition(' ')[0] or line[:QUOTED]} ..."
