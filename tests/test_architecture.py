"""The layout's promises: which way imports point, who may import what, no cycles, sizes that a reader can hold."""

import ast
import statistics
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

from checks.context import Context
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = ("bot/demo/example/",)

LAYERS = (
    ("bot.__main__",),
    ("bot.cli",),
    ("bot.demo",),
    ("bot.serve",),
    ("bot.impatient",),
    ("bot.app",),
    ("bot.webhook", "bot.dispatcher"),
    ("bot.handlers",),
    ("bot.router",),
    ("bot.workflows",),
    ("bot.edges",),
    ("bot.core", "bot.settings"),
    ("checks",),
)
"""From the top down: a module may import from its own row's package and from rows below it, never from above."""

ONE_IMPORTER = {
    "alembic": ("bot.edges",),
    "dbos": ("bot.edges",),
    "dotenv": ("bot.settings",),
    "github": ("bot.edges",),
    "hydra": ("checks.facts",),
    "jinja2": ("bot.demo", "checks.report"),
    "libcst": ("checks.facts",),
    "markupsafe": ("checks.report",),
    "markdown_it": ("bot.demo",),
    "omegaconf": ("checks.facts",),
    "openai": ("bot.edges",),
    "psycopg": ("bot.edges",),
    "pydantic_settings": ("bot.settings",),
    "pyflakes": ("checks.facts",),
    "pygments": ("checks.report",),
    "sqlalchemy": ("bot.edges",),
    "tomli": ("checks.facts",),
    "unidiff": ("bot.core",),
    "yaml": ("checks.facts",),
    # The demonstration plays GitHub's part, so it needs the other end of what the edges use.
    "cryptography": ("bot.edges", "bot.demo"),
    "httpx": ("bot.edges", "bot.demo"),
    "jwt": ("bot.edges", "bot.demo"),
}
"""Outside library to the packages that alone may import it."""

WEB = {"fastapi", "pydantic", "pydantic_core", "starlette", "uvicorn"}
TERMINAL = {"rich", "typer"}
READERS = {"packaging"}
"""Libraries that several packages share: the web application's, the terminal's, and the grammar of requirements."""


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("bot", "checks", include_external_packages=True)


def row_of(module: str) -> int | None:
    for index, row in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in row):
            return index
    return None


def test_imports_point_down() -> None:
    wrong = []
    for module in sorted(graph().modules):
        here = row_of(module)
        for imported in sorted(graph().find_modules_directly_imported_by(module)):
            there = row_of(imported)
            if here is not None and there is not None and there < here:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_every_module_has_a_layer() -> None:
    ours = {module for module in graph().modules if module.startswith(("bot.", "checks."))}
    assert sorted(module for module in ours if row_of(module) is None and "demo.example" not in module) == []


@pytest.mark.parametrize(("library", "owners"), ONE_IMPORTER.items())
def test_outside_library_has_one_importer(library: str, owners: tuple[str, ...]) -> None:
    importers = graph().find_modules_that_directly_import(library) if library in graph().modules else set()
    inside = tuple(f"{owner}." for owner in owners)
    assert sorted(module for module in importers if module not in owners and not module.startswith(inside)) == []


def test_every_outside_library_is_in_a_table() -> None:
    outside = {module for module in graph().modules if module.split(".")[0] not in {"bot", "checks"}}
    assert outside - sys.stdlib_module_names - ONE_IMPORTER.keys() - WEB - TERMINAL - READERS == set()


def test_our_own_imports_are_declared_by_our_own_rule() -> None:
    ours = load(str(ROOT))
    files = {path: data for path, data in ours.files.items() if path.startswith(("bot/", "checks/")) or "/" not in path}
    shipped = {path: data for path, data in files.items() if not path.startswith(NOT_OURS)}
    context = Context(SourceTree(shipped), PROFILES["experiment"])
    assert [finding.message for finding in rule("complete-implementation/undeclared-import").findings(context)] == []


def test_no_cycles() -> None:
    ours = {module for module in graph().modules if module.split(".")[0] in {"bot", "checks"}}
    edges = {module: {m for m in graph().find_modules_directly_imported_by(module) if m in ours} for module in ours}
    while free := {module for module, below in edges.items() if not below & edges.keys()}:
        edges = {module: below for module, below in edges.items() if module not in free}
    assert sorted(edges) == [], "these modules import each other in a circle, or stand above such a circle"


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in sources("bot")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"bot/settings.py"}


def sources(*tops: str) -> list[Path]:
    return [
        path
        for top in tops
        for path in sorted((ROOT / top).rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(NOT_OURS)
    ]


def lines_of_cases(tree: ast.Module) -> int:
    """The lines of a rule's examples, which are its tests."""
    return sum(
        (node.end_lineno or 0) - node.lineno + 1
        for outer in tree.body
        if isinstance(outer, ast.ClassDef)
        for node in outer.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if node.targets[0].id in {"valid", "invalid"}
    )


def test_files_and_functions_stay_small() -> None:
    lengths, functions, large = [], [], []
    for path in sources("bot", "checks"):
        text = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        tree = ast.parse(text)
        if text.count("\n") > 400:
            large.append(f"{name}: {text.count(chr(10))} lines")
        lengths.append(text.count("\n") - lines_of_cases(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions.append((node.end_lineno or 0) - node.lineno + 1)
                if functions[-1] > 50:
                    large.append(f"{name}:{node.lineno} {node.name}: {functions[-1]} lines")
    assert large == []
    assert statistics.median(lengths) <= 100
    assert statistics.median(functions) <= 12
