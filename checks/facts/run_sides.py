"""How the evaluation tells proposed runs from baselines: every place where the word is used to choose, and on what."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.evaluation_code import evaluation_code, words_of
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import origins
from checks.facts.recorded_runs import APIS
from checks.facts.syntax import text_of

STEM = "prop"
SHOWN = frozenset(
    {
        "print", "info", "debug", "warning", "error", "exit", "title", "set_title", "suptitle", "legend",
        "set_xticklabels",
        "set_label", "text", "annotate", "xlabel", "ylabel", "set_xlabel", "set_ylabel", "xticks", "add_argument",
    }
)  # fmt: skip
"""Calls whose text is for a reader."""
SETTINGS = frozenset({"config", "cfg", "conf", "method", "summary", "params", "hparams"})
"""Words of what a run says of itself, besides its id."""
RECORDED = frozenset({".config", ".summary"})
IDS = frozenset({"id", "ids", "rid", "run", "name", "r", "k", "key", "x", "i", "row", "path", "stem", "label"})
"""Words of what may be a run's id."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One use of the word that may choose runs.

    Args:
        path: the file.
        node: the text.
        by_setting: whether it is compared with what a run's configuration or summary says, and with no id.
    """

    path: str
    node: ast.Constant
    by_setting: bool


def side_choices(context: Context) -> tuple[Choice, ...]:
    """Every use of the word ``proposed``, or a beginning of it, that may choose runs; texts that are shown are none."""
    found = context.fact(nodes)
    return tuple(
        Choice(path, node, _by_setting(context, path, node))
        for path, node in context.fact(evaluation_code).of(ast.Constant)
        if isinstance(node.value, str) and _chooses(found[path], node, node.value.lower())
    )


def _chooses(tree: Nodes, node: ast.Constant, text: str) -> bool:
    rest = text.replace("best_proposed", "").replace("best_prop", "").replace("property", "").replace("proportion", "")
    if STEM not in rest or len(text) > 200:
        return False
    parent = tree.parent(node)
    if isinstance(parent, ast.JoinedStr | ast.Expr):
        return False
    if isinstance(parent, ast.keyword):
        return parent.arg not in ("label", "title", "help", "name", "description")
    return not (isinstance(parent, ast.Call) and node in parent.args and called_name(parent) in SHOWN)


def _by_setting(context: Context, path: str, node: ast.Constant) -> bool:
    compare = context.fact(nodes)[path].parent(node)
    if not isinstance(compare, ast.Compare):
        return False
    others = [side for side in _sides(compare) if side is not node]
    words = words_of(*map(text_of, others))
    if words & SETTINGS and not words & IDS:
        return True
    ends = [end for side in others for end in context.fact(origins).of(path, side)]
    return bool(ends) and all(end.root in APIS and RECORDED & set(end.steps) for end in ends)


def _sides(compare: ast.Compare) -> Iterator[ast.expr]:
    yield compare.left
    yield from compare.comparators
