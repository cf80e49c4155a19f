"""What a piece of data seems to be, told from the names around it."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from checks.facts.syntax import dotted, walk


class Content(StrEnum):
    """What the names say."""

    RESULT = "result"
    OTHER = "other"
    UNKNOWN = "unknown"


RESULT_WORDS = frozenset(
    {
        "acc", "accuracy", "answer", "answers", "auc", "bleu", "em", "eval", "evaluation", "f1", "final", "history",
        "loss", "losses", "mae", "metric", "metrics", "perplexity", "pred", "prediction", "predictions", "preds",
        "result", "results", "rmse", "rouge", "score", "scores", "summary", "trajectory",
    }
)  # fmt: skip
"""Words of a name that holds what a training run measured."""

OTHER_WORDS = frozenset(
    {
        "args", "argv", "cache", "cfg", "checkpoint", "checkpoints", "ckpt", "conf", "config", "configs",
        "configuration", "env", "hparams", "hyperparameters", "hyperparams", "id2label", "index", "label2id",
        "manifest", "mapping", "meta", "metadata", "options", "params", "request", "schema", "settings", "setup",
        "split", "splits", "state", "stoi", "token", "tokenizer", "tokens", "vocab", "vocabulary",
    }
)  # fmt: skip
"""Words of a name that holds something else that a program may well save; they outweigh the others within a name."""

CONVERTERS = frozenset({"DataFrame", "Series", "asdict", "deepcopy", "dict", "list", "sorted", "to_container", "vars"})
"""Last name of calls that give their argument in another form."""


def judge(names: Iterable[str]) -> Content:
    """What several names say together; a result outweighs the rest."""
    kinds = []
    for name in names:
        words = _words(name)
        if words & OTHER_WORDS:
            kinds.append(Content.OTHER)
        elif words & RESULT_WORDS:
            kinds.append(Content.RESULT)
    return strongest(kinds)


def strongest(kinds: Iterable[Content]) -> Content:
    """A result if any is, else something else if any is, else unknown."""
    found = set(kinds)
    return next((kind for kind in (Content.RESULT, Content.OTHER) if kind in found), Content.UNKNOWN)


def first_known(kinds: Iterable[Content]) -> Content:
    """The first that is not unknown."""
    return next((kind for kind in kinds if kind is not Content.UNKNOWN), Content.UNKNOWN)


def judge_value(value: ast.expr, assigned: Callable[[ast.Name], Iterable[ast.expr]], steps: int = 3) -> Content:
    """What an expression seems to hold.

    Args:
        value: the expression.
        assigned: gives what a name was assigned.
        steps: assignments to follow.
    """
    if isinstance(value, ast.Call):
        return _judge_call(value, assigned, steps)
    if isinstance(value, ast.Dict):
        keys = [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        return strongest([judge(keys), *(judge_value(part, assigned, steps) for part in value.values)])
    name = dotted(value)
    if name and judge([name.partition(".")[0]]) is Content.OTHER:
        return Content.OTHER
    public = [part for part in name.split(".") if not part.startswith("_")]
    found = judge(public[-1:])
    if found is Content.UNKNOWN and isinstance(value, ast.Name) and steps:
        return strongest(judge_value(each, assigned, steps - 1) for each in assigned(value))
    return found


def _judge_call(call: ast.Call, assigned: Callable[[ast.Name], Iterable[ast.expr]], steps: int) -> Content:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    if name in CONVERTERS:
        named = [judge([word.arg]) for word in call.keywords if word.arg] if name == "dict" else []
        return strongest([*named, *(judge_value(part, assigned, steps) for part in call.args)])
    base = call.func.value if isinstance(call.func, ast.Attribute) else None
    own = judge([name])
    return own if own is not Content.UNKNOWN or base is None or not steps else judge_value(base, assigned, steps - 1)


def file_names(node: ast.expr) -> Iterator[str]:
    """The last part of every text in an expression that makes up a path."""
    for inner in walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and len(inner.value) > 2:
            yield inner.value.rpartition("/")[2]


def _words(name: str) -> set[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return set(re.split(r"[^a-z0-9]+", spaced.lower()))
