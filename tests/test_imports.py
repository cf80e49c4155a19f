"""What the import resolver says about a file, spelling by spelling."""

import ast

import pytest

from checks.context import Context
from checks.facts.guards import Guard
from checks.facts.imports import Imports, imports
from checks.profiles import PROFILES
from checks.tree import SourceTree


def read(text: str, path: str = "src/train.py") -> Imports:
    return Context(SourceTree.of({path: text}), PROFILES["base"]).fact(imports)[path]


def resolved(text: str) -> str | None:
    """What the file's last expression resolves to."""
    found = read(text)
    tree = found.module.tree
    assert tree is not None
    expression = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and node.lineno == text.count("\n") + 1]
    return found.resolve(expression[0].value)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("import wandb\nwandb.init", "wandb.init"),
        ("import wandb as wb\nwb.init", "wandb.init"),
        ("from torch import nn\nnn.Module", "torch.nn.Module"),
        ("from torch.nn import Module as M\nM", "torch.nn.Module"),
        ("import os.path\nos.environ", "os.environ"),
        ("import torch.nn as nn\nnn.Linear", "torch.nn.Linear"),
        ("from .model import Net\nNet", "src.model.Net"),
        ("from . import model\nmodel.Net", "src.model.Net"),
        ("import torch\nAdam = torch.optim.Adam\nAdam", "torch.optim.Adam"),
        ("try:\n    import wandb\nexcept ImportError:\n    wandb = None\nwandb.init", "wandb.init"),
        ("def f():\n    global np\n    import numpy as np\nnp.array", "numpy.array"),
        ("def f():\n    import numpy as np\nnp.array", None),
        ("import numpy as np\nlambda np: np\n(lambda np: 1).x", None),
        ("a = b\nb = a\na.x", None),
        ("from .. import up\nup.x", None),
        ("print.x", None),
        ("open('a').read", None),
    ],
)
def test_resolves_a_name_to_what_was_imported(text: str, origin: str | None) -> None:
    assert resolved(text) == origin


@pytest.mark.parametrize(
    "use",
    [
        "def f(wb):\n    wb.init()",
        "def f(*, wb=1):\n    wb.init()",
        "def f():\n    wb = 1\n    wb.init()",
        "def f():\n    for wb in []:\n        wb.init()",
        "def f():\n    with open('x') as wb:\n        wb.init()",
        "x = [wb.init() for wb in []]",
        "x = lambda wb: wb.init()",
        "def f():\n    def wb(): ...\n    wb.init()",
    ],
)
def test_a_local_name_hides_an_import(use: str) -> None:
    found = read(f"import wandb as wb\n{use}")
    tree = found.module.tree
    assert tree is not None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    assert [found.called(call) for call in calls] == [None]


def test_a_class_body_is_not_seen_from_its_methods() -> None:
    found = read("class C:\n    import pandas as pd\n    a = pd.A\n    def m(self):\n        return pd.B")
    tree = found.module.tree
    assert tree is not None
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert {node.attr: found.resolve(node) for node in attributes} == {"A": "pandas.A", "B": None}


@pytest.mark.parametrize(
    ("path", "statement", "module"),
    [
        ("src/train.py", "from .model import Net", "src.model"),
        ("src/train.py", "from . import model", "src"),
        ("src/train.py", "from ..x import y", ""),
        ("src/a/b.py", "from ..x import y", "src.x"),
        ("src/__init__.py", "from .x import y", "src.x"),
        ("main.py", "from . import y", ""),
        ("main.py", "from src.x import y", "src.x"),
    ],
)
def test_relative_imports_are_counted_from_the_package(path: str, statement: str, module: str) -> None:
    assert [each.module for each in read(statement, path)] == [module]


@pytest.mark.parametrize(
    ("text", "guards"),
    [
        ("import a", [None]),
        ("try:\n    import a\nexcept ImportError:\n    import b", [Guard.IMPORT_ERROR, Guard.IMPORT_ERROR]),
        ("try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    a = None", [Guard.IMPORT_ERROR]),
        ("try:\n    import a\nexcept:\n    a = None", [Guard.IMPORT_ERROR]),
        ("try:\n    import a\nexcept ValueError:\n    a = None", [None]),
        ("try:\n    import a\nexcept ImportError as e:\n    raise RuntimeError('install a') from e", [None]),
        ("import sys\ntry:\n    import a\nexcept ImportError:\n    sys.exit('install a')", [None, None]),
        ("try:\n    pass\nfinally:\n    import a", [None]),
        ("with contextlib.suppress(ImportError):\n    import a", [Guard.IMPORT_ERROR]),
        ("with open('x'):\n    import a", [None]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [Guard.TYPE_CHECKING, None]),
        ("if typing.TYPE_CHECKING:\n    from a import b", [Guard.TYPE_CHECKING]),
        ("if sys.version_info >= (3, 11):\n    import a\nelse:\n    import b", [Guard.CONDITION, Guard.CONDITION]),
        ("if importlib.util.find_spec('a'):\n    import a", [Guard.CONDITION]),
        ("if True:\n    import a", [None]),
        ("if cfg.model.name == 'a':\n    import a", [None]),
        ("if torch.cuda.is_available():\n    import a", [None]),
        ("if os.name == 'nt' and x:\n    import a", [Guard.CONDITION]),
        ("if is_peft_available():\n    import a", [Guard.CONDITION]),
        ("if __name__ == '__main__':\n    import a", [None]),
        ("try:\n    def f():\n        import a\nexcept ImportError:\n    f = None", [None]),
    ],
)
def test_says_what_makes_a_missing_module_harmless(text: str, guards: list[Guard | None]) -> None:
    assert [each.guard for each in read(text)] == guards


def test_knows_what_runs_only_in_a_function() -> None:
    found = read("import a\ndef f():\n    import b, c\nclass D:\n    import e")
    assert [(each.bound, each.line, each.in_function) for each in found] == [
        ("a", 1, False),
        ("b", 3, True),
        ("c", 3, True),
        ("e", 5, False),
    ]


def test_nesting_beyond_the_recursion_limit_is_walked() -> None:
    found = read("x = " + "+".join(["1"] * 1500) + "\nimport a")
    assert found.module.error is None
    assert [each.module for each in found] == ["a"]


def test_a_file_that_does_not_parse_has_no_imports() -> None:
    assert list(read("import a\ndef (")) == []
