"""Whether a mode that is neither ``trial`` nor ``full`` ends the program, and where it is taken for one of them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.hydra_apps import uses_config_store
from checks.facts.local_calls import local_calls
from checks.facts.mode_code import FULL, MODES, OTHER, TRIAL, ModeCode, Write, mode_code
from checks.facts.mode_effects import mode_effects
from checks.facts.nodes import Nodes, nodes

EVALUATE = "src/evaluate.py"
LOOKERS = frozenset({"index", "choice", "import_module", "getattr", "attrgetter", "load", "compose", "Choice"})


@dataclass(frozen=True, slots=True)
class Taken:
    """Where another value goes the way of one of the two.

    Args:
        path: the file.
        node: the branch.
        write: a setting that shows it: written for one of the two and for every other value; None where none does.
    """

    path: str
    node: ast.AST
    write: Write | None


def taken(context: Context) -> Taken | None:
    """The first branch on the mode, where nothing refuses another value; None where something does, or may."""
    if context.fact(mode_effects).escapes or any(context.tree.paths("config/mode/*")):
        return None
    if context.fact(uses_config_store):
        return None
    code = context.fact(mode_code)
    branches: list[tuple[str, ast.AST]] = []
    for path, found in context.fact(nodes).items():
        if path == EVALUATE:
            continue
        if any(_refuses(context, code, path, found)):
            return None
        branches += [(path, each) for each in found.of(ast.If, ast.IfExp, ast.Match) if _tells(code, path, each)]
    if not branches:
        return None
    path, node = min(branches, key=lambda each: (each[0], getattr(each[1], "lineno", 0)))
    return Taken(path, node, next(_shown(code), None))


def _tells(code: ModeCode, path: str, node: ast.AST) -> bool:
    if isinstance(node, ast.Match):
        return _is_mode(code, path, node.subject)
    return isinstance(node, ast.If | ast.IfExp) and code.tells(path, node.test)


def _refuses(context: Context, code: ModeCode, path: str, found: Nodes) -> Iterator[bool]:
    """Yields True for each place that ends the program for another value, or may."""
    for node in found.of(ast.Raise, ast.Assert):
        yield _ends(code, path, found, node)
    for call in context.fact(calls)[path]:
        if code.is_exit(path, call):
            yield _ends(code, path, found, call)
        asked = any(_is_mode(code, path, each) for each in call.args)
        made = context.fact(local_calls).definition(path, call.func) if asked else None
        yield asked and (called_name(call) in LOOKERS or (made is not None and isinstance(made[1], ast.ClassDef)))
        yield any(word.arg == "choices" for word in call.keywords)
    for item in found.of(ast.Subscript):
        yield isinstance(item.ctx, ast.Load) and _is_mode(code, path, item.slice)
    for text in found.of(ast.JoinedStr):
        if any(_is_mode(code, path, part.value) for part in text.values if isinstance(part, ast.FormattedValue)):
            yield any(isinstance(part, ast.Constant) and "yaml" in str(part.value) for part in text.values)


def _is_mode(code: ModeCode, path: str, node: ast.AST) -> bool:
    return code.value(path, node, OTHER) == OTHER


def _ends(code: ModeCode, path: str, found: Nodes, node: ast.AST) -> bool:
    worlds = code.worlds(path, node)
    if isinstance(node, ast.Assert):
        if code.value(path, node.test, OTHER) in (False, None):
            return True
        return any(_is_mode(code, path, each) for each in found.under(node.test, ast.Name, ast.Attribute))
    if OTHER not in worlds:
        return False
    if not worlds & set(MODES):
        return True
    tests = [each.test for each in found.above(node) if isinstance(each, ast.If)]
    names = (each for test in tests for each in found.under(test, ast.Name, ast.Attribute, ast.Subscript, ast.Call))
    return any(_is_mode(code, path, each) for each in names) and len(worlds) == len(MODES) + 1


def _shown(code: ModeCode) -> Iterator[Write]:
    for each in code.writes:
        if each.node is None or each.search or not each.applied or each.kind == "argument":
            continue
        worlds = code.worlds(each.path, each.node)
        if not each.ends("wandb", "mode"):
            continue
        if (worlds == {FULL, OTHER} and each.gives(FULL, "online")) or (
            worlds == {TRIAL, OTHER} and each.gives(TRIAL, "disabled")
        ):
            yield each
