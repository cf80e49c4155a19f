"""The code of each file that something may run: all of it but top-level functions that nothing in the tree mentions."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.python import Module, modules
from checks.facts.reach import FunctionNode
from checks.facts.syntax import children, walk

DYNAMIC = frozenset({"eval", "exec", "globals", "locals", "__import__", "inspect", "pydoc", "runpy"})
"""Names that find functions by other means than their own names; where one is used, no function is left out."""

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
            mentioned.update(re.findall(r"\w+", data.decode("utf-8", "replace")))
    functions: list[tuple[str, int, Counter[str]]] = []
    for path, module in found.items():
        with context.reading(path):
            mentioned.update(_mentions(module.walk()))
            functions += [
                (node.name, id(node), Counter(_mentions(walk(node))))
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


def _mentions(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Every name in code and in texts; a function's own name where it is defined is none."""
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")
            case ast.Constant(value=str() as text):
                yield from re.findall(r"\w+", text)


def _without(module: Module, unused: frozenset[int]) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [module.tree] if module.tree else []
    while stack:
        node = stack.pop()
        if id(node) not in unused:
            yield node
            stack.extend(reversed(list(children(node))))
