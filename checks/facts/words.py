"""Every text and every name in the tree's Python code, for questions of the kind "is this mentioned at all?"."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.python import Module, modules


@dataclass(frozen=True, slots=True)
class Words:
    """What one file mentions, comments and documentation left out.

    Args:
        texts: string constants, the fixed parts of f-strings among them.
        names: variables, attributes, keyword arguments, parameters and imported names.
    """

    texts: frozenset[str]
    names: frozenset[str]

    def mention(self, *parts: str) -> bool:
        """Whether any text or name contains one of the parts, upper and lower case alike."""
        return any(part.lower() in word.lower() for part in parts for word in (*self.texts, *self.names))


def words(context: Context) -> Mapping[str, Words]:
    """What each file mentions, by path; use it as ``context.fact(words)``."""
    found = {}
    for path, module in context.fact(modules).items():
        with context.reading(path):
            found[path] = _words(module)
    return found


def _words(module: Module) -> Words:
    texts: set[str] = set()
    names: set[str] = set()
    documentation = {id(node) for node in _documentation(module)}
    for node in module.walk():
        match node:
            case ast.Constant(value=str() as text) if id(node) not in documentation:
                texts.add(text)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str() as name):
                names.add(name)
            case ast.alias(name=name, asname=bound):
                names |= {name, bound or name}
    return Words(frozenset(texts), frozenset(names))


def _documentation(module: Module) -> list[ast.AST]:
    return [
        statement.value
        for node in module.walk()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body[:1]
        if isinstance(statement, ast.Expr)
    ]
