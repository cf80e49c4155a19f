"""What ``self.name`` stands for in a class."""

import ast

import pytest

from checks.context import Context
from checks.facts.nodes import nodes
from checks.facts.own_attributes import own_attributes
from checks.profiles import PROFILES
from checks.tree import SourceTree


def value(body: str, after: str = "") -> str | None:
    lines = "".join(f"    {line}\n" for line in f"{body}\ndef use(self):\n    print(self.x)".split("\n"))
    context = Context(SourceTree({"src/a.py": f"class A:\n{lines}{after}".encode()}), PROFILES["experiment"])
    uses = [each for each in context.fact(nodes)["src/a.py"].of(ast.Attribute) if isinstance(each.ctx, ast.Load)]
    found = context.fact(own_attributes).value("src/a.py", next(each for each in uses if each.attr == "x"))
    return ast.unparse(found) if found is not None else None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = 1", "1"),
        ("def __init__(self, y):\n    self.x = y + 1", "y + 1"),
        ("@property\ndef x(self):\n    return 'a'", "'a'"),
        ("def x(self):\n    return 'a'", None),
        ("x = 1\ndef set(self):\n    self.x = 2", None),
        ("def set(self):\n    self.x, self.y = 1, 2", None),
        ("x: int = 1", None),
        ("y = 1", None),
    ],
)
def test_takes_the_one_value(body: str, expected: str | None) -> None:
    assert value(body) == expected


def test_a_class_made_from_it_may_have_another() -> None:
    assert value("x = 1", "class B(A):\n    x = 2\n") is None


def test_names_every_attribute_that_a_class_gives() -> None:
    code = b"class A:\n    x = 1\n\n    @property\n    def y(self):\n        return self.z\n\n\nA().w = 2\n"
    known = Context(SourceTree({"src/a.py": code}), PROFILES["experiment"]).fact(own_attributes)
    assert known.names == {"x", "y"}
