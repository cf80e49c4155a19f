"""``hydra/not-used``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.imports import Imports, imports
from checks.facts.python import modules
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

PROGRAMS = ("src/main.py", "src/train.py")
ARGPARSE = "import argparse\n\nparser = argparse.ArgumentParser()\n"
APP = "import hydra\n\n@hydra.main('../config', 'config')\ndef main(cfg):\n    print(cfg)\n"


class NotUsed(Rule):
    """The experiment does not use Hydra.

    What it finds
        A tree whose `src/main.py` parses and in which no Python file besides `src/evaluate.py` uses `hydra`.

    Why it matters
        The documented commands give their arguments as `run=... results_dir=... mode=...`, which Hydra reads, and
        every parameter is to come from the configuration through it.

    How to fix
        Decorate the entry point with `hydra.main` and take every parameter from its configuration.

    What it cannot see
        Whether Hydra, once used, manages every parameter.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid("in main", {"src/main.py": APP, "src/train.py": "x = 1\n"}),
        Valid(
            "in train, imported in a function",
            {"src/main.py": "x = 1\n", "src/train.py": "def f():\n  import hydra\n  hydra.compose('c')\n"},
        ),
        Valid("imported by its name", {"src/main.py": "import importlib\nh = importlib.import_module('hydra')\n"}),
        Valid("main does not parse", {"src/main.py": "def (:\n"}),
    )
    invalid = (
        Invalid("argparse", {"src/main.py": ARGPARSE, "src/train.py": ARGPARSE}, ("src/main.py",)),
        Invalid("imported and not used", {"src/main.py": "import hydra\n" + ARGPARSE}, ("src/main.py",)),
        Invalid("only the evaluation", {"src/main.py": ARGPARSE, "src/evaluate.py": APP}, ("src/main.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """At most one hit."""
        files = context.fact(modules)
        main = files.get(PROGRAMS[0])
        unparsed = any(file.tree is None for path, file in files.items() if path in PROGRAMS)
        unread = any(path in context.tree.unread for path in PROGRAMS)
        if main is None or unparsed or unread:
            return
        users = {path for path, file in context.fact(imports).items() if _uses(file)}
        if not users - {"src/evaluate.py"}:
            yield Hit(
                message="No program of the tree uses `hydra`, so nothing reads `run=... results_dir=... mode=...` "
                "or the run configurations as the requirement asks.",
                path=main.path,
                fix=Fix(summary="Decorate the entry point with `hydra.main` and read every parameter from it."),
            )


def _uses(file: Imports) -> bool:
    """Whether something of Hydra is named in the code, or imported with a star or by its name in a text."""
    starred = any(each.top == "hydra" and each.name == "*" for each in file)
    found = file.module.nodes
    return (
        starred
        or any((file.resolve(node) or "").partition(".")[0] == "hydra" for node in found.of(ast.Name))
        or any(_imports(call) for call in found.of(ast.Call))
    )


def _imports(call: ast.Call) -> bool:
    """Whether ``import_module("hydra")`` or the like is called."""
    first = call.args[0] if call.args else None
    named = isinstance(first, ast.Constant) and str(first.value).partition(".")[0] == "hydra"
    return named and called_name(call) in ("import_module", "__import__")
