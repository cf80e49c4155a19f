"""``placeholder-strategy/not-explained``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.prose import prose
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TOKEN = re.compile(r"\b[A-Z][A-Z0-9_]*_PLACEHOLDER\b|\bPLACEHOLDER_[A-Z0-9_]+\b")
COMMENT = re.compile(r"(?:^|\s)#+(.*)")
EXPLAINS = re.compile(
    r"replac|substitut|fill|later|next step|derive|becom|stands? for|will be|insert|swap|provide|specif|actual|real|"
    r"placeholder",
    re.IGNORECASE,
)
NEAR = 3
"""Lines above a placeholder in which a comment may explain it."""
FAR = 12
"""Lines below a placeholder in which a docstring may explain it."""
FULL, MODEL = "config/full_experiment.yaml", "src/model.py"
CODE = {MODEL: "x = 1\n"}


class NotExplained(Rule):
    """No comment says what will replace a placeholder.

    What it finds
        A placeholder such as ``MODEL_PLACEHOLDER`` in the configuration or in a text of the code, while no comment
        and no docstring beside any of its uses, or anywhere else by its name, speaks of it. Advisory where comments
        explain other placeholders.

    Why it matters
        Whoever fills the placeholders in, a person or a language model, works from these comments: which kind of value
        is wanted, and what it has to fit.

    How to fix
        Write a comment beside the placeholder: what it will be replaced with, and what the code expects of it.

    What it cannot see
        Whether an explanation is a good one: a comment beside the placeholder that speaks of placeholders, of
        replacing or of what is real counts.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "placeholder-strategy"}
    valid = (
        Valid("beside-it", {FULL: "dataset: DATASET_PLACEHOLDER  # replaced with the hub's name\n", **CODE}),
        Valid("above-it", {FULL: "# The model goes here later\nmodel:\n  name: MODEL_PLACEHOLDER\n", **CODE}),
        Valid(
            "at-another-use",
            {
                FULL: "model: MODEL_PLACEHOLDER\n",
                MODEL: "def build(name):\n    # MODEL_PLACEHOLDER: an architecture with num_classes outputs\n"
                "    raise ValueError(name)\n",
            },
        ),
        Valid(
            "at-the-head-of-the-file",
            {FULL: "# All placeholders are replaced in the next step\n\n\n\na: A_PLACEHOLDER\n"},
        ),
        Valid("none", {FULL: "dataset: synthetic\n", **CODE}),
    )
    invalid = (
        Invalid("no-comment", {FULL: "dataset:\n  name: DATASET_PLACEHOLDER\n", **CODE}, at=(f"{FULL}:2",)),
        Invalid(
            "other-comment",
            {FULL: "# seeds\nseed: 1\nmodel: MODEL_PLACEHOLDER  # big\n", MODEL: "x = 'MODEL_PLACEHOLDER'\n"},
            at=(f"{FULL}:3",),
        ),
        Invalid(
            "one-of-two",
            {
                FULL: "data: DATASET_PLACEHOLDER  # replaced with the data set\na: 1\nb: 2\nc: 3\nd: 4\n"
                "model: MODEL_PLACEHOLDER\n",
                **CODE,
            },
            at=(f"{FULL}:6",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each placeholder, at its first use."""
        uses = _uses(context)
        if not uses or context.fact(unseen_code):
            return
        told = _told(context)
        unexplained = {
            token: places
            for token, places in uses.items()
            if token not in told and not any(_explained(context, *place) for place in places)
        }
        for token, ((path, line), *_) in unexplained.items():
            yield Hit(
                message=f"No comment says what `{token}` will be replaced with.",
                path=path,
                line=line,
                fix=Fix(summary="Say in a comment beside it what takes its place and what the code expects of it."),
                severity=Severity.ADVISORY if len(unexplained) < len(uses) else None,
            )


def _uses(context: Context) -> dict[str, list[tuple[str, int]]]:
    """Where each placeholder stands outside comments, by its name."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in context.tree.files:
        is_config = path.startswith("config/") and path.endswith((".yaml", ".yml"))
        known = context.fact(words).get(path)
        if not is_config and not (known and any("PLACEHOLDER" in text for text in known.texts)):
            continue
        for number, line in enumerate(context.lines(path), 1):
            code = line if len(line) > 1000 else COMMENT.sub("", line)
            for token in dict.fromkeys(TOKEN.findall(code[:1000])):
                found.setdefault(token, []).append((path, number))
    return found


def _told(context: Context) -> set[str]:
    """Placeholders that a comment or a docstring of the code calls by name; every one where a file's head does."""
    found: set[str] = set()
    for lines in context.fact(prose).values():
        for each in lines:
            found.update(TOKEN.findall(each.text[:1000]) if each.kind != "name" else ())
    for path in context.tree.files:
        if path.startswith("config/"):
            for line in context.lines(path)[:2000]:
                comment = COMMENT.search(line[:1000])
                found.update(TOKEN.findall(comment.group(1)) if comment and line.lstrip().startswith("#") else ())
    return found


def _explained(context: Context, path: str, line: int) -> bool:
    """Whether a comment on the line, just above it, or at the head of the file speaks of placeholders or replacing."""
    lines = context.lines(path)
    near = [
        *(each for each in lines[:NEAR] if each.lstrip().startswith("#")),
        *lines[max(line - 1 - NEAR, 0) : line + 1],
    ]
    comments = [found.group(1) for each in near if (found := COMMENT.search(each[:1000]))]
    if any(EXPLAINS.search(each) for each in comments):
        return True
    return any(
        each.kind == "docstring" and line - NEAR <= each.line <= line + FAR and EXPLAINS.search(each.text[:1000])
        for each in context.fact(prose).get(path, ())
    )
