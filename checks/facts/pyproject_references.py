"""Names in ``pyproject.toml`` that refer to a dependency group or an index which nothing defines."""

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name

from checks.facts.pyproject import Pyproject
from checks.facts.requirements import distribution
from checks.facts.toml_positions import Path

Dangling = tuple[Path, str]
"""The keys of a reference, and what is wrong with it."""


def dangling(project: Pyproject) -> Iterator[Dangling]:
    """Every reference that uv cannot follow."""
    yield from _groups(project)
    yield from _default_groups(project)
    yield from _indexes(project)


def _groups(project: Pyproject) -> Iterator[Dangling]:
    groups = project.table("dependency-groups")
    known: dict[str, str] = {canonicalize_name(name): name for name in groups}
    edges = {name: list(_includes(entries)) for name, entries in groups.items()}
    for name, included in edges.items():
        for index, other in included:
            path: Path = ("dependency-groups", name, index)
            if canonicalize_name(other) not in known:
                yield path, f"dependency group `{name}` includes `{other}`, which is not defined"
            elif _reaches(known[canonicalize_name(other)], name, edges, known):
                yield path, f"dependency group `{name}` includes itself through `{other}`"


def _default_groups(project: Pyproject) -> Iterator[Dangling]:
    known = {canonicalize_name(name) for name in project.table("dependency-groups")}
    if project.get("tool", "uv", "dev-dependencies") is not None:
        known.add(canonicalize_name("dev"))
    for index, name in project.strings("tool", "uv", "default-groups"):
        if canonicalize_name(name) not in known:
            yield ("tool", "uv", "default-groups", index), f"default group `{name}` is not defined"


def _includes(entries: object) -> Iterator[tuple[int, str]]:
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        other = entry.get("include-group") if isinstance(entry, dict) else None
        if isinstance(other, str):
            yield index, other


def _reaches(start: str, goal: str, edges: Mapping[str, list[tuple[int, str]]], known: Mapping[str, str]) -> bool:
    seen, stack = set(), [start]
    while stack:
        name = stack.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            stack += [known[canonicalize_name(other)] for _, other in edges[name] if canonicalize_name(other) in known]
    return False


def _indexes(project: Pyproject) -> Iterator[Dangling]:
    indexes = project.get("tool", "uv", "index")
    found = indexes if isinstance(indexes, list) else []
    defined = [index.get("name") for index in found if isinstance(index, dict)]
    used = {distribution(text) for _, text in project.strings("project", "dependencies")}
    for name, source in project.table("tool", "uv", "sources").items():
        for each in source if isinstance(source, list) else [source]:
            index = each.get("index") if isinstance(each, dict) else None
            if isinstance(index, str) and index not in defined and canonicalize_name(name) in used:
                yield ("tool", "uv", "sources", name), f"`{name}` comes from index `{index}`, which is not defined"
