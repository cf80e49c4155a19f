"""The code of each file that something may run: all of it but top-level functions that nothing in the tree mentions."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.nodes import Nodes
from checks.facts.python import Module, modules
from checks.facts.reach import FunctionNode
from checks.facts.syntax import children

DYNAMIC = frozenset({"eval", "exec", "globals", "locals", "__import__", "inspect", "pydoc", "runpy"})
"""Names that find functions by other means than their own names; where one is used, no function is left out."""

WORD = re.compile(r"\w+")
MOST_ROUNDS = 10
"""How deep helpers of unused helpers are looked for."""


def live_nodes(context: Context) -> Mapping[str, tuple[ast.AST, ...]]:
    """The nodes of every file that parses, by path, without functions that are certainly never called."""
    found = {path: module for path, module in context.fact(modules).items() if module.tree is not None}
    unused = context.fact(unused_functions)
    return {path: tuple(_without(module, unused)) for path, module in found.items()}


def unused_functions(context: Context) -> frozenset[int]:
    """The top-level functions that are certainly never called, by ``id`` of their nodes."""
    found = {path: module for path, module in context.fact(modules).items() if module.tree is not None}
    return frozenset(_unused(context, found))


def _unused(context: Context, found: Mapping[str, Module]) -> set[int]:
    mentioned = Counter[str]()
    for path, data in context.tree.files.items():
        if not path.endswith((".py", ".md")):
            mentioned.update(WORD.findall(data.decode("utf-8", "replace")))
    functions: list[tuple[str, int, Counter[str]]] = []
    for path, module in found.items():
        with context.reading(path):
            mentioned.update(_mentions(module.nodes, module.tree) if module.tree else ())
            functions += [
                (node.name, id(node), Counter(_mentions(module.nodes, node)))
                for node in (module.tree.body if module.tree else ())
                if isinstance(node, FunctionNode) and not node.decorator_list
            ]
    if any(mentioned[name] for name in DYNAMIC):
        return set()
    return _never_mentioned(functions, mentioned)


def _never_mentioned(functions: list[tuple[str, int, Counter[str]]], mentioned: Counter[str]) -> set[int]:
    unused: set[int] = set()
    for _ in range(MOST_ROUNDS):
        beginnings = tuple(name for name, count in mentioned.items() if count > 0 and name.endswith("_"))
        more = [each for each in functions if each[1] not in unused and not each[0].startswith(beginnings)]
        more = [(name, node, own) for name, node, own in more if mentioned[name] <= own[name]]
        for _, node, own in more:
            unused.add(node)
            mentioned.subtract(own)
        if not more:
            break
    return unused


def _mentions(found: Nodes, top: ast.AST) -> Iterator[str]:
    """Every name in code and in texts under a node; a function's own name where it is defined is none."""
    yield from (node.id for node in found.under(top, ast.Name))
    yield from (node.attr for node in found.under(top, ast.Attribute))
    yield from (node.arg for node in found.under(top, ast.keyword) if node.arg)
    for alias in found.under(top, ast.alias):
        yield from alias.name.split(".")
    for text in found.under(top, ast.Constant):
        if isinstance(text.value, str):
            yield from WORD.findall(text.value)


def _without(module: Module, unused: frozenset[int]) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [module.tree] if module.tree else []
    while stack:
        node = stack.pop()
        if id(node) not in unused:
            yield node
            stack.extend(reversed(list(children(node))))
