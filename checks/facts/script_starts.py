"""Whether a file's own folder may be on the import path: it is for a script, it is not for ``python -m``."""

import ast
from dataclasses import dataclass

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.python import modules
from checks.facts.syntax import walk


@dataclass(frozen=True, slots=True)
class ScriptStarts:
    """How the tree's files come to run.

    Args:
        path_changed: whether any code touches ``sys.path`` or ``PYTHONPATH``.
        scripts: file names that texts in the code mention, such as ``train.py``.
        documented: files that a documented command starts with ``python -m``.
    """

    path_changed: bool
    scripts: frozenset[str]
    documented: frozenset[str]

    def may_find_neighbours(self, path: str) -> bool:
        """Whether ``import neighbour`` in the file may find the file beside it."""
        return self.path_changed or (bool(self.scripts) and path not in self.documented)


def runs_as_script(context: Context) -> ScriptStarts:
    """How the tree's files come to run, as far as texts and calls in the code tell."""
    changed, scripts = False, set[str]()
    names = {path.rsplit("/", 1)[-1] for path in context.fact(modules)}
    resolved = context.fact(imports)
    for path, module in context.fact(modules).items():
        prose = _docstrings(module.tree) if module.tree else frozenset()
        for node in module.walk():
            if isinstance(node, ast.Attribute) and node.attr == "path":
                changed = changed or resolved[path].resolve(node) == "sys.path"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                changed = changed or "PYTHONPATH" in node.value
                scripts.update(word for word in names if node.value.endswith(word))
    commands = {command.module.replace(".", "/") + ".py" for command in context.profile.commands}
    return ScriptStarts(changed, frozenset(scripts), frozenset(commands))


def _docstrings(tree: ast.Module) -> frozenset[int]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        id(node.body[0].value)
        for node in walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    )
