"""Why a build backend would refuse the project, so far as the files show it with certainty.

Each reason was seen by building a small tree with uv 0.13 and the backend's release of 2026; a field that only some
backend minds is judged for that backend alone.
"""

import re
from collections.abc import Iterator, Mapping

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from checks.facts.pyproject import Pyproject, kind_of
from checks.facts.requirements import distribution, refusal
from checks.facts.toml_positions import Path
from checks.tree import SourceTree

Reason = tuple[Path, str, str]
"""The keys at fault, what is wrong with them, and what to do."""

BACKENDS: Mapping[str, str] = {
    "setuptools.build_meta": "setuptools",
    "setuptools.build_meta:__legacy__": "setuptools",
    "hatchling.build": "hatchling",
    "poetry.core.masonry.api": "poetry-core",
    "flit_core.buildapi": "flit-core",
    "pdm.backend": "pdm-backend",
    "uv_build": "uv-build",
}
"""Build backend to the distribution that holds it."""

_KEYS = """
name version description readme requires-python license license-files authors maintainers keywords classifiers urls
scripts gui-scripts entry-points dependencies optional-dependencies dynamic import-names import-namespaces
"""

PROJECT_KEYS = frozenset(_KEYS.split())
"""Keys of ``[project]``, from the packaging specifications."""

SELECTIONS = ("include", "packages", "only-include", "bypass-selection", "artifacts", "force-include", "hooks")
"""Keys by which hatchling is told what to ship."""

REQUIRES: Path = ("build-system", "requires")
BACKEND: Path = ("build-system", "build-backend")


def reasons(project: Pyproject, tree: SourceTree) -> Iterator[Reason]:
    """Every reason; none where uv does not build the project or the backend is the tree's own."""
    if not project.is_built or project.get("build-system", "backend-path") is not None:
        return
    yield from _requirements(project)
    yield from _nothing_to_ship(project, tree)
    yield from _metadata(project)


def _requirements(project: Pyproject) -> Iterator[Reason]:
    if project.get("build-system") is None:
        return
    listed = project.get(*REQUIRES)
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        what = f"is {kind_of(listed)}" if listed is not None else "is missing"
        yield REQUIRES, f"`build-system.requires` {what}; it must be an array of strings", "Name the build backend."
        return
    for index, text in project.strings(*REQUIRES):
        reason = refusal(text)
        if reason is not None:
            yield (*REQUIRES, index), f"`{text[:80]}` is not a PEP 508 requirement: {reason}", "Correct it."
    if project.get(*BACKEND) is not None:
        yield from _backend(project, {distribution(text) for _, text in project.strings(*REQUIRES)})


def _backend(project: Pyproject, required: set[str | None]) -> Iterator[Reason]:
    name = project.backend
    holder = BACKENDS.get(name)
    if holder is not None and holder not in required:
        yield BACKEND, f"`{name}` is in `{holder}`, which `build-system.requires` does not name", f"Add `{holder}`."
    elif name.startswith("poetry.masonry"):
        yield BACKEND, f"`{name}` is no build backend any more", "Use `poetry-core` and `poetry.core.masonry.api`."
    elif holder is None and name.startswith("setuptools."):
        yield BACKEND, f"`{name}` is no build backend of setuptools", "Write `setuptools.build_meta`."


def _nothing_to_ship(project: Pyproject, tree: SourceTree) -> Iterator[Reason]:
    name = project.get("project", "name")
    backend = project.backend
    if not isinstance(name, str):
        return
    module = canonicalize_name(name).replace("-", "_")
    mend = "Remove `[build-system]`, since the experiment is not a package, or tell the backend what to ship."
    if backend == "hatchling.build":
        found = _told_hatch(project) or any(
            _hatch_finds(stem, tree) for stem in {re.sub(r"[^\w.]+", "_", name), module}
        )
    elif backend == "poetry.core.masonry.api":
        if project.get("tool", "poetry", "package-mode") is False:
            yield BACKEND, "`package-mode = false` lets Poetry build nothing, and uv builds the project", mend
            return
        told = project.get("tool", "poetry", "packages") is not None
        found = told or _any(tree, f"{module}/*", f"{module}.py", f"src/{module}/*", f"src/{module}.py")
    elif backend == "uv_build":
        found = project.get("tool", "uv", "build-backend") is not None or f"src/{module}/__init__.py" in tree
    else:
        return
    if not found:
        yield BACKEND, f"`{backend}` finds no module called `{module}` to package, so the build stops", mend


def _told_hatch(project: Pyproject) -> bool:
    tables = (project.table("tool", "hatch", "build"), project.table("tool", "hatch", "build", "targets", "wheel"))
    return any(key in table for table in tables for key in SELECTIONS)


def _hatch_finds(stem: str, tree: SourceTree) -> bool:
    spaces = [path for path in tree.paths(f"*/{stem}/__init__.py") if path.count("/") == 2]
    return (
        f"{stem}/__init__.py" in tree or f"{stem}.py" in tree or f"src/{stem}/__init__.py" in tree or len(spaces) == 1
    )


def _any(tree: SourceTree, *patterns: str) -> bool:
    return any(True for _ in tree.paths(*patterns))


def _metadata(project: Pyproject) -> Iterator[Reason]:
    mend = "Correct the field, or remove `[build-system]`, since the experiment is not a package."
    for key in ("authors", "maintainers"):
        people = project.get("project", key)
        if people is not None and not (isinstance(people, list) and all(isinstance(each, dict) for each in people)):
            yield ("project", key), f'`{key}` must be an array of tables such as `{{name = "A"}}`', mend
    for key in ("scripts", "gui-scripts", "urls"):
        table = project.get("project", key)
        if table is not None and not isinstance(table, dict):
            yield ("project", key), f"`{key}` is {kind_of(table)}; it must be a table", mend
    if project.backend.startswith("setuptools"):
        unknown = sorted(set(project.table("project")) - PROJECT_KEYS)
        yield from (
            (("project", key), f"`{key}` is not a key of `[project]`, and setuptools stops at it", mend)
            for key in unknown
        )
    yield from _license(project, mend)


def _license(project: Pyproject, mend: str) -> Iterator[Reason]:
    text = project.get("project", "license")
    if isinstance(text, str) and project.backend.startswith(("setuptools", "hatchling")):
        try:
            canonicalize_license_expression(text)
        except InvalidLicenseExpression:
            yield ("project", "license"), f"`{text[:80]}` is not an SPDX licence expression such as `MIT`", mend
