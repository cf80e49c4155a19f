"""``complete-implementation/pyproject-not-buildable``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pyproject import PATH, dotted, pyproject
from checks.facts.pyproject_build import reasons
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

PROJECT = '[project]\nname = "my-demo"\nversion = "1"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools", "wheel"]\nbuild-backend = "setuptools.build_meta"\n'
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY = '[build-system]\nrequires = ["poetry-core>=1"]\nbuild-backend = "poetry.core.masonry.api"\n'
UV = '[build-system]\nrequires = ["uv_build>=0.9,<0.14"]\nbuild-backend = "uv_build"\n'


class PyprojectNotBuildable(Rule):
    """`pyproject.toml` asks uv to build the project, and the build backend refuses.

    What it finds
        With a `[build-system]` (or `tool.uv.package = true`): a `requires` that is missing or malformed, a backend that
        `requires` does not name or that does not exist; hatchling, Poetry or uv's own backend with nothing to package,
        because no module is called like the project; fields of `[project]` that the backend refuses: an author that is
        not a table, a licence that is not SPDX, a key that setuptools does not know.

    Why it matters
        `uv sync` and `uv run` build the project itself after its dependencies. Where the build stops, so does the
        command, and no line of the experiment runs.

    How to fix
        Remove `[build-system]`: an experiment is run in place and needs no package. Or tell the backend what to ship,
        for hatchling `packages = ["src"]` under `[tool.hatch.build.targets.wheel]`.

    What it cannot see
        Everything that only a build shows, such as a backend's own settings.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "command-line"}
    valid = (
        Valid("setuptools with src", {PATH: PROJECT + SETUPTOOLS, "src/train.py": ""}),
        Valid("no backend named", {PATH: PROJECT + '[build-system]\nrequires = ["setuptools"]\n'}),
        Valid("nothing is built", {PATH: PROJECT + 'license = "my own"\nfoo = 1\nauthors = ["A"]\n'}),
        Valid("not a package", {PATH: PROJECT + HATCH + "[tool.uv]\npackage = false\n"}),
        Valid("hatch is told", {PATH: PROJECT + HATCH + '[tool.hatch.build.targets.wheel]\npackages = ["src"]\n'}),
        Valid("hatch finds it", {PATH: PROJECT + HATCH, "src/my_demo/__init__.py": ""}),
        Valid("Poetry is told", {PATH: PROJECT + POETRY + '[tool.poetry]\npackages = [{include = "src"}]\n'}),
        Valid("uv's backend finds it", {PATH: PROJECT + UV, "src/my_demo/__init__.py": ""}),
        Valid(
            "good metadata", {PATH: PROJECT + 'license = "MIT OR Apache-2.0"\nauthors = [{name = "A"}]\n' + SETUPTOOLS}
        ),
        Valid("backend in the tree", {PATH: PROJECT + '[build-system]\nrequires = []\nbackend-path = ["."]\n'}),
    )
    invalid = (
        Invalid("hatch has nothing to ship", {PATH: PROJECT + HATCH, "src/train.py": ""}, ("pyproject.toml:6",)),
        Invalid("Poetry has nothing to ship", {PATH: PROJECT + POETRY, "src/train.py": ""}, ("pyproject.toml:6",)),
        Invalid("uv has nothing to ship", {PATH: PROJECT + UV, "src/train.py": ""}, ("pyproject.toml:6",)),
        Invalid(
            "not in package mode",
            {PATH: PROJECT + POETRY + "[tool.poetry]\npackage-mode = false\n"},
            ("pyproject.toml:6",),
        ),
        Invalid(
            "backend not required",
            {PATH: PROJECT + '[build-system]\nrequires = ["wheel"]\nbuild-backend = "setuptools.build_meta"\n'},
            ("pyproject.toml:6",),
        ),
        Invalid(
            "backend misspelt",
            {PATH: PROJECT + '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build"\n'},
            ("pyproject.toml:6",),
        ),
        Invalid(
            "retired backend",
            {PATH: PROJECT + '[build-system]\nrequires = ["poetry>=0.12"]\nbuild-backend = "poetry.masonry.api"\n'},
            ("pyproject.toml:6",),
        ),
        Invalid("requires missing", {PATH: PROJECT + "[build-system]\n"}, ("pyproject.toml:4",)),
        Invalid(
            "requires malformed",
            {PATH: PROJECT + '[build-system]\nrequires = ["setuptools^60"]\n'},
            ("pyproject.toml:5",),
        ),
        Invalid("unknown key", {PATH: PROJECT + "foo = 1\n" + SETUPTOOLS}, ("pyproject.toml:4",)),
        Invalid("author as text", {PATH: PROJECT + 'authors = ["A"]\n' + SETUPTOOLS}, ("pyproject.toml:4",)),
        Invalid("licence in words", {PATH: PROJECT + 'license = "my own"\n' + SETUPTOOLS}, ("pyproject.toml:4",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each reason."""
        project = context.fact(pyproject)
        if project is None:
            return
        for path, what, mend in reasons(project, context.tree):
            span = project.span(path)
            yield Hit(
                message=f"uv builds this project and the build fails: {what}.",
                path=PATH,
                line=span.line,
                fix=Fix(summary=mend),
                identity=f"{dotted(path)} {what}",
            )
