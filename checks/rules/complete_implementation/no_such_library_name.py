"""``complete-implementation/no-such-library-name``."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.gone_names import NEVER, OMEGACONF, OMEGACONF_HINTS, Gone
from checks.facts.library_uses import LibraryUse, missing_names
from checks.facts.nodes import nodes
from checks.facts.resolved_versions import resolved
from checks.facts.rewrite import replaced
from checks.facts.syntax import text_of
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = [%s]\n'
ANY = PROJECT % '"numpy", "scipy", "torch>=2"'


class NoSuchLibraryName(Rule):
    """A library is asked for a name that it does not have.

    What it finds
        Imports and attributes of names that a library never had (`sklearn.metrics.ttest_ind`, `OmegaConf.deepcopy`,
        `torch.nn.AdamW`) or has no more in the release that the project gets (`np.trapz` since NumPy 2.4,
        `scipy.integrate.simps` since 1.14), from a checked list of well-known libraries. The release is the one in
        `uv.lock`, else the newest that the bounds in `pyproject.toml` allow. Advisory where another dependency or the
        Python version may hold an older release in place.

    Why it matters
        The import ends with ImportError, the attribute with AttributeError, the latter often late in a run.

    How to fix
        Use the name that took its place, or bound the library's version in `pyproject.toml`.

    What it cannot see
        Names that are not on the list, and names reached through `getattr`. Names that are asked for with `hasattr`,
        caught with `except`, chosen by the library's version or put into the library by the tree are left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    valid = (
        Valid(
            "right names",
            {
                "pyproject.toml": ANY,
                "src/a.py": "import numpy as np\nfrom scipy.stats import ttest_ind\nfrom omegaconf import OmegaConf\n"
                "np.trapezoid([1.0])\nnp.float64(1)\nOmegaConf.to_container\n",
            },
        ),
        Valid(
            "older release asked for",
            {
                "pyproject.toml": PROJECT % '"numpy<2", "scipy==1.10.1"',
                "src/a.py": "import numpy as np\nfrom scipy.integrate import simps\nnp.trapz([1.0])\n",
            },
        ),
        Valid(
            "older release locked",
            {
                "pyproject.toml": ANY,
                "uv.lock": '[[package]]\nname = "numpy"\nversion = "2.1.0"\n',
                "src/a.py": "import numpy as np\nnp.trapz([1.0])\n",
            },
        ),
        Valid(
            "guarded",
            {
                "pyproject.toml": ANY,
                "src/a.py": "import numpy as np\ntry:\n    from scipy.integrate import simps\n"
                "except ImportError:\n    from scipy.integrate import simpson as simps\n"
                "area = np.trapezoid if hasattr(np, 'trapezoid') else np.trapz\nhasattr(np, 'trapz')\n",
            },
        ),
        Valid(
            "not the library",
            {"pyproject.toml": ANY, "src/a.py": "from .numpy import float\nclass np:\n    trapz = 1\nnp.trapz\n"},
        ),
    )
    invalid = (
        Invalid(
            "in the wrong module",
            {
                "pyproject.toml": ANY,
                "src/a.py": "from sklearn.metrics import accuracy_score, ttest_ind\n"
                "from omegaconf import OmegaConf as O\n"
                "import torch.nn as nn\nO.deepcopy({})\nnn.AdamW\n",
            },
            ("src/a.py:1", "src/a.py:4", "src/a.py:5"),
        ),
        Invalid(
            "gone since",
            {
                "pyproject.toml": ANY,
                "src/a.py": "import numpy\nfrom scipy import integrate as i\nnumpy.trapz([1])\ni.simps([1])\n",
            },
            ("src/a.py:3", "src/a.py:4"),
        ),
        Invalid(
            "once for each name of a file",
            {"pyproject.toml": ANY, "src/a.py": "import numpy as np\nx = np.float(1)\ny = np.float(2)\n"},
            ("src/a.py:2",),
        ),
        Invalid(
            "a library that may be held back",
            {
                "pyproject.toml": PROJECT % '"numpy", "numba"',
                "src/a.py": "import numpy as np\nnp.trapz([1.0])\n",
            },
            ("src/a.py:2",),
        ),
        Invalid(
            "module",
            {"pyproject.toml": ANY, "src/a.py": "from sklearn.externals.joblib import dump\n"},
            ("src/a.py:1",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file and name, at its first use."""
        by_name: dict[tuple[str, str], list[LibraryUse]] = defaultdict(list)
        for use in context.fact(missing_names):
            by_name[use.path, use.gone.full].append(use)
        for (path, _), uses in by_name.items():
            gone = uses[0].gone
            missing, held_back = _is_missing(context, gone)
            if missing is not False:
                yield Hit(
                    message=_message(gone, held_back if missing is None else "", len(uses)),
                    path=path,
                    line=uses[0].line,
                    end_line=uses[0].end_line,
                    fix=_fix(context, uses[0]),
                    severity=Severity.ADVISORY if missing is None else None,
                    identity=gone.full,
                )


def _is_missing(context: Context, gone: Gone) -> tuple[bool | None, str]:
    if gone.since == NEVER:
        return True, ""
    version = resolved(context, gone.distribution)
    return version.lacks(gone.since), version.held_back


def _message(gone: Gone, held_back: str, count: int) -> str:
    if gone.since == NEVER:
        what = f"`{gone.place}` has no `{gone.name}`"
    else:
        what = f"`{gone.place}` has no `{gone.name}` since {gone.distribution} {gone.since}"
    where = f"; {held_back} may keep an older release" if held_back else ", which is what the project gets"
    rest = "" if gone.since == NEVER else where
    more = f" and in {count - 1} more place{'s' if count > 2 else ''}" if count > 1 else ""
    return f"{what}{rest}. It is used here{more}."


def _fix(context: Context, use: LibraryUse) -> Fix:
    gone = use.gone
    if gone.place == OMEGACONF and not gone.instead and gone.name in OMEGACONF_HINTS:
        return Fix(summary=f"Use `{OMEGACONF_HINTS[gone.name]}`.")
    if not gone.instead:
        return Fix(summary=f"Remove `{gone.name}`, or bound the release of `{gone.distribution}`.")
    text = _import(context, use) if use.statement is not None else _attribute(context, use)
    return Fix(summary=f"Use `{gone.instead}`.", replacement=text)


def _import(context: Context, use: LibraryUse) -> str | None:
    """The import statement without the name, and one that takes it from where it is."""
    statement, gone = use.statement, use.gone
    module, _, name = gone.instead.rpartition(".")
    tree = context.fact(nodes)[use.path]
    node = next((each for each in tree.of(ast.ImportFrom) if statement and each.lineno == statement.line), None)
    line = context.lines(use.path)[use.line - 1]
    own = node is not None and node.end_lineno == node.lineno and text_of(node) == line.strip()
    if node is None or statement is None or statement.origin != gone.full or not module or not own:
        return None
    indent = line[: len(line) - len(line.lstrip())]
    others = [each for each in node.names if each.name != gone.name]
    bound = f" as {statement.bound}" if statement.bound != name else ""
    first = [f"{indent}{text_of(ast.ImportFrom(node.module, others, 0))}"] if others else []
    return "\n".join([*first, f"{indent}from {module} import {name}{bound}"])


def _attribute(context: Context, use: LibraryUse) -> str | None:
    """The statement with the name exchanged, where no other import is needed for it."""
    node, gone = use.node, use.gone
    statement = context.fact(nodes)[use.path].statement(node) if node is not None else None
    if not isinstance(node, ast.Attribute) or statement is None or statement.lineno != use.line:
        return None
    module, _, name = gone.instead.rpartition(".")
    if module not in ("", gone.place) or statement.end_lineno != use.end_line:
        return None
    return replaced(context, use.path, statement, node, f"{text_of(node.value)}.{name}" if module else name)
