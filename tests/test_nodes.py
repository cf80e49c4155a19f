"""The index of syntax nodes agrees with a plain walk, and calls are found under every alias."""

import ast

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.nodes import NO_CHILD, Nodes, nodes
from checks.profiles import PROFILES
from checks.tree import SourceTree

SOURCE = """
import wandb as wb
from torch import nn, save as keep

class Net(nn.Module):
    def forward(self, x):
        def inner(y=lambda z: z + 1):
            return [y(i) for i in x if i]
        return inner()

log = wb.log
log({"loss": 1})
wb.init(project="p")
keep(Net(), "m.pt")
"""


def index(text: str) -> Nodes:
    return Nodes(ast.parse(text))


def test_holds_what_a_walk_finds() -> None:
    found = index(SOURCE)
    assert found.tree is not None
    walked = {node for node in ast.walk(found.tree) if not isinstance(node, NO_CHILD)}
    assert set(found) == walked
    for node in walked:
        inside = {inner for inner in ast.walk(node) if not isinstance(inner, NO_CHILD)}
        assert set(found.under(node)) == inside
        assert all(found.within(inner, node) for inner in inside)
        assert all(found.parent(child) is node for child in ast.iter_child_nodes(node) if child in walked)
    lines = [call.lineno for call in found.of(ast.Call, ast.Lambda)]
    assert lines == sorted(lines)


def test_knows_what_is_around() -> None:
    found = index(SOURCE)
    comparison = next(found.of(ast.ListComp))
    inner = found.function(comparison)
    assert inner is not None
    assert inner.name == "inner"
    assert isinstance(found.statement(comparison), ast.Return)
    outer = found.nearest(inner, ast.ClassDef)
    assert outer is not None
    assert outer.name == "Net"
    assert found.before(outer, inner)


def test_a_file_that_does_not_parse_has_no_nodes() -> None:
    context = Context(SourceTree.of({"src/main.py": "def ("}), PROFILES["experiment"])
    assert list(context.fact(nodes)["src/main.py"]) == []
    assert list(context.fact(calls)["src/main.py"]) == []


def test_a_deep_file_does_not_end_the_walk() -> None:
    deep: ast.expr = ast.Name("x")
    for _ in range(50_000):
        deep = ast.Attribute(deep, "y")
    found = Nodes(ast.Module([ast.Expr(deep)], []))
    assert sum(1 for _ in found.of(ast.Attribute)) == 50_000


def test_finds_calls_by_name_and_by_origin() -> None:
    context = Context(SourceTree.of({"src/main.py": SOURCE}), PROFILES["experiment"])
    found = context.fact(calls)["src/main.py"]
    assert [call.lineno for call in found.to("wandb.log", "wandb.init")] == [12, 13]
    assert [call.lineno for call in found.named("log")] == [12]
    assert [call.lineno for call in found.to("torch.save")] == [14]
