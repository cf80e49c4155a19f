"""``complete-implementation/readme-missing``."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pyproject import PATH, pyproject
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

STRICT_BACKENDS = ("hatchling", "flit_core", "poetry", "pdm", "uv_build")
"""Build backends that stop when the file is absent; setuptools only warns. Seen with the releases of 2026."""

PROJECT = '[project]\nname = "a"\nversion = "1"\n'
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


class ReadmeMissing(Rule):
    """`pyproject.toml` names a readme file that is not in the tree.

    What it finds
        `readme = "FILE"`, `readme = {file = "FILE"}` or `license = {file = "FILE"}` whose file is absent. It blocks
        where uv builds the project with a backend that refuses this (hatchling, flit, Poetry, PDM, uv's own), and is
        advisory where nothing is built or setuptools is used, which only warns.

    Why it matters
        uv builds the project before it runs a command when there is a `[build-system]`; a backend that looks for the
        file stops there, so no command starts. Elsewhere the metadata points at nothing.

    How to fix
        Remove the line, or add the file.

    What it cannot see
        A build backend that is written in the tree itself.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "file-structure"}
    valid = (
        Valid("present", {PATH: PROJECT + 'readme = "README.md"\n' + HATCH, "README.md": "# a\n"}),
        Valid("present in a folder", {PATH: PROJECT + 'readme = {file = "./docs/a.md"}\n', "docs/a.md": ""}),
        Valid("text", {PATH: PROJECT + 'readme = {text = "README.md", content-type = "text/plain"}\n' + HATCH}),
        Valid("no readme", {PATH: PROJECT + 'license = {text = "MIT"}\n' + HATCH}),
        Valid("wrong type", {PATH: PROJECT + "readme = 1\n"}),
    )
    invalid = (
        Invalid("text form", {PATH: PROJECT + 'readme = "README.md"\n' + HATCH}, ("pyproject.toml:4",)),
        Invalid("table form", {PATH: PROJECT + '[project.readme]\nfile = "a.md"\n' + HATCH}, ("pyproject.toml:5",)),
        Invalid("licence", {PATH: PROJECT + 'license = {file = "LICENSE"}\n' + HATCH}, ("pyproject.toml:4",)),
        Invalid("setuptools", {PATH: PROJECT + 'readme = "README.md"\n' + SETUPTOOLS}, ("pyproject.toml:4",)),
        Invalid("other spelling", {PATH: PROJECT + 'readme = "Readme.md"\n', "README.md": ""}, ("pyproject.toml:4",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file that is named."""
        project = context.fact(pyproject)
        if project is None:
            return
        strict = project.is_built and project.backend.startswith(STRICT_BACKENDS)
        then = f"`{project.backend}` stops the build there" if strict else "nothing that uv runs here stops for it"
        for key in (("project", "readme"), ("project", "readme", "file"), ("project", "license", "file")):
            name = project.get(*key)
            if isinstance(name, str) and posixpath.normpath(name) not in context.tree:
                span = project.span(key)
                yield Hit(
                    message=f"`{key[1]}` names `{name}`, which is not in the repository; {then}.",
                    path=PATH,
                    line=span.line,
                    fix=Fix(summary=f"Remove the `{key[1]}` line, or add the file."),
                    severity=Severity.BLOCKING if strict else Severity.ADVISORY,
                    identity=f"{key[1]} {name}",
                )
