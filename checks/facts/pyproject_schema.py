"""The parts of ``pyproject.toml`` that uv reads, as it reads them: what does not fit stops every uv command.

Learnt by running uv 0.13.8 on variations of each field; ``tests/test_pyproject_uv.py`` runs the real program on a table
of them. uv ignores what is not here, such as an author or a licence of the wrong type, until a build backend reads it.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: letters and digits, with '-', '_' and '.' between them")
    return text


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise ValueError(f"{text!r} is not a version that PEP 440 allows") from None
    return text


def _python(text: str) -> str:
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is not a set of version specifiers that PEP 440 allows") from None
    if text.rstrip().endswith(","):
        raise ValueError(f"{text!r} ends with a comma, which uv does not allow here")
    for specifier in specifiers:
        _version(specifier.version.removesuffix(".*"))
    if specifiers.is_unsatisfiable():
        raise ValueError(f"no Python version satisfies {text!r}")
    return text


def _distinct(names: dict[str, object]) -> dict[str, object]:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(canonicalize_name(name), name)
        if other != name:
            raise ValueError(f"{other!r} and {name!r} are the same name")
    return names


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _exclusive(sources: list["Source"]) -> list["Source"]:
    if len(sources) > 1 and any(source.marker is None and source.extra is None for source in sources):
        raise ValueError("has several sources, so each must say its `marker`")
    return sources


def _one_default(indexes: list["Index"]) -> list["Index"]:
    if sum(index.default for index in indexes) > 1:
        raise ValueError("marks more than one index as the default")
    names = [index.name for index in indexes if index.name]
    if len(names) > len(set(names)):
        raise ValueError("names two indexes alike")
    return indexes


Name = Annotated[str, AfterValidator(_name)]
Distinct = AfterValidator(_distinct)


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=lambda name: name.replace("_", "-"))


class Project(_Table):
    """``[project]``."""

    name: Name
    version: Annotated[str, AfterValidator(_version)] | None = None
    requires_python: Annotated[str, AfterValidator(_python)] | None = None
    dependencies: list[str] | None = None
    optional_dependencies: Annotated[dict[Name, list[str]], Distinct] | None = None
    dynamic: list[str] | None = None

    @model_validator(mode="after")
    def _has_a_version(self) -> "Project":
        if self.version is None and "version" not in (self.dynamic or []):
            raise ValueError("`version` is missing, and `dynamic` does not list it")
        return self


class Source(_Table):
    """One entry of ``[tool.uv.sources]``: where a dependency comes from."""

    model_config = ConfigDict(extra="forbid")

    git: str | None = None
    url: str | None = None
    path: str | None = None
    index: str | None = None
    workspace: StrictBool | str | None = None
    subdirectory: str | None = None
    rev: str | None = None
    tag: str | None = None
    branch: str | None = None
    lfs: StrictBool | None = None
    editable: StrictBool | None = None
    package: StrictBool | None = None
    marker: str | None = None
    extra: str | None = None
    group: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> "Source":
        kinds = _given(self, ("git", "url", "path", "index", "workspace"))
        if len(kinds) != 1:
            has = " and ".join(kinds) or "none"
            raise ValueError(f"must have one of git, url, path, index, workspace, and has {has}")
        if len(_given(self, ("rev", "tag", "branch"))) > 1:
            raise ValueError("must have at most one of rev, tag, branch")
        return self


class Index(_Table):
    """One ``[[tool.uv.index]]``."""

    url: str
    name: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]+$")
    default: StrictBool = False


Sources = Annotated[list[Source], Field(min_length=1), AfterValidator(_exclusive), BeforeValidator(_listed)]


class Uv(_Table):
    """``[tool.uv]``."""

    package: StrictBool | None = None
    managed: Literal[True] | None = None
    dev_dependencies: list[str] | None = None
    constraint_dependencies: list[str] | None = None
    build_constraint_dependencies: list[str] | None = None
    override_dependencies: list[str] | None = None
    default_groups: Literal["all"] | list[Name] | None = None
    sources: dict[Name, Sources] | None = None
    index: Annotated[list[Index], AfterValidator(_one_default)] | None = None
    conflicts: list[list[object]] | None = None


class IncludeGroup(_Table):
    """``{include-group = "..."}``."""

    model_config = ConfigDict(extra="forbid")

    include_group: Name


class Tool(_Table):
    """``[tool]``."""

    uv: Uv | None = None


class Document(_Table):
    """The whole file."""

    project: Project | None = None
    dependency_groups: Annotated[dict[Name, list[str | IncludeGroup]], Distinct] | None = None
    tool: Tool | None = None


def _given(table: BaseModel, names: Sequence[str]) -> list[str]:
    return [name for name in names if getattr(table, name) is not None]
