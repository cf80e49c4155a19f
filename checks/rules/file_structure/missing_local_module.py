"""``file-structure/missing-local-module``."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import Import, Imports, imports
from checks.facts.local_modules import LocalModules, local_modules
from checks.facts.processes import processes
from checks.facts.script_starts import runs_as_script
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL = "class Net:\n    pass\n"


class MissingLocalModule(Rule):
    """An import names a module of the tree that is not there.

    What it finds
        Relative imports of a file that the tree lacks, or that climb out of its packages; absolute imports under a
        folder of the tree, such as `src.surrogate`, or its start with `-m`; and imports of a neighbour by its bare name
        (`from model import Net` in `src/train.py`), which `python -m src.train` does not find, because the root and
        not `src/` is on the path.

    Why it matters
        The program ends with ModuleNotFoundError or ImportError before it does anything.

    How to fix
        Add what is missing to one of the files that the profile asks for, or import it from where it is:
        `from src.model import Net`.

    What it cannot see
        Modules that are made or put on the path while the program runs. Imports inside `try ... except ImportError`
        are left alone, as are bare names where the code changes `sys.path` or `PYTHONPATH` or starts the file as a
        script.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "file-structure", "base": "command-line"}
    valid = (
        Valid("relative", {"src/train.py": "from .model import Net\nfrom . import model\n", "src/model.py": MODEL}),
        Valid("absolute", {"src/train.py": "import src.model\nfrom src import model\n", "src/model.py": MODEL}),
        Valid(
            "guarded",
            {"src/train.py": "try:\n    from .fast import f\nexcept ImportError:\n    f = None\n"},
        ),
        Valid(
            "script with its own folder on the path",
            {
                "src/main.py": "import sys\nCOMMAND = [sys.executable, 'src/train.py']\n",
                "src/train.py": "from model import Net\n",
                "src/model.py": MODEL,
            },
        ),
        Valid(
            "path extended",
            {"src/main.py": "import sys\nsys.path.insert(0, 'src')\nimport model\n", "src/model.py": MODEL},
        ),
        Valid(
            "neighbour with a name of Python's own", {"src/types.py": "A = 1\n", "src/a.py": "from types import A\n"}
        ),
        Valid(
            "either way of starting",
            {"src/a.py": "if __package__:\n    from . import b\nelse:\n    import b\n", "src/b.py": ""},
        ),
        Valid("folder with an installed name", {"datasets/load.py": "", "src/a.py": "from datasets import Dataset\n"}),
        Valid(
            "distribution of the same name, by what is taken",
            {"src/train.py": "import evaluate\nevaluate.load('rouge')\n", "src/evaluate.py": "x = 1\n"},
        ),
        Valid(
            "child that is there",
            {"src/main.py": "import subprocess\nsubprocess.run(['python', '-m', 'src.train'])\n", "src/train.py": ""},
        ),
        Valid(
            "distribution of the same name",
            {
                "pyproject.toml": '[project]\nname = "a"\ndependencies = ["evaluate"]\n',
                "src/train.py": "import evaluate\n",
                "src/evaluate.py": "x = 1\n",
            },
        ),
    )
    invalid = (
        Invalid("relative", {"src/train.py": "import os\nfrom .surrogate import S\n"}, ("src/train.py:2",)),
        Invalid("from the package", {"src/train.py": "from . import utils\n"}, ("src/train.py:1",)),
        Invalid("absolute", {"src/train.py": "import src.utils as u\n"}, ("src/train.py:1",)),
        Invalid("out of the package", {"src/main.py": "from ..config import c\n"}, ("src/main.py:1",)),
        Invalid(
            "child process",
            {"src/main.py": "import subprocess\nsubprocess.run(['python', '-m', 'src.trainer', 'run=a'])\n"},
            ("src/main.py:2",),
        ),
        Invalid(
            "import by a function",
            {"src/main.py": "from importlib import import_module as load\nm = load('src.trainer')\n"},
            ("src/main.py:2",),
        ),
        Invalid(
            "neighbour by its bare name",
            {"src/main.py": "from model import Net\n", "src/model.py": MODEL},
            ("src/main.py:1",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each import statement and module."""
        local = context.fact(local_modules)
        for path, file in context.fact(imports).items():
            seen, chosen = set(), _lines_by_package(file)
            for each in file:
                words = None if each.guard or each.line in chosen else _fault(context, local, path, each)
                if words and (each.line, words) not in seen:
                    seen.add((each.line, words))
                    yield Hit(message=words, path=path, line=each.line, end_line=each.end_line, fix=_fix(local, each))
            for module, line in _started(context, local, path, file):
                yield Hit(
                    message=f"`{module}` is started here, and there is no `{module.replace('.', '/')}.py` in the tree.",
                    path=path,
                    line=line,
                    fix=Fix(summary="Name a module that is there."),
                )


def _lines_by_package(file: Imports) -> frozenset[int]:
    """Lines of branches that ask how the file was started, as in ``if __package__:``."""
    lines: set[int] = set()
    for node in file.module.walk():
        if isinstance(node, ast.If):
            test = ast.unparse(node.test)
            if "__package__" in test or ("__name__" in test and "__main__" not in test):
                lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(lines)


def _fault(context: Context, local: LocalModules, path: str, each: Import) -> str | None:
    if each.level and not each.module:
        return "This relative import climbs out of the packages of the tree, which Python refuses."
    if each.level or local.is_local(each.module):
        return _missing(local, each)
    neighbour = ".".join([*path.removesuffix(".py").split("/")[:-1], each.module])
    if "/" not in path or not _means(local, path, neighbour, each) or _reachable(context, path, each.top):
        return None
    if each.name is not None or not _takes_more(context, local, path, each.bound, neighbour):
        module = path.removesuffix(".py").replace("/", ".")
        return (
            f"`{each.module}` is `{local.files[neighbour]}`, which `python -m {module}` does not find under that name: "
            "the root is on the path, its folder is not."
        )
    return None


def _missing(local: LocalModules, each: Import) -> str | None:
    if not local.has(each.module):
        return f"`{each.module}` is imported, and there is no `{each.module.replace('.', '/')}.py` in the tree."
    from_folder = each.name not in (None, "*") and each.module not in local.files
    if from_folder and not local.defines(each.module, each.name or ""):
        there = f"{each.module}.{each.name}".replace(".", "/")
        return f"`{each.name}` is imported from the folder `{each.module}`, and there is no `{there}.py` in the tree."
    return None


def _takes_more(context: Context, local: LocalModules, path: str, bound: str, neighbour: str) -> bool:
    """Whether the file takes something from the module that its neighbour does not define: another module is meant."""
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == bound
        and not local.defines(neighbour, node.attr)
        for node in context.fact(imports)[path].module.walk()
    )


def _started(context: Context, local: LocalModules, path: str, file: Imports) -> Iterator[tuple[str, int]]:
    """Modules of the tree that ``-m`` or ``import_module`` names and that are not there, each with its line."""
    named = [(each.module, each.line) for each in context.fact(processes) if each.path == path]
    for node in file.module.walk():
        if file.called(node) == "importlib.import_module" and isinstance(node, ast.Call) and len(node.args) == 1:
            given = node.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                named.append((given.value, node.lineno))
    for module, line in dict.fromkeys(named):
        if "." in module and module.isascii() and local.is_local(module) and not local.has(module):
            yield module, line


def _means(local: LocalModules, path: str, neighbour: str, each: Import) -> bool:
    """Whether an absolute import means the file beside it: none that Python brings, and what is taken is there."""
    if each.top in sys.stdlib_module_names or local.files.get(neighbour) in (None, path):
        return False
    return each.name in (None, "*") or local.defines(neighbour, each.name or "")


def _reachable(context: Context, path: str, top: str) -> bool:
    """Whether the file's own folder may be on the path, or a distribution of that name installed."""
    declared = re.search(rf"(?<![\w-]){re.escape(top)}(?![\w-])", context.text("pyproject.toml"))
    return bool(declared) or context.fact(runs_as_script).may_find_neighbours(path)


def _fix(local: LocalModules, each: Import) -> Fix:
    if each.level or local.is_local(each.module):
        return Fix(
            summary="Define what is imported in one of the files that the profile asks for, and import it there."
        )
    return Fix(summary=f"Import it with its package: `from src.{each.module} import ...`.")
