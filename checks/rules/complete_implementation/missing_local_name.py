"""``complete-implementation/missing-local-name``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.local_modules import LocalModules, local_modules
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL = """\
import torch as th

try:
    from fast import kernel
except ImportError:
    kernel = None

SIZES = {"small": 1}
first, (second, *rest) = 1, (2, 3)
if (limit := 3) > 2:
    def build():
        global built
        built = True
for index in range(3):
    pass
"""
USES = "from .model import SIZES, build, built, first, index, kernel, limit, rest, second, th\n"


class MissingLocalName(Rule):
    """A name is taken from a module of the tree that does not define it.

    What it finds
        `from .model import Net` and `import src.model as m; m.Net` where `src/model.py` defines no `Net` at its top
        level in any way: definition, assignment, import, loop, `with`, `global` in a function, star import.

    Why it matters
        The import ends the program with ImportError, the attribute with AttributeError.

    How to fix
        Define the name in that module, or import the one that is meant.

    What it cannot see
        Names that a module defines while it runs: one that uses `globals()`, `exec`, `setattr` or `__getattr__`, or
        takes all names of a library with `*`, is left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "command-line"}
    valid = (
        Valid("every way to define a name", {"src/train.py": USES, "src/model.py": MODEL}),
        Valid("attribute", {"src/train.py": "import src.model as m\nm.build()\n", "src/model.py": MODEL}),
        Valid("star import of a library", {"src/a.py": "from .b import x\n", "src/b.py": "from numpy import *\n"}),
        Valid(
            "star import of the tree",
            {"src/a.py": "from .b import x\n", "src/b.py": "from .c import *\n", "src/c.py": "x = 1\n"},
        ),
        Valid("module attribute set elsewhere", {"src/a.py": "from . import b\nb.x = 1\nb.x\n", "src/b.py": ""}),
        Valid("asked for first", {"src/a.py": "from . import b\nif hasattr(b, 'x'):\n    b.x\n", "src/b.py": ""}),
        Valid("defined while running", {"src/a.py": "from .b import x\n", "src/b.py": "globals()['x'] = 1\n"}),
    )
    invalid = (
        Invalid(
            "import", {"src/a.py": "from .b import (\n    y,\n    x,\n)\n", "src/b.py": "y = 1\n"}, ("src/a.py:1",)
        ),
        Invalid("attribute", {"src/a.py": "from src import b\nb.y\nb.x()\n", "src/b.py": "y = 1\n"}, ("src/a.py:3",)),
        Invalid(
            "only inside a class",
            {"src/a.py": "from .b import x\n", "src/b.py": "class A:\n    x = 1\n"},
            ("src/a.py:1",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each import statement and name, one for each attribute at its first use."""
        local = context.fact(local_modules)
        files = context.fact(imports)
        stored = {origin for file in files.values() for origin in (*_stored(file), *_asked(file))}
        for path, file in files.items():
            for each in file:
                wanted = each.name not in (None, "*") and each.module in local.files and not each.guard
                if wanted and not local.defines(each.module, each.name or "") and each.origin not in stored:
                    yield _hit(local, path, each.module, each.name or "", each.line, each.end_line)
            yield from _missing_attributes(local, path, file, stored)


def _missing_attributes(local: LocalModules, path: str, file: Imports, stored: set[str]) -> Iterator[Hit]:
    seen = set()
    for node, origin in sorted(_attributes(file, ast.Load), key=lambda found: (found[0].lineno, found[1])):
        module = local.module_of(origin)
        if module is None or module == origin:
            continue
        name = origin[len(module) + 1 :].partition(".")[0]
        full = f"{module}.{name}"
        imported = any(each.origin == full and each.name for each in file)
        if full not in seen and full not in stored and not imported and not local.defines(module, name):
            seen.add(full)
            yield _hit(local, path, module, name, node.lineno, node.end_lineno)


def _attributes(file: Imports, context: type[ast.expr_context]) -> Iterator[tuple[ast.Attribute, str]]:
    for node in file.module.nodes.of(ast.Attribute):
        if isinstance(node.ctx, context):
            origin = file.resolve(node)
            if origin:
                yield node, origin


def _stored(file: Imports) -> Iterator[str]:
    return (origin for _, origin in _attributes(file, ast.Store))


def _asked(file: Imports) -> Iterator[str]:
    """What ``hasattr(module, "name")`` asks about."""
    for node in file.module.nodes.of(ast.Call):
        match node:
            case ast.Call(func=ast.Name(id="hasattr"), args=[module, ast.Constant(value=str(name))]):
                yield f"{file.resolve(module)}.{name}"


def _hit(local: LocalModules, path: str, module: str, name: str, line: int, end_line: int | None) -> Hit:
    return Hit(
        message=f"`{name}` is taken from `{module}`, and `{local.files[module]}` does not define it.",
        path=path,
        line=line,
        end_line=end_line,
        fix=Fix(summary=f"Define `{name}` in `{local.files[module]}`, or import the name that is meant."),
        identity=f"{module}.{name}",
    )
