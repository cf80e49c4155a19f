"""Expressions made of one variable and constants, worked out for any value of the variable."""

import ast
from collections.abc import Callable
from functools import reduce

from checks.facts.syntax import Parents

Path = Callable[[str], str]


def around(node: ast.AST, parents: Parents) -> tuple[ast.expr, Path] | None:
    """The largest expression that only reshapes the text of ``node``, with what it makes of a text.

    Understood are ``f"a.{k}"``, ``"a." + k``, ``k.replace("_", ".")``, ``k.lower()``, ``k.strip()`` and ``str(k)``.
    None for a part of an f-string whose other parts are unknown.
    """
    steps: list[Path] = []
    current = node
    while True:
        parent = parents.get(current)
        if isinstance(parent, ast.FormattedValue) and parent.format_spec is None:
            current = parent
            continue
        step = _step(parent, current, parents)
        if step is None:
            break
        outer, change = step
        steps.append(change)
        current = outer
    return (
        (current, _all(steps))
        if isinstance(current, ast.expr) and not isinstance(current, ast.FormattedValue)
        else None
    )


def _all(steps: list[Path]) -> Path:
    return lambda text: reduce(lambda value, step: step(value), steps, text)


def _step(parent: ast.AST | None, current: ast.AST, parents: Parents) -> tuple[ast.expr, Path] | None:
    match parent:
        case ast.JoinedStr(values=values):
            before, after = _constants(values, current)
            return None if before is None or after is None else (parent, _wrap(before, after))
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str(before)), right=right) if right is current:
            return parent, _wrap(before, "")
        case ast.BinOp(op=ast.Add(), left=left, right=ast.Constant(value=str(after))) if left is current:
            return parent, _wrap("", after)
        case ast.Call(func=ast.Name(id="str"), args=[only]) if only is current:
            return parent, str
        case ast.Attribute(attr=name):
            call = parents.get(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                return _method(call, name)
    return None


def _method(call: ast.Call, name: str) -> tuple[ast.expr, Path] | None:
    given = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if len(given) != len(call.args) or call.keywords:
        return None
    if name == "replace" and len(given) == 2:
        return call, lambda text: text.replace(given[0], given[1])
    if name in ("lower", "strip") and not given:
        return call, lambda text: text.lower() if name == "lower" else text.strip()
    return None


def _wrap(before: str, after: str) -> Path:
    return lambda text: f"{before}{text}{after}"


def _constants(values: list[ast.expr], current: ast.AST) -> tuple[str | None, str | None]:
    index = next((number for number, value in enumerate(values) if value is current), 0)
    return _joined(values[:index]), _joined(values[index + 1 :])


def _joined(values: list[ast.expr]) -> str | None:
    texts = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return "".join(texts) if len(texts) == len(values) else None
