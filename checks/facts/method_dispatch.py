"""Where a run's settings lead to an error, or past the branch that is meant for them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from checks.context import Context
from checks.facts.hydra_commands import run_ids
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.run_reach import RunReach
from checks.facts.run_values import RunValues, UndecidedError, changed_names

NO_METHOD = frozenset({"mode", "results_dir", "run_id", "run", "wandb", "hydra", "dataset", "data"})
"""First parts of keys that say nothing of a method or model."""
EVALUATE = "src/evaluate.py"
MOST_PLACES = 100
"""Errors of one file that are looked at."""
MOST_RUNS = 12
"""Runs that are looked at."""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """One place where runs certainly end, or miss their branch by the spelling of a name.

    Args:
        path: the file.
        node: the ``raise``, the look-up or the test.
        runs: the runs.
        key: the dotted setting that decides it.
        value: its value in the first of the runs.
        near: the constant that differs from the value in spelling alone; empty where the run ends in an error.
    """

    path: str
    node: ast.AST
    runs: tuple[str, ...]
    key: str
    value: str
    near: str = ""


def dead_ends(context: Context) -> tuple[DeadEnd, ...]:
    """Every such place, each with all its runs."""
    found: dict[tuple[ast.AST, str], DeadEnd] = {}
    for run in run_ids(context)[:MOST_RUNS]:
        values = RunValues(context, run)
        reach = RunReach(context, values)
        for path, inside in context.fact(nodes).items():
            if path != EVALUATE and _names_settings(inside):
                for end in _of_file(context, path, inside, values, reach):
                    key = (end.node, end.near)
                    runs = (*found[key].runs, run) if key in found else (run,)
                    found[key] = DeadEnd(path, end.node, runs, *_kept(found.get(key, end)))
    return tuple(found.values())


def _kept(end: DeadEnd) -> tuple[str, str, str]:
    return end.key, end.value, end.near


def _names_settings(inside: Nodes) -> bool:
    return next(inside.of(ast.Raise, ast.Assert, ast.If, ast.IfExp, ast.Dict, ast.Match), None) is not None


def _of_file(context: Context, path: str, inside: Nodes, values: RunValues, reach: RunReach) -> Iterator[DeadEnd]:
    for node in islice(inside.of(ast.Raise), MOST_PLACES):
        if isinstance(inside.parent(node), ast.Module):
            continue
        values.used.clear()
        if _has_test_around(inside, node) and reach.comes_to(path, node) and (chosen := _chosen(values)):
            yield DeadEnd(path, node, (), *chosen)
    missing: set[tuple[str, str]] = set()
    for look_up in islice(inside.of(ast.Subscript), 10 * MOST_PLACES):
        table = _table(context, path, look_up.value)
        if table is None or not isinstance(look_up.ctx, ast.Load):
            continue
        values.used.clear()
        value = _value(values, path, look_up.slice)
        chosen = _chosen(values)
        if not isinstance(value, str) or value in table or not chosen or chosen in missing:
            continue
        if reach.comes_to(path, look_up):
            missing.add(chosen)
            yield DeadEnd(path, look_up, (), *chosen)
    yield from _passed_by(path, inside, values)


def _passed_by(path: str, inside: Nodes, values: RunValues) -> Iterator[DeadEnd]:
    for branch in islice(inside.of(ast.If), 2 * MOST_PLACES):
        yield from _missed(path, inside, branch, values)
    for choice in islice(inside.of(ast.IfExp), 2 * MOST_PLACES):
        yield from _missed(path, inside, choice, values)
    for match in islice(inside.of(ast.Match), MOST_PLACES):
        yield from _missed_case(path, inside, match, values)


def _has_test_around(inside: Nodes, node: ast.Raise) -> bool:
    """Whether any test decides on the error: around it, or before it in its function."""
    function = inside.function(node)
    if inside.nearest(node, ast.If, ast.Match) is not None:
        return True
    return function is not None and any(isinstance(each, ast.If | ast.Match) for each in function.body)


def _missed(path: str, inside: Nodes, branch: ast.If | ast.IfExp, values: RunValues) -> Iterator[DeadEnd]:
    """A chain of tests that a value passes by because a constant in it is spelt another way."""
    outer = inside.parent(branch)
    if isinstance(branch, ast.If) and isinstance(outer, ast.If) and outer.orelse == [branch]:
        return
    tests: list[ast.expr] = [branch.test]
    rest: ast.AST = branch
    while isinstance(rest, ast.If) and len(rest.orelse) == 1 and isinstance(rest.orelse[0], ast.If) and len(tests) < 30:
        rest = rest.orelse[0]
        tests.append(rest.test)
    values.used.clear()
    if any(_value(values, path, test) is not False for test in tests):
        return
    chosen = _chosen(values)
    tests = [_named_test(values, path, test) for test in tests]
    for compared in [each for test in tests for each in inside.under(test, ast.Compare)] if chosen else ():
        if len(compared.ops) == 1 and isinstance(compared.ops[0], ast.Eq | ast.In):
            value, other = (_value(values, path, each) for each in (compared.left, compared.comparators[0]))
            for constant in other if isinstance(other, tuple) else (other,):
                if _near(value, constant) and chosen:
                    yield DeadEnd(path, compared, (), *chosen, near=str(constant))
                    return


def _missed_case(path: str, inside: Nodes, match: ast.Match, values: RunValues) -> Iterator[DeadEnd]:
    """A ``match`` on a value that only the last ``case _`` takes, because a text in it is spelt another way."""
    values.used.clear()
    value, chosen = _value(values, path, match.subject), _chosen(values)
    plain = all(each.guard is None for each in match.cases)
    texts = [each.value for each in inside.under(match, ast.MatchValue) if isinstance(each.value, ast.Constant)]
    others = next(inside.under(match, ast.MatchSequence, ast.MatchMapping, ast.MatchClass), None)
    written = len(texts) == sum(1 for _ in inside.under(match, ast.MatchValue))
    if not plain or not chosen or others is not None or not written or any(each.value == value for each in texts):
        return
    near = next((each for each in texts if inside.nearest(each, ast.Match) is match and _near(value, each.value)), None)
    if near is not None:
        yield DeadEnd(path, near, (), *chosen, near=str(near.value))


def _named_test(values: RunValues, path: str, test: ast.expr) -> ast.expr:
    """What a test that is a plain name was given."""
    found = values.assigned(path, test) if isinstance(test, ast.Name) else None
    return found if found is not None else test


def _near(value: object, constant: object) -> bool:
    if not isinstance(value, str) or not isinstance(constant, str) or value == constant:
        return False
    return bool(_plain(value)) and _plain(value) == _plain(constant)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _value(values: RunValues, path: str, node: ast.AST) -> object:
    try:
        return values.of(path, node)
    except UndecidedError:
        return None


def _chosen(values: RunValues) -> tuple[str, str] | None:
    """The setting that names a method, a model or another part of one."""
    fitting = [(key, value) for key, value in values.used.items() if isinstance(value, str) and key[0] not in NO_METHOD]
    fitting += [
        (key, value)
        for key, value in values.used.items()
        if isinstance(value, str) and key[0] == "run" and key[1:] and key[1] not in NO_METHOD
    ]
    return (".".join(fitting[-1][0]), fitting[-1][1]) if fitting else None


def _table(context: Context, path: str, node: ast.expr) -> frozenset[object] | None:
    """The keys of a dictionary that is written out and never changed."""
    value = context.fact(imports)[path].assigned(node) if isinstance(node, ast.Name) else node
    if not isinstance(value, ast.Dict) or not value.keys:
        return None
    if isinstance(node, ast.Name) and node.id in context.fact(changed_names)[path]:
        return None
    keys = [each.value for each in value.keys if isinstance(each, ast.Constant)]
    return frozenset(keys) if len(keys) == len(value.keys) else None
