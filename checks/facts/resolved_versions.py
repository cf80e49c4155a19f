"""Which release of a distribution the project gets: the locked one, or what its requirements leave open."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from checks.context import Context
from checks.facts.declared import declared
from checks.facts.pyproject import Pyproject, pyproject
from checks.facts.requirements import distribution, from_poetry

LOCK = "uv.lock"
MAIN = ("project", "dependencies")
POETRY = ("tool", "poetry", "dependencies")
USUAL_PYTHON = ("3.11", "3.12", "3.13")
"""Releases of Python that current releases of the libraries support; an older one alone gets older libraries."""
_LEAVES_OPEN = """
accelerate bitsandbytes click datasets einops evaluate fire huggingface-hub hydra-core jinja2 joblib loguru matplotlib
numpy omegaconf openai optuna packaging pandas peft pillow protobuf psutil pydantic python-dotenv pyyaml regex requests
rich safetensors scikit-learn scipy seaborn sentencepiece statsmodels tabulate tensorboard tiktoken tokenizers torch
torchaudio torchmetrics torchvision tqdm transformers typer wandb
"""
LEAVES_OPEN = frozenset(_LEAVES_OPEN.split())
"""Distributions whose current releases set no upper bound that keeps old the libraries of these tables."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is known of one distribution's release.

    Args:
        locked: the releases in ``uv.lock``; one for each marker where there are several.
        asked: the bounds that the project file sets, joined.
        held_back: why an older release may be installed than the bounds allow; empty where nothing speaks for it.
    """

    locked: tuple[Version, ...]
    asked: SpecifierSet
    held_back: str = ""

    def lacks(self, since: str) -> bool | None:
        """Whether the release is ``since`` or a later one; None where it may be either."""
        first = Version(since)
        if self.locked:
            return all(each >= first for each in self.locked)
        if not any(self.asked.contains(each, prereleases=True) for each in _probes(self.asked, first)):
            return False
        reaches_back = any(each < first and self.asked.contains(each) for each in _below(self.asked, first))
        return None if reaches_back and self.held_back else True


def resolved(context: Context, name: str) -> Resolved:
    """The release of a distribution, by its normalised name."""
    project = context.fact(pyproject)
    usable = project if project is not None and project.error is None else None
    asked = SpecifierSet()
    for text in _texts(usable, name) if usable else ():
        asked &= text
    return Resolved(tuple(_locked(context, name)), asked, _held_back(context, usable, name))


def _probes(asked: SpecifierSet, first: Version) -> Iterator[Version]:
    """Releases at or after ``first`` of which one is allowed wherever any is."""
    yield first
    yield Version(f"{first.major + 100}.0")
    for each in asked:
        bound = _version(each.version)
        if bound is not None:
            for version in (bound, Version(f"{bound.base_version}.999"), Version(f"{bound.major}.{bound.minor}.999")):
                if version >= first:
                    yield version
            if each.operator in ("<", "<=") and bound > first:
                yield Version(f"{first.base_version}.999")


def _below(asked: SpecifierSet, first: Version) -> Iterator[Version]:
    """Releases before ``first`` of which one is allowed wherever any is."""
    yield Version("0")
    yield Version(f"{first.major}.{max(first.minor - 1, 0)}.999") if first.minor else Version(f"{first.major - 1}.999")
    for each in asked:
        bound = _version(each.version)
        if bound is not None:
            yield bound
            yield Version(f"{bound.base_version}.999")


def _texts(project: Pyproject, name: str) -> Iterator[SpecifierSet]:
    for _, text in project.strings(*MAIN):
        if distribution(text) == name:
            yield _specifiers(text)
    for table in (MAIN, POETRY):
        for key, value in project.table(*table).items():
            constraint = value.get("version") if isinstance(value, dict) else value
            if canonicalize_name(key) == name and isinstance(constraint, str):
                yield _specifiers(f"{name}{from_poetry(constraint) or ''}")


def _specifiers(text: str) -> SpecifierSet:
    try:
        return Requirement(text).specifier
    except (InvalidRequirement, RecursionError):
        return SpecifierSet()


def _locked(context: Context, name: str) -> Iterator[Version]:
    text = context.text(LOCK)
    for match in re.finditer(rf'^name = "{re.escape(name)}"\nversion = "([^"\n]+)"', text, re.MULTILINE):
        version = _version(match[1])
        if version is not None:
            yield version


def _version(text: str) -> Version | None:
    try:
        return Version(text.removesuffix(".*"))
    except InvalidVersion:
        return None


def _held_back(context: Context, project: Pyproject | None, name: str) -> str:
    if project is None:
        return "the project file, which cannot be read"
    if not _usual_python(context, project):
        return "the Python version that the project asks for"
    known = context.fact(declared)
    others = sorted(set(known.installed) - LEAVES_OPEN - {name}) if known is not None else []
    return f"`{others[0]}`" if others else ""


def _usual_python(context: Context, project: Pyproject) -> bool:
    wanted = project.get("project", "requires-python") or project.get(*POETRY, "python")
    pinned = context.text(".python-version").strip()
    if re.fullmatch(r"3\.\d+(\.\d+)?", pinned):
        return any(pinned == each or pinned.startswith(f"{each}.") for each in USUAL_PYTHON)
    if not isinstance(wanted, str):
        return True
    try:
        asked = SpecifierSet(from_poetry(wanted) or wanted)
    except InvalidSpecifier:
        return True
    return any(asked.contains(f"{each}.5") for each in USUAL_PYTHON)
