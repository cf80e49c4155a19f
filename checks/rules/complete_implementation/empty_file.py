"""``complete-implementation/empty-file``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pyproject import PATH as PYPROJECT
from checks.facts.python import Module, modules
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid


class EmptyFile(Rule):
    """A listed file that is there and holds nothing.

    What it finds
        A Python file of the profile's list without a single statement: empty, or only comments, a docstring, `pass` or
        `...`; also one whose code is a single comment because its line breaks are the two characters `\\n`. A
        `pyproject.toml` that is empty or only comments.

    Why it matters
        The file satisfies the list and does nothing: its part of the experiment is missing.

    How to fix
        Write the file's part of the experiment.

    What it cannot see
        A file that has statements and still does nothing useful. Empty configuration files are
        `configuration-files/not-a-mapping`.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    valid = (
        Valid("one statement", {"src/model.py": '"""Model."""\nx = 1\n'}),
        Valid("imports alone", {"src/model.py": "from src.train import Net\n"}),
        Valid("not on the list", {"src/__init__.py": ""}),
        Valid("does not parse", {"src/model.py": "def ("}),
        Valid("project file", {PYPROJECT: '[project]\nname = "a"\n'}),
    )
    invalid = (
        Invalid("nothing", {"src/model.py": ""}, ("src/model.py",)),
        Invalid("blank lines and comments", {"src/model.py": "\n# later\n\n"}, ("src/model.py",)),
        Invalid("docstring and pass", {"src/main.py": '"""Main."""\npass\n...\n'}, ("src/main.py",)),
        Invalid("idle start", {"src/main.py": "if __name__ == '__main__':\n    pass\n"}, ("src/main.py",)),
        Invalid("one comment with literal line breaks", {"src/model.py": "# a\\nimport torch\\n"}, ("src/model.py",)),
        Invalid("project file of comments", {PYPROJECT: "# later\n"}, (PYPROJECT,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file."""
        found = context.fact(modules)
        for path in context.profile.files:
            module = found.get(path)
            if (module is not None and _says_nothing(module)) or (path == PYPROJECT and _is_blank(context)):
                yield Hit(
                    message=f"`{path}` is there and holds {'no statement' if module else 'nothing'}.",
                    path=path,
                    fix=Fix(summary="Write the file's part of the experiment."),
                    identity=path,
                )


def _says_nothing(module: Module) -> bool:
    waiting = list(module.tree.body) if module.tree is not None else []
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.If):
            waiting += (*statement.body, *statement.orelse)
        elif not _is_idle(statement):
            return False
    return module.tree is not None


def _is_idle(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_blank(context: Context) -> bool:
    return PYPROJECT in context.tree.files and all(
        not line.strip() or line.lstrip().startswith("#") for line in context.lines(PYPROJECT)
    )
