"""``complete-implementation/unresolved-name``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.names import names
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

SCOPES = """\
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def f(x: "Tensor") -> "Later":
    y: Tensor = [i for i in range(3) if (last := i)]
    try:
        fast
    except NameError:
        pass
    return last, y, __file__, os


class Later:
    size = 3
    grid = [size for _ in range(size)] if (size := 4) else [s for s in [size]]

    def g(self):
        return __class__, Later


del os
"""


class UnresolvedName(Rule):
    """A name is used that nothing defines.

    What it finds
        Names that CPython would look up in vain: not local, not in an enclosing function, not at the top level of the
        file, not built in. Found with pyflakes, less what CPython never evaluates: annotations of local variables,
        postponed ones and those in quotes.

    Why it matters
        The line ends the program with NameError when it runs.

    How to fix
        Import or define the name, or correct its spelling.

    What it cannot see
        Names in a file that imports all names of a library with `*`, or that may define names through `globals()`,
        `locals()`, `vars()` or `exec`; names that are deleted somewhere; whether the line is ever reached.
    """

    criteria: ClassVar[Mapping[str, str]] = {
        "experiment": "complete-implementation",
        "base": "complete-core-logic",
    }
    valid = (
        Valid(
            "scopes and annotations", {"src/model.py": SCOPES.replace(" if (size := 4) else [s for s in [size]]", "")}
        ),
        Valid("star import", {"src/model.py": "from math import *\nprint(pi)\n"}),
        Valid("postponed annotation", {"src/model.py": "from __future__ import annotations\ndef f(x: A): ...\n"}),
        Valid("names made while running", {"src/model.py": "globals().update(a=1)\nprint(a)\n"}),
    )
    invalid = (
        Invalid("never imported", {"src/model.py": "x = 1\ny = np.zeros(x)\nz = np.ones(y)\n"}, ("src/model.py:2",)),
        Invalid("annotation", {"src/model.py": "def f(x: Dict) -> int:\n    return x\n"}, ("src/model.py:1",)),
        Invalid(
            "in a method",
            {"src/model.py": "class A:\n    b = 1\n    def f(self):\n        return b\n"},
            ("src/model.py:4",),
        ),
        Invalid(
            "beside namespaces that are only read",
            {
                "src/train.py": "def f(args, code):\n    exec(code, {})\n    wandb.config.update(locals())\n"
                "    return globals()['f'](**vars(args))\n"
            },
            ("src/train.py:3",),
        ),
        Invalid("nested too deeply", {"src/model.py": "x = y" + " + 1" * 1000}, ("src/model.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file and name, at its first use."""
        for path, found in context.fact(names).items():
            if found.too_deep:
                yield Hit(
                    message=f"`{path}` holds an expression too deep for its names to be followed.",
                    path=path,
                    fix=Fix(summary="Break the expression up."),
                )
            for each in found.undefined:
                yield Hit(
                    message=f"`{each.name}` is used here, and nothing defines or imports it.",
                    path=path,
                    line=each.line,
                    fix=Fix(summary=f"Import or define `{each.name}`."),
                    identity=each.name,
                )
