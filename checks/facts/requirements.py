"""One requirement as uv reads it: whether it is accepted, which distribution it names, and how to write it properly."""

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_HEAD = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*")
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_MOST_WORDS = 200
"""Characters of the parser's reason that are kept: it quotes its input."""

_MENDS = (
    (re.compile(r"(?<=[0-9])(?=[<>=~!])"), ","),
    (re.compile(r"!=~(?=[0-9])((?:[0-9]\.)*[0-9])"), r"!=\1.*"),
    (re.compile(r"((?:<=|>=|<|>)[0-9]+(?:\.[0-9]+)*)\.\*"), r"\1"),
    (re.compile(r"([0-9]\.[0-9])\*"), r"\1.*"),
    (re.compile(r",\s*\Z"), ""),
    (re.compile(r">dev\b"), ">0.0.0dev"),
    (re.compile(r"['\"]"), ""),
)
"""The slips that uv mends with a warning in ``project.dependencies`` and ``optional-dependencies``, in its order.
Source: uv 0.13, ``uv-pypi-types``, lenient requirements; the differential test runs the real program."""


def refusal(text: str) -> str | None:
    """Why uv does not take ``text`` as a PEP 508 requirement; None when it does."""
    try:
        requirement = Requirement(text)
    except RecursionError:
        return "its marker is nested too deeply"
    except ValueError as error:
        return str(error).split("\n", 1)[0][:_MOST_WORDS]
    if requirement.url is not None and not _SCHEME.match(requirement.url):
        return f"{requirement.url!r} after '@' is not a URL"
    for specifier in requirement.specifier:
        if specifier.operator == "===" and not _is_version(specifier.version):
            return f"{specifier.version!r} is not a version"
    return None


def mended_by_uv(text: str) -> bool:
    """Whether uv takes a malformed requirement all the same, after mending it with a warning."""
    constraint, semicolon, marker = text.partition(";")
    for pattern, replacement in _MENDS:
        constraint = pattern.sub(replacement, constraint)
        if refusal(constraint + semicolon + marker) is None:
            return True
    return False


def distribution(text: str) -> str | None:
    """The normalised distribution that a requirement names, however wrong the rest of it is."""
    match = _HEAD.match(text)
    return canonicalize_name(match[1]) if match else None


def extras(text: str) -> tuple[str, ...]:
    """The normalised extras that a requirement asks for."""
    match = _HEAD.match(text)
    inside = (match[2] or "[]")[1:-1] if match else ""
    return tuple(canonicalize_name(each.strip()) for each in inside.split(",") if each.strip())


def proper(text: str) -> str | None:
    """A malformed requirement in PEP 508 form with the meaning that Poetry gives it; None when that is not certain."""
    before, semicolon, marker = text.partition(";")
    match = _HEAD.match(before)
    if match is None:
        return None
    versions = from_poetry(before[match.end() :].strip().strip("()"))
    if versions is None:
        return None
    result = f"{match[1]}{match[2] or ''}{versions}{f' ; {marker.strip()}' if semicolon else ''}"
    return result if refusal(result) is None else None


def from_poetry(constraint: str) -> str | None:
    """A Poetry version constraint as PEP 440 specifiers, ``""`` for any version; None when there is no certain one."""
    parts = [_one(part.strip()) for part in constraint.split(",") if part.strip()]
    known = [part for part in parts if part is not None]
    return ",".join(part for part in known if part) if len(known) == len(parts) else None


def _one(part: str) -> str | None:
    if part in ("*", "==*"):
        return ""
    if part[0] == "^":
        return _range(part[1:].strip(), caret=True)
    if part[0] == "~" and not part.startswith("~="):
        return _range(part[1:].strip(), caret=False)
    if part[0].isdigit():
        part = f"=={part}"
    elif re.match(r"=[^=]", part):
        part = f"={part}"
    return part if refusal(f"x {part}") is None else None


def _range(text: str, caret: bool) -> str | None:
    """``^1.2`` or ``~1.2`` without its sign as a lower and an upper bound."""
    match = _RELEASE.fullmatch(text)
    if match is None:
        return None
    release = [int(number) for number in text.split(".")]
    keep = min(1, len(release) - 1)
    if caret:
        keep = next((place for place, number in enumerate(release) if number), len(release) - 1)
    upper = [*release[:keep], release[keep] + 1]
    return f">={text},<{'.'.join(map(str, upper))}"


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
