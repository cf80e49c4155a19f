"""The distributions that the project declares, and which of them ``uv sync`` installs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from checks.context import Context
from checks.facts.pyproject import Pyproject, pyproject
from checks.facts.requirements import distribution, extras
from checks.facts.toml_positions import Path


@dataclass(frozen=True, slots=True)
class Declared:
    """What the project asks for; names are normalised.

    Args:
        installed: distributions that ``uv sync`` installs, each with the extras asked for.
        aside: distributions that it leaves out, each with where they are declared.
        place: the keys of the main list; empty where there is none.
        is_open: whether the build backend adds dependencies that the files do not show.
    """

    installed: Mapping[str, tuple[str, ...]]
    aside: Mapping[str, str]
    place: Path
    is_open: bool

    def roots(self) -> Iterator[str]:
        """Installed distributions as ``name``, and as ``name[extra]`` for every extra."""
        for name, wanted in self.installed.items():
            yield name
            yield from (f"{name}[{extra}]" for extra in wanted)


MAIN: Path = ("project", "dependencies")
POETRY: Path = ("tool", "poetry", "dependencies")


def declared(context: Context) -> Declared | None:
    """What the root's project file declares; None when it is absent, unread or not TOML."""
    project = context.fact(pyproject)
    if project is None or project.error is not None:
        return None
    installed: dict[str, tuple[str, ...]] = {}
    for text in (*_main(project), *_groups(project), *_from_files(context, project)):
        name = distribution(text)
        if name is not None:
            installed[name] = (*installed.get(name, ()), *extras(text))
    aside = {name: where for name, where in _aside(project) if name not in installed}
    return Declared(installed, aside, _place(project), _is_open(context, project))


def _place(project: Pyproject) -> Path:
    for path in (MAIN, POETRY, ("project",)):
        if project.get(*path) is not None:
            return path
    return ()


def _main(project: Pyproject) -> Iterator[str]:
    """The main dependencies, in whatever shape: a refused table still says what is meant."""
    main = project.get(*MAIN)
    yield from (text for _, text in project.strings(*MAIN))
    yield from project.table(*MAIN)
    if main is None:
        yield from (name for name, value in project.table(*POETRY).items() if not _is_optional(value))


def _is_optional(value: object) -> bool:
    return isinstance(value, dict) and value.get("optional") is True


def _groups(project: Pyproject) -> Iterator[str]:
    """What the default groups hold: ``dev``, unless the file names others."""
    yield from (text for _, text in project.strings("tool", "uv", "dev-dependencies"))
    groups: dict[str, str] = {canonicalize_name(name): name for name in project.table("dependency-groups")}
    chosen = project.get("tool", "uv", "default-groups")
    named = [name for _, name in project.strings("tool", "uv", "default-groups")]
    pending: list[str] = list(groups) if chosen == "all" else named if chosen is not None else ["dev"]
    seen: set[str] = set()
    while pending:
        name = canonicalize_name(pending.pop())
        if name in groups and name not in seen:
            seen.add(name)
            yield from (text for _, text in project.strings("dependency-groups", groups[name]))
            pending += _included(project.get("dependency-groups", groups[name]))


def _included(entries: object) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        other = entry.get("include-group") if isinstance(entry, dict) else None
        if isinstance(other, str):
            yield other


def _aside(project: Pyproject) -> Iterator[tuple[str, str]]:
    for kind, path in (("extra", ("project", "optional-dependencies")), ("group", ("dependency-groups",))):
        for name in project.table(*path):
            for _, text in project.strings(*path, name):
                yield distribution(text) or "", f"the {kind} `{name}`"
    for group in project.table("tool", "poetry", "group"):
        for name in project.table("tool", "poetry", "group", group, "dependencies"):
            yield canonicalize_name(name), f"the Poetry group `{group}`"


def _dynamic_files(project: Pyproject) -> Iterator[str]:
    """Requirement files that setuptools, or hatch's hook for them, reads for dynamic dependencies."""
    for path in (
        ("tool", "setuptools", "dynamic", "dependencies", "file"),
        ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files"),
    ):
        value = project.get(*path)
        yield from [value] if isinstance(value, str) else (text for _, text in project.strings(*path))


def _from_files(context: Context, project: Pyproject) -> Iterator[str]:
    if _is_dynamic(project):
        for path in _dynamic_files(project):
            lines = context.lines(path)
            yield from (line for line in lines if line.strip() and not line.lstrip().startswith(("#", "-")))


def _is_dynamic(project: Pyproject) -> bool:
    return "dependencies" in (text for _, text in project.strings("project", "dynamic"))


def _is_open(context: Context, project: Pyproject) -> bool:
    return _is_dynamic(project) and not any(path in context.tree.files for path in _dynamic_files(project))
