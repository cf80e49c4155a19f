"""Where configuration comes into the program: Hydra's applications, and configuration files that the code reads."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.hydra_apps import COMPOSERS, MAIN
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode

LOADERS = frozenset(
    {"omegaconf.OmegaConf.load", "yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load"}
)  # fmt: skip
"""Calls that read a YAML file."""


class Kind(StrEnum):
    """Which configuration a value is, or is part of."""

    HYDRA = "hydra"
    MAIN = "main"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Source:
    """One place where configuration comes in.

    Args:
        kind: composed by Hydra, ``config/config.yaml`` read as a file, or a run configuration read as a file.
        path: the Python file.
        line: line of the decorator or call, counted from 1.
        file: the YAML file that is read; empty for Hydra and where the run decides it.
        plain: whether it is a plain dictionary, not OmegaConf's.
    """

    kind: Kind
    path: str
    line: int
    file: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A value that is a whole configuration: a call's result, or a parameter.

    Args:
        path: the file.
        node: the ``ast.Call``, or the ``ast.arg``.
        source: what it is.
    """

    path: str
    node: ast.Call | ast.arg
    source: Source


def config_roots(context: Context) -> tuple[Root, ...]:
    """Every value of the tree that is a whole configuration where it comes in."""
    local: LocalCalls = context.fact(local_calls)
    found: list[Root] = []
    for path, some in context.fact(calls).items():
        names = context.fact(imports)[path]
        if names.all:
            found += _hydra(path, some, context.fact(nodes)[path], local)
            found += _loaded(path, some, names, context.fact(nodes))
    return tuple(found)


def _hydra(path: str, found: Calls, tree: Nodes, local: LocalCalls) -> Iterator[Root]:
    for call in found.to(*COMPOSERS):
        yield Root(path, call, Source(Kind.HYDRA, path, call.lineno))
    for call in found.to(MAIN):
        outer = tree.parent(call)
        function: ast.AST | None = outer if isinstance(outer, FunctionNode) else None
        if isinstance(outer, ast.Call) and outer.func is call and outer.args:
            where = local.definition(path, outer.args[0])
            function = where[1] if where and where[0] == path else None
        if isinstance(function, FunctionNode):
            parameters = [*function.args.posonlyargs, *function.args.args]
            if parameters:
                yield Root(path, parameters[0], Source(Kind.HYDRA, path, call.lineno))


def _loaded(path: str, found: Calls, names: Imports, trees: Mapping[str, Nodes]) -> Iterator[Root]:
    for call in found.named("load", "safe_load", "full_load", "unsafe_load"):
        origin = found.origin(call)
        if origin in LOADERS and (call.args or call.keywords):
            given = call.args[0] if call.args else call.keywords[0].value
            name = _file_name(trees[path], names, given)
            kind = _kind(name)
            if kind is not None:
                file = "config/config.yaml" if kind is Kind.MAIN else ""
                yield Root(path, call, Source(kind, path, call.lineno, file, origin.startswith("yaml")))


def _kind(name: str) -> Kind | None:
    """``config/config.yaml`` and ``config/runs/*.yaml``, where ``*`` stands for what is not written."""
    if re.search(r"(^|[/*])config\.ya?ml$", name):
        return Kind.MAIN
    if re.search(r"(^|/|\*)runs?/.*\*", name) and (name.endswith((".yaml", ".yml", "*"))):
        return Kind.RUN
    return None


MOST_STEPS = 12
"""Names and parts of an expression that a file's name is put together from."""


def _file_name(tree: Nodes, names: Imports, node: ast.expr) -> str:
    """The written parts of a path in order, joined by ``/``, with ``*`` for the others."""
    parts: list[str] = []
    stack: list[ast.expr] = [node]
    steps = 0
    while stack and steps < MOST_STEPS * 3:
        steps += 1
        current = stack.pop()
        match current:
            case ast.Constant(value=str(text)):
                parts.append(text)
            case ast.JoinedStr(values=values):
                parts.append("".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in values))
            case ast.BinOp(left=left, right=right):
                stack += [right, left]
            case ast.Call(func=ast.Name(id="open" | "Path" | "str"), args=[first, *rest]):
                stack += [*(reversed(rest) if current.func.id != "open" else ()), first]  # type: ignore[attr-defined]
            case ast.Call(func=ast.Attribute(value=inner, attr=attr), args=args):
                own = attr in ("read_text", "open", "read", "resolve", "absolute", "as_posix", "expanduser")
                stack += [inner] if own else [*reversed(args)]
                stack += [inner] if attr == "joinpath" else []
            case ast.Name():
                value = _value(tree, names, current)
                if value is None:
                    parts.append("*")
                else:
                    stack.append(value)
            case _:
                parts.append("*")
    return "/".join(parts)


def _value(tree: Nodes, names: Imports, name: ast.Name) -> ast.expr | None:
    """What a name is assigned, or opened as by ``with open(...) as name``."""
    bound = names.bindings(name)
    if len(bound) != 1:
        near = [tree.nearest(each, ast.With) for each in bound]
        inside = [each for each, outer in zip(bound, near, strict=True) if outer and tree.within(name, outer)]
        bound = tuple(inside) if len(inside) == 1 else ()
    if not bound:
        return None
    if isinstance(bound[0], ast.Assign):
        return bound[0].value
    parent = tree.parent(bound[0])
    if isinstance(parent, ast.withitem):
        return parent.context_expr
    return parent.value if isinstance(parent, ast.AnnAssign) else None
