"""``complete-implementation/pyproject-rejected``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pyproject import PATH, dotted, pyproject
from checks.facts.pyproject_faults import faults
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

PROJECT = '[project]\nname = "demo"\nversion = "0.1"\n'


class PyprojectRejected(Rule):
    """A `pyproject.toml` that uv refuses.

    What it finds
        A TOML syntax error, a duplicate table or key; `[project.dependencies]` written as a table, a requirement that
        PEP 508 does not allow (`torch^2.0`, `numpy *`, `pandas=2`), a `[project]` without `name` or `version`, an
        invalid name, version or `requires-python`, a misshapen `optional-dependencies`, `dependency-groups` or
        `[tool.uv]`, a dependency group or index that is referred to and not defined. Requirements that uv mends with a
        warning (`torch>=2.*`) count only where a build backend, which is stricter, reads them too.

    Why it matters
        Every documented command starts with `uv run`. uv reads this file first and stops at the first such fault, so
        nothing is installed and no line of the experiment runs.

    How to fix
        Write `dependencies` as an array of PEP 508 strings under `[project]`, for example
        `dependencies = ["torch>=2.2,<3", "numpy"]`, and run `uv lock` until it succeeds.

    What it cannot see
        Whether the versions exist and fit each other, and what a build backend makes of fields that uv itself does not
        read. After a syntax error, the rest of the file is not judged.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "command-line"}
    valid = (
        Valid("array", {PATH: PROJECT + 'dependencies = [\n  "torch>=2.2,<3",  # why\n  "numpy",\n]\n'}),
        Valid("caret in a comment and in text", {PATH: PROJECT + 'description = "x^2"  # torch = "^2.0"\n'}),
        Valid("other tools' tables", {PATH: PROJECT + '[tool.poetry.dependencies]\ntorch = "^2.0"\n'}),
        Valid("inline table over several lines", {PATH: PROJECT + "[tool.x]\na = {b = 1,\n  c = 2,\n}\n"}),
        Valid("slip that uv mends", {PATH: PROJECT + 'dependencies = ["torch>=2.*", "numpy>=1.0,"]\n'}),
        Valid("byte order mark and CRLF", {PATH: ("\ufeff" + PROJECT).replace("\n", "\r\n").encode()}),
        Valid("no project table", {PATH: "[tool.ruff]\nline-length = 100\n"}),
        Valid("absent file", {"src/main.py": ""}),
    )
    invalid = (
        Invalid(
            "dependency table",
            {PATH: PROJECT + '\n[project.dependencies]\ntorch = "^2.2"\nnumpy = "*"\n'},
            ("pyproject.toml:5",),
        ),
        Invalid(
            "caret in the array",
            {PATH: PROJECT + 'dependencies = [\n  "numpy",\n  "torch^2.2",\n  "pandas ^2",\n]\n'},
            ("pyproject.toml:6",),
        ),
        Invalid(
            "caret in an extra and in a group",
            {
                PATH: PROJECT
                + '[project.optional-dependencies]\na = ["x^1"]\n[dependency-groups]\nb = [\n  "c",\n  "d =1",\n]\n'
            },
            ("pyproject.toml:5", "pyproject.toml:9"),
        ),
        Invalid("table twice", {PATH: PROJECT + '[project]\nname = "again"\n'}, ("pyproject.toml:4",)),
        Invalid("key twice", {PATH: PROJECT + 'name = "again"\n'}, ("pyproject.toml:4",)),
        Invalid("Markdown fence", {PATH: "```toml\n" + PROJECT + "```\n"}, ("pyproject.toml:1",)),
        Invalid("one line with literal line breaks", {PATH: PROJECT.replace("\n", "\\n")}, ("pyproject.toml:1",)),
        Invalid("not UTF-8", {PATH: PROJECT.encode() + b'description = "caf\xe9"\n'}, ("pyproject.toml:4",)),
        Invalid("no version", {PATH: '[project]\nname = "demo"\n'}, ("pyproject.toml:1",)),
        Invalid("name with a space", {PATH: '[project]\nname = "my demo"\nversion = "1"\n'}, ("pyproject.toml:2",)),
        Invalid("caret in requires-python", {PATH: PROJECT + 'requires-python = "^3.10"\n'}, ("pyproject.toml:4",)),
        Invalid("dependencies as text", {PATH: PROJECT + 'dependencies = "torch"\n'}, ("pyproject.toml:4",)),
        Invalid(
            "source from an index that is not there",
            {PATH: PROJECT + 'dependencies = ["torch"]\n[tool.uv.sources]\ntorch = { index = "cu121" }\n'},
            ("pyproject.toml:6",),
        ),
        Invalid("unclosed array", {PATH: PROJECT + 'dependencies = [\n  "torch",\n'}, ("pyproject.toml:6",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each fault."""
        project = context.fact(pyproject)
        if project is None:
            return
        for fault in faults(project):
            replacement = "\n".join(fault.replacement) if fault.replacement is not None else None
            yield Hit(
                message=fault.message,
                path=PATH,
                line=fault.line,
                end_line=fault.end_line,
                evidence=(context.quote(PATH, fault.line, fault.end_line, most=20),),
                fix=Fix(summary=fault.mend, replacement=replacement),
                identity=f"{dotted(fault.path)} {fault.message}",
            )
