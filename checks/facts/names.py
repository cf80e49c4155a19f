"""Names that are used and that nothing defines, as pyflakes finds them and CPython would fail on them."""

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyflakes import messages
from pyflakes.checker import Checker

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.imports import imports
from checks.facts.python import Module, modules
from checks.facts.syntax import walk

NEWER_BUILTINS = frozenset({"PythonFinalizationError", "frozendict", "__conditional_annotations__", "__annotate__"})
"""Built-in names of Python versions above the one that Referee runs on."""
KNOWN = frozenset(dir(builtins)) | {"__file__", "__name__", "__path__"}
"""Names that need no definition; where a file uses no other without one, there is nothing to look for."""
DYNAMIC = frozenset({"globals", "exec", "locals", "vars", "__builtins__", "builtins"})
"""Names whose use says that a module may define names in ways that its text does not show."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """One use of a name that nothing defines.

    Args:
        name: the name.
        line: where it is first used, counted from 1.
    """

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Names:
    """What one file's names lack.

    Args:
        undefined: each undefined name once, at its first use.
        too_deep: whether the file is nested too deeply to be followed.
    """

    undefined: tuple[Undefined, ...] = ()
    too_deep: bool = False


def names(context: Context) -> Mapping[str, Names]:
    """The undefined names of every Python file that parses, by path."""
    found = {}
    for path, module in context.fact(modules).items():
        if module.tree is not None:
            with context.reading(path):
                bound = context.fact(imports)[path]
                suspect = any(bound.scope(name) is None and name.id not in KNOWN for name in module.nodes.of(ast.Name))
                found[path] = _names(module, module.tree) if suspect else Names()
    return found


def _names(module: Module, tree: ast.Module) -> Names:
    dynamic = [node for node in module.nodes.of(ast.Name) if node.id in DYNAMIC]
    harmless = {id(name) for node in module.walk() for name in _defines_nothing(node)} if dynamic else set()
    if any(id(node) not in harmless for node in dynamic):
        return Names()
    try:
        reported = Checker(tree, module.path, builtins=NEWER_BUILTINS, withDoctest=False).messages
    except RecursionError:
        return Names(too_deep=True)
    reported = [message for message in reported if isinstance(message, messages.UndefinedName)]
    uses = {(use.id, use.lineno, use.col_offset) for use in _evaluated(tree)} if reported else set()
    deleted = {node.id for node in module.walk() if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}
    first: dict[str, int] = {}
    for message in reported:
        name = str(message.message_args[0])
        if name not in deleted and (name, message.lineno, message.col) in uses:
            first[name] = min(first.get(name, message.lineno), message.lineno)
    return Names(tuple(Undefined(name, line) for name, line in sorted(first.items(), key=lambda item: item[1])))


def _defines_nothing(node: ast.AST) -> Iterator[ast.expr]:
    """The names under a node by which no name of the module comes to be, though they are dynamic.

    ``vars(args)``, ``globals()["train"]``, ``wandb.config.update(locals())``, ``exec(code, {})``.
    """
    match node:
        case ast.Call(func=ast.Name(id="vars") as name, args=[_, *_]):
            yield name
        case ast.Call(func=ast.Name(id="exec") as name, args=[_, ast.Name() | ast.Dict(), *_]):
            yield name
        case ast.Subscript(value=ast.Call(func=ast.Name() as name, args=[]), ctx=ast.Load()):
            yield name
        case ast.Call(func=function, args=given, keywords=words) if last_name(function) not in ("exec", "eval"):
            for value in (*given, *(word.value for word in words)):
                if isinstance(value, ast.Call) and last_name(value.func) in ("locals", "vars"):
                    yield value.func


def _evaluated(tree: ast.Module) -> Iterator[ast.Name]:
    """Every name that CPython evaluates: not in a text, in a postponed annotation or in one of a local variable."""
    postponed = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and "annotations" in {n.name for n in node.names}
        for node in tree.body
    )
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, local = stack.pop()
        if isinstance(node, ast.Name):
            yield node
        inside = local
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = True
        elif isinstance(node, ast.ClassDef):
            inside = False
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns") and (postponed or (local and isinstance(node, ast.AnnAssign))):
                continue
            if field == "body" and isinstance(node, ast.If) and _may_not_run(node.test):
                continue
            children = value if isinstance(value, list) else [value]
            stack.extend((child, inside) for child in children if isinstance(child, ast.AST))


def _may_not_run(test: ast.expr) -> bool:
    """Whether a branch is for the type checker or for some versions and platforms alone."""
    named = {last_name(node) for node in walk(test) if isinstance(node, ast.Name | ast.Attribute)}
    return bool(named & {"TYPE_CHECKING", "version_info", "platform"})
