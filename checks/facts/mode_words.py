"""Which expressions may depend on the mode: a cheap look before one is worked out.

A name counts when it is assigned, given or returned something that mentions such a name, or is assigned in a branch on
one. Scopes are ignored, so the answer errs towards looking.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.mode_keys import CONFIG_NAME
from checks.facts.nodes import Nodes, nodes

SEEDS = re.compile(r"(?i)(is_|in_|_)*(trial|full)(_mode|_run)?|\w*mode|__name__")
PASSING = frozenset(
    {"lower", "upper", "strip", "casefold", "str", "bool", "int", "float", "min", "max", "get", "getattr", "select",
     "startswith", "endswith", "dict", "title", "capitalize", "not"}
)  # fmt: skip
"""Calls whose result is worked out from their arguments."""
MOST_NAMES = 400
"""Names that are followed; a tree has some tens."""
BRANCHES = (ast.If, ast.While, ast.Match)
Occurrence = tuple[str, ast.AST]


class ModeWords:
    """The names of a tree that may hold what depends on the mode, and the expressions that mention one.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._uses: dict[str, list[Occurrence]] = defaultdict(list)
        self._functions: dict[str, list[ast.AST]] = defaultdict(list)
        for path, found in self._nodes.items():
            self._index(path, found)
        self.occurrences: list[Occurrence] = []
        self._marked: set[ast.AST] = set()
        self._told: set[ast.AST] = set()
        todo = [name for name in self._uses if SEEDS.fullmatch(name)]
        seen: set[str] = set()
        while todo and len(seen) < MOST_NAMES:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            for path, node in self._uses.get(name, ()):
                self.occurrences.append((path, node))
                todo += self._spread(self._nodes[path], node)

    def __contains__(self, node: ast.AST) -> bool:
        """Whether an expression, or the head of a statement, mentions one of the names."""
        return node in self._marked

    def uses(self, name: str) -> list[Occurrence]:
        """Where a name is read anywhere in the tree, and where a text is just this name."""
        return self._uses.get(name, [])

    def _index(self, path: str, found: Nodes) -> None:
        uses = self._uses
        for name in found.of(ast.Name):
            if isinstance(name.ctx, ast.Load):
                uses[name.id].append((path, name))
        for attribute in found.of(ast.Attribute):
            if isinstance(attribute.ctx, ast.Load):
                uses[attribute.attr].append((path, attribute))
        for text in found.of(ast.Constant):
            if isinstance(text.value, str) and text.value.isidentifier():
                uses[text.value].append((path, text))
        for function in found.of(ast.FunctionDef):
            owner = found.parent(function)
            made = function.name == "__init__" and isinstance(owner, ast.ClassDef)
            self._functions[owner.name if made and isinstance(owner, ast.ClassDef) else function.name].append(function)

    def _is_new(self, found: Nodes, branch: ast.AST) -> bool:
        """Whether what a branch writes was not told before; a long ``elif`` chain is one branch in another."""
        outer = found.nearest(branch, ast.If, ast.While, ast.Match)
        known = branch in self._told or (
            outer in self._told and outer is not None and found.function(outer) is found.function(branch)
        )
        self._told.add(branch)
        return not known

    def _spread(self, found: Nodes, node: ast.AST) -> Iterator[str]:
        """The names that what mentions a name goes to."""
        self._marked.add(node)
        below = node
        for above in found.above(node):
            self._marked.add(above)
            match above:
                case ast.Call(func=func) if below is not func and called_name(above) not in PASSING:
                    yield from self._given(above, below)
                    return
                case ast.FormattedValue():
                    return
                case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                    yield from _targets(found, above)
                case ast.Return():
                    function = _enclosing(found, above)
                    yield from [function.name] if function is not None else []
                case ast.If() | ast.While() | ast.Match() if self._is_new(found, above):
                    yield from _written(found, above)
            if isinstance(above, ast.stmt):
                return
            below = above

    def _given(self, call: ast.Call, argument: ast.AST) -> Iterator[str]:
        """The parameters that an argument becomes."""
        if isinstance(argument, ast.keyword):
            yield from [argument.arg] if argument.arg else []
            return
        for function in self._functions.get(called_name(call), ()):
            names = [each.arg for each in plain_parameters(function)]
            place = call.args.index(argument) if argument in call.args else len(names)
            place += names[:1] in (["self"], ["cls"])
            yield from (name for name in names[place : place + 1] if not _is_common(name))


def mode_words(context: Context) -> ModeWords:
    """What may depend on the mode; use it as ``context.fact(mode_words)``."""
    return ModeWords(context)


def plain_parameters(function: ast.AST) -> list[ast.arg]:
    """The plain parameters of a function."""
    arguments = getattr(function, "args", None)
    if not isinstance(arguments, ast.arguments):
        return []
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _targets(found: Nodes, store: ast.AST) -> Iterator[str]:
    for target in getattr(store, "targets", None) or [getattr(store, "target", store)]:
        yield from (name for name in _stored(found, target) if not _is_common(name))


def _stored(found: Nodes, target: ast.AST) -> Iterator[str]:
    if isinstance(target, ast.Attribute):
        yield target.attr
    elif isinstance(target, ast.Subscript):
        yield from [str(target.slice.value)] if isinstance(target.slice, ast.Constant) else []
    else:
        yield from (each.id for each in found.under(target, ast.Name) if isinstance(each.ctx, ast.Store))


def _is_common(name: str) -> bool:
    """Whether a name is one that the whole configuration goes by, which everything is a part of."""
    return name in ("self", "cls") or bool(CONFIG_NAME.fullmatch(name.strip("_")))


def _enclosing(found: Nodes, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    return found.function(node)


def _written(found: Nodes, branch: ast.AST) -> Iterator[str]:
    """What is given a plain value or returned inside a branch, and the texts that its setters are given."""
    for store in found.under(branch, ast.Assign):
        if not isinstance(store.value, ast.Call) or called_name(store.value) in PASSING:
            yield from _targets(found, store)
    if any(True for _ in found.under(branch, ast.Return)):
        function = _enclosing(found, branch)
        yield from [function.name] if function is not None else []
    for call in found.under(branch, ast.Call):
        if called_name(call) in ("update", "setattr"):
            texts = (each.value for each in call.args if isinstance(each, ast.Constant))
            yield from (part for text in texts if isinstance(text, str) for part in text.split("."))
