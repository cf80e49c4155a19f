"""How a file reads what argparse parsed: ``args.name``, ``vars(args)["name"]``, ``args.__dict__.get("name")``, ..."""

import ast

from checks.facts.imports import Imports
from checks.facts.syntax import Parents, dotted, keyword, walk

MAKERS = frozenset({"argparse.Namespace", "types.SimpleNamespace", "collections.namedtuple"})
"""What makes another object with attributes of the same names."""

SHOWN = frozenset({"print", "len", "str", "repr", "info", "debug"})


class ParsedValues:
    """The reads of one argument in one file.

    Args:
        tree: the file.
        known: what its names stand for.
        name: the argument's name as an attribute.
    """

    def __init__(self, tree: ast.Module, known: Imports, name: str) -> None:
        self._name = name
        self._known = known
        self._nodes = list(walk(tree))
        self._parents = Parents(tree)
        self._makers = _makers(self._nodes)
        self._dictionaries = {
            node.targets[0].id
            for node in self._nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and self._is_all(node.value)
        }
        self._parsed = {
            part.id
            for node in self._nodes
            if isinstance(node, ast.Assign) and _parses(node.value)
            for part in walk(node.targets[0])
            if isinstance(part, ast.Name)
        }
        self._bases = {
            dotted(node.value) for node in self._nodes if isinstance(node, ast.Attribute) and node.attr == name
        }
        self._classes = {node.name for node in self._nodes if isinstance(node, ast.ClassDef)}

    def reads(self, value: ast.expr) -> bool:
        """Whether an expression is the argument's value."""
        match value:
            case ast.Attribute(attr=attr):
                return attr == self._name
            case ast.Subscript(value=base, slice=ast.Constant(value=key)):
                return key == self._name and self._is_dictionary(base)
            case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[ast.Constant(value=key), *_]):
                return key == self._name and self._is_dictionary(base)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=key), *_]):
                return key == self._name
        return False

    def may_change(self) -> bool:
        """Whether the file may put another value in the argument's place, or does what is not followed here."""
        return any(self._changes(node) for node in self._nodes)

    def _changes(self, node: ast.AST) -> bool:
        match node:
            case ast.Attribute(attr=attr, ctx=ctx) if attr == self._name and not isinstance(ctx, ast.Load):
                return True
            case ast.Call(func=ast.Name(id="setattr" | "delattr")):
                return True
            case ast.Call() if keyword(node, self._name) and self._makes_another(node.func):
                return True
            case ast.Call(args=given) if any(map(_parses, given)) and dotted(node.func) not in ("vars", "print"):
                return True
            case ast.Return(value=ast.Call() as call):
                return self._is_rebuilt(call)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if name in self._bases:
                return self._is_rebuilt(call)
            case ast.Name(id=name, ctx=ast.Store()) if name in self._dictionaries:
                parent = self._parents[node]
                return not (isinstance(parent, ast.Assign) and self._is_all(parent.value))
            case ast.expr() if self._is_dictionary(node) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                return not self._is_only_read(node)
        return False

    def _makes_another(self, called: ast.expr) -> bool:
        return self._known.resolve(called) in MAKERS or dotted(called) in self._classes

    def _is_rebuilt(self, call: ast.Call) -> bool:
        """Whether a call is given everything that was parsed, as in ``args = clean(args)``."""
        given = [*call.args, *(word.value for word in call.keywords)]
        whole = any(isinstance(each, ast.Name) and each.id in self._parsed for each in given)
        return whole and dotted(call.func) not in ("vars", "print")

    def _is_all(self, node: ast.AST) -> bool:
        """Whether an expression is the dictionary of everything that was parsed."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self._makers:
            return True
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and node.func.id == "vars" and len(node.args) == 1
        return isinstance(node, ast.Attribute) and node.attr == "__dict__"

    def _is_dictionary(self, node: ast.AST) -> bool:
        return self._is_all(node) or (isinstance(node, ast.Name) and node.id in self._dictionaries)

    def _is_only_read(self, node: ast.AST) -> bool:
        parent = self._parents[node]
        match parent:
            case ast.Subscript(slice=ast.Constant(), ctx=ast.Load()) | ast.Assign() | ast.Attribute(attr="get"):
                return True
            case ast.Return():
                return isinstance(node, ast.Call)
            case ast.Call(func=func):
                return (func.attr if isinstance(func, ast.Attribute) else dotted(func)) in SHOWN
        return isinstance(parent, ast.FormattedValue)


def _parses(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(("parse_args", "parse_known", "parse_inter"))
    )


def _makers(nodes: list[ast.AST]) -> frozenset[str]:
    """The functions that return ``vars(parser.parse_args())`` and nothing else."""
    found: set[str] = set()
    if not any(isinstance(node, ast.Name) and node.id == "vars" for node in nodes):
        return frozenset()
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            returned = [each.value for each in walk(node) if isinstance(each, ast.Return)]
            if len(returned) == 1 and isinstance(returned[0], ast.Call) and _is_vars(returned[0]):
                found.add(node.name)
    return frozenset(found)


def _is_vars(call: ast.Call) -> bool:
    return dotted(call.func) == "vars" and len(call.args) == 1 and _parses(call.args[0])
