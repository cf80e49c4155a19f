"""Exact replacements: everything else on the lines stays as written."""

import ast

import pytest

from checks.context import Context
from checks.facts.rewrite import with_argument
from checks.profiles import PROFILES
from checks.tree import SourceTree


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f()\n", "x = f(k=1)"),
        ("x = f( 'ä', b )  # why\n", "x = f( 'ä', b, k=1)  # why"),
        ("x = f(a,)\n", "x = f(a, k=1)"),
        ("x = f(\n    a,\n    b=g(2),\n)\n", "x = f(\n    a,\n    b=g(2),\n    k=1,\n)"),
        ("x = f(\n    a\n)\n", "x = f(\n    a,\n    k=1,\n)"),
        ("x = f(a,\n      b)\n", "x = f(a,\n      b, k=1)"),
        ("x = f(i for i in y)\n", None),
        ("x = f(\n    a  # why\n)\n", None),
    ],
)
def test_an_argument_is_added(before: str, after: str | None) -> None:
    context = Context(SourceTree.of({"src/a.py": before}), PROFILES["experiment"])
    statement = ast.parse(before).body[0]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Call)
    found = with_argument(context, "src/a.py", statement.value, "k=1")
    assert found == after
    if found is not None:
        ast.parse(found)
