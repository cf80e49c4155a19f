"""``complete-implementation/undeclared-import``."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar

from packaging.utils import canonicalize_name

from checks.context import Context
from checks.facts.added_dependencies import with_dependencies
from checks.facts.declared import Declared, declared
from checks.facts.distributions import STDLIB, brought_in, providers, unknown
from checks.facts.imports import Import, imports
from checks.facts.layout import is_python
from checks.facts.pyproject import PATH, pyproject
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

PROJECT = '[project]\nname="a"\nversion="1"\n'

MOST_QUOTED = 3
"""Import statements that one finding quotes."""


@dataclass(frozen=True, slots=True)
class Use:
    """One import statement of a distribution that is not declared."""

    path: str
    statement: Import


class UndeclaredImport(Rule):
    """A third-party module is imported and no declared dependency provides it.

    What it finds
        An import that the program needs, in any Python file of the experiment, at module level or in a function, whose
        distribution is not among `[project.dependencies]` and the dependency groups that `uv sync` installs. A
        dependency that is only in an extra, or in a group that is not installed by default, counts as absent. It
        blocks when nothing declared brings the module in; it is advisory when a declared distribution is known to, or
        when what a declared distribution brings in is not known here.

    Why it matters
        `uv run` installs what is declared and nothing else, so the import ends in ModuleNotFoundError. A module that
        comes in only through another distribution disappears when that one changes.

    How to fix
        `uv add NAME`, or add the distribution to `dependencies` by hand. The distribution is not always called like the
        module: `yaml` is in `pyyaml`, `sklearn` in `scikit-learn`, `cv2` in `opencv-python`.

    What it cannot see
        Modules imported by a computed name. Imports inside `try: ... except ImportError`, under `TYPE_CHECKING` or
        behind a test of the Python version or platform are taken for optional.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "command-line"}
    valid = (
        Valid(
            "declared under other names",
            {
                PATH: PROJECT
                + 'dependencies=["PyYAML","scikit_learn>=1","opencv-python-headless","Pillow","hydra-core"]\n',
                "src/train.py": "import yaml, cv2\nfrom sklearn.svm import SVC\nimport PIL.Image, hydra as h\n",
            },
        ),
        Valid(
            "standard library and own modules",
            {
                PATH: PROJECT + "dependencies=[]\n",
                "src/train.py": "import os.path, tomllib, distutils\nfrom . import model\nimport src.model, model\n",
                "src/model.py": "from __future__ import annotations\nimport helpers.x\n",
                "helpers/x.py": "",
            },
        ),
        Valid(
            "optional imports",
            {
                PATH: PROJECT + "dependencies=[]\n",
                "src/train.py": "try:\n    import apex\nexcept ImportError:\n    apex = None\n"
                "if TYPE_CHECKING:\n    import numpy\n",
            },
        ),
        Valid(
            "installed group and dependency table",
            {
                PATH: PROJECT + '[project.dependencies]\nnumpy="*"\n'
                '[dependency-groups]\ndev=[{include-group="test"}]\ntest=["tqdm"]\n',
                "src/train.py": "import numpy, tqdm\n",
            },
        ),
        Valid(
            "Poetry metadata, which another rule reports",
            {PATH: '[tool.poetry.dependencies]\npython="^3.9"\nTorch="^2"\n', "src/train.py": "import torch\n"},
        ),
        Valid(
            "requirements file that setuptools reads",
            {
                PATH: PROJECT + 'dynamic=["dependencies"]\n'
                '[tool.setuptools.dynamic]\ndependencies={file=["requirements.txt"]}\n',
                "requirements.txt": "# main\ntorch>=2\n",
                "src/train.py": "import torch\n",
            },
        ),
        Valid("project file that is not TOML", {PATH: "[", "src/train.py": "import torch\n"}),
        Valid("furniture", {PATH: PROJECT, "docs/conf.py": "import sphinx\n"}),
    )
    invalid = (
        Invalid(
            "numpy beside torch",
            {
                PATH: PROJECT + 'dependencies=["torch"]\n',
                "src/train.py": "import numpy as np\nimport torch\n",
            },
            ("pyproject.toml:4",),
        ),
        Invalid(
            "in a function, and from two files once",
            {
                PATH: PROJECT + '\n[project.dependencies]\ntorch="^2"\n',
                "src/train.py": "def f():\n    import yaml\n",
                "src/main.py": "from yaml import safe_load\n",
            },
            ("pyproject.toml:5",),
        ),
        Invalid(
            "only in an extra",
            {
                PATH: PROJECT + 'dependencies=[]\n[project.optional-dependencies]\nx=["torch"]\n',
                "src/train.py": "import torch\n",
            },
            ("pyproject.toml:4",),
        ),
        Invalid(
            "import that ends the program when it fails",
            {
                PATH: PROJECT,
                "src/train.py": "try:\n    import peft\nexcept ImportError:\n    raise SystemExit('install peft')\n",
            },
            ("pyproject.toml:1",),
        ),
        Invalid(
            "two distributions",
            {PATH: "[tool.x]\n", "src/train.py": "import torch\nfrom google.protobuf import message\n"},
            (PATH, PATH),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each distribution."""
        known = context.fact(declared)
        project = context.fact(pyproject)
        if known is None or project is None:
            return
        brought = brought_in(known.roots())
        span = project.span(known.place) if known.place else None
        missing = _missing(context, known)
        exact = with_dependencies(context.lines(PATH), span, known.place, [names[0] for names in missing])
        for names, uses in missing.items():
            severity, why = _judge(names, known, brought)
            module = uses[0].statement.module
            yield Hit(
                message=f"`{module}` is imported in {_places(uses)} and `{names[0]}` is not a dependency; {why}.",
                path=PATH,
                line=span.line if span else None,
                end_line=span.end_line if span and exact else None,
                evidence=tuple(
                    context.quote(use.path, use.statement.line, use.statement.end_line) for use in uses[:MOST_QUOTED]
                ),
                fix=Fix(summary=f"Run `uv add {names[0]}`, or add it to `dependencies`.", replacement=exact),
                severity=severity,
                identity=names[0],
            )


def _missing(context: Context, known: Declared) -> Mapping[tuple[str, ...], Sequence[Use]]:
    """What is imported and not installed by its own name: the distributions that would do, with the imports."""
    own = _own_modules(context)
    found: dict[tuple[str, ...], list[Use]] = defaultdict(list)
    for path, file in context.fact(imports).items():
        if not is_python(path) or path == "setup.py":
            continue
        for statement in file:
            if _is_foreign(own, path, statement):
                names = providers(_full(statement))
                if not any(name in known.installed for name in names):
                    found[names].append(Use(path, statement))
    return found


def _own_modules(context: Context) -> Set[str]:
    """Every path that an import could mean in the tree, without ``.py``: files, folders, and the installed project."""
    own = set()
    for path in context.tree.paths():
        stem = path.removesuffix(".py")
        while stem and stem not in own:
            own.add(stem)
            stem = stem.rpartition("/")[0]
    project = context.fact(pyproject)
    name = project.get("project", "name") if project is not None and project.is_built else None
    return own | ({canonicalize_name(name).replace("-", "_")} if isinstance(name, str) else set())


def _full(statement: Import) -> str:
    """The module with the name taken from it, which may be a module itself: ``google.protobuf``."""
    return f"{statement.module}.{statement.name}" if statement.name else statement.module


def _is_foreign(own: Set[str], path: str, statement: Import) -> bool:
    top = statement.top
    if statement.level or statement.guard is not None or not top or top in STDLIB:
        return False
    folder = path.rpartition("/")[0]
    return own.isdisjoint((top, f"src/{top}", f"{folder}/{top}"))


def _judge(names: tuple[str, ...], known: Declared, brought: Mapping[str, str]) -> tuple[Severity, str]:
    through = next((brought[name] for name in names if name in brought), None)
    if through is not None:
        return Severity.ADVISORY, f"it is there only as far as `{through}` brings it in"
    if known.is_open:
        return Severity.ADVISORY, "the build backend may add it, which the files do not show"
    aside = next((known.aside[name] for name in names if name in known.aside), None)
    strangers = [f"`{name}`" for name in unknown(known.installed)]
    if strangers:
        return Severity.ADVISORY, f"whether {', '.join(strangers[:3])} brings it in is not known here"
    if aside is not None:
        return Severity.BLOCKING, f"it is only in {aside}, which `uv sync` does not install"
    return Severity.BLOCKING, "nothing that is declared brings it in"


def _places(uses: Sequence[Use]) -> str:
    places = [f"{use.path}:{use.statement.line}" for use in uses]
    return ", ".join(places[:MOST_QUOTED]) + (
        f" and {len(places) - MOST_QUOTED} more" if len(places) > MOST_QUOTED else ""
    )
