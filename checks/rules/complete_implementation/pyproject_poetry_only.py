"""``complete-implementation/pyproject-poetry-only``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pyproject import PATH, Pyproject, pyproject
from checks.facts.toml_positions import Path
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

POETRY: Path = ("tool", "poetry", "dependencies")
PROJECT = '[project]\nname="a"\nversion="1"\n'
BACKEND = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


class PyprojectPoetryOnly(Rule):
    """The dependencies are declared for Poetry alone, so uv installs none of them.

    What it finds
        `[tool.poetry.dependencies]` that names distributions while there is no `[project]`; also a `[project]` without
        dependencies whose build backend is not Poetry's, which never hands them on to uv.

    Why it matters
        uv does not read `[tool.poetry]`. `uv sync` succeeds and installs nothing, and the first third-party import of
        the documented commands ends in ModuleNotFoundError.

    How to fix
        Declare the distributions in `[project]`, `dependencies = ["torch>=2.2,<3", ...]`, with `name` and `version`.

    What it cannot see
        Whether Poetry's own backend, where it builds the project, succeeds.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "command-line"}
    valid = (
        Valid(
            "declared for both",
            {PATH: PROJECT + 'dependencies=["torch"]\n[tool.poetry.dependencies]\ntorch="^2"\n'},
        ),
        Valid(
            "Poetry's backend hands them on",
            {PATH: PROJECT + f'[tool.poetry.dependencies]\ntorch="^2"\n{BACKEND}'},
        ),
        Valid("only Python", {PATH: '[tool.poetry.dependencies]\npython="^3.10"\n'}),
        Valid("other settings of Poetry", {PATH: PROJECT + "[tool.poetry]\npackage-mode=false\n"}),
        Valid("refused table", {PATH: PROJECT + '[project.dependencies]\ntorch="^2"\n'}),
    )
    invalid = (
        Invalid(
            "no project table",
            {PATH: f'[tool.poetry]\nname="a"\n\n[tool.poetry.dependencies]\npython="^3.9"\ntorch="^2"\n\n{BACKEND}'},
            ("pyproject.toml:4",),
        ),
        Invalid(
            "project table without dependencies",
            {PATH: PROJECT + '[tool.poetry.dependencies]\ntorch="^2"\n'},
            ("pyproject.toml:4",),
        ),
        Invalid(
            "another backend",
            {
                PATH: PROJECT + '[tool.poetry.dependencies]\ntorch="^2"\n'
                '[build-system]\nrequires=["hatchling"]\nbuild-backend="hatchling.build"\n'
            },
            ("pyproject.toml:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file."""
        project = context.fact(pyproject)
        if project is None or not _is_poetry_only(project):
            return
        names = [name for name in project.table(*POETRY) if name.lower() != "python"]
        span = project.span(POETRY)
        shown = ", ".join(f"`{name}`" for name in names[:6]) + (", ..." if len(names) > 6 else "")
        yield Hit(
            message=f"The dependencies ({shown}) are declared for Poetry alone, so uv installs none of them.",
            path=PATH,
            line=span.line,
            end_line=span.end_line,
            evidence=(context.quote(PATH, span.line, span.end_line, most=20),),
            fix=Fix(summary="Declare them as `dependencies = [...]` under `[project]`, in PEP 508 form."),
            identity="poetry only",
        )


def _is_poetry_only(project: Pyproject) -> bool:
    if not any(name.lower() != "python" for name in project.table(*POETRY)):
        return False
    if "project" not in project.data:
        return True
    handed_on = project.is_built and project.backend.startswith("poetry.")
    return project.get("project", "dependencies") is None and not handed_on
