"""Everything in ``pyproject.toml`` that makes uv refuse it, each with its place and its mend."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from checks.facts.pyproject import Pyproject, dotted, kind_of
from checks.facts.pyproject_references import dangling
from checks.facts.pyproject_schema import Document
from checks.facts.requirements import from_poetry, mended_by_uv, proper, refusal
from checks.facts.toml_positions import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that uv refuses.

    Args:
        path: the keys it is at.
        message: what is wrong, in a sentence that stands alone.
        line: first line, counted from 1.
        end_line: last line.
        mend: what to do.
        replacement: lines to put for ``line`` to ``end_line``; None where the mend is not mechanical.
    """

    path: Path
    message: str
    line: int
    end_line: int
    mend: str
    replacement: tuple[str, ...] | None = None


def faults(project: Pyproject) -> Iterator[Fault]:
    """Every fault, the parse error alone when the text is not TOML."""
    if project.error is not None:
        line = project.error.line
        message = f"pyproject.toml is not valid TOML: {project.error.message}."
        yield Fault((), message, line, line, "Correct the syntax; uv stops at this line before it reads anything.")
        return
    yield from _misshapen(project)
    for path, lenient in _requirement_lists(project):
        yield from _malformed(project, path, lenient)
    for path, what in dangling(project):
        span = project.span(path)
        yield Fault(
            path, f"In pyproject.toml, {what}.", span.line, span.end_line, "Define it, or remove the reference."
        )


def _misshapen(project: Pyproject) -> Iterator[Fault]:
    try:
        Document.model_validate(dict(project.data))
    except ValidationError as error:
        seen = set()
        for detail in error.errors(include_url=False):
            path = _place(project, detail["loc"])
            if path not in seen:
                seen.add(path)
                yield _shape_fault(project, path, detail)


def _place(project: Pyproject, location: tuple[str | int, ...]) -> Path:
    """The keys of a pydantic location that are in the file: it adds the names of union members and ``[key]``."""
    path: Path = ()
    for part in location:
        if project.get(*path, part) is not None:
            path = (*path, part)
    return path


def _shape_fault(project: Pyproject, path: Path, detail: ErrorDetails) -> Fault:
    span = project.span(path)
    value = project.get(*path)
    if path[-1:] == ("dependencies",) and len(path) == 2 and isinstance(value, dict):
        return _dependency_table(project, value)
    what = f"`{dotted(path)}` in pyproject.toml"
    match detail["type"]:
        case "missing":
            message, mend = f"{what} has no `{detail['loc'][-1]}`.", f"Add `{detail['loc'][-1]}`."
        case "extra_forbidden":
            message, mend = f"{what} is a key that uv does not know there.", "Remove the key."
        case "value_error":
            reason = str(detail["ctx"]["error"]) if "ctx" in detail else detail["msg"]
            message, mend = f"{what}: {reason}.", "Write a value that uv accepts."
        case kind:
            wanted = _WANTED.get(kind, detail["msg"])
            message, mend = f"{what} is {kind_of(value)}; uv wants {wanted}.", f"Make it {wanted}."
    return Fault(path, message, span.line, span.line if isinstance(value, dict) else span.end_line, mend)


_WANTED = {
    "list_type": "an array",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "string_type": "a string",
    "bool_type": "true or false",
    "literal_error": "another value",
    "too_short": "at least one entry",
    "string_pattern_mismatch": "letters, digits, '.', '_' and '-'",
}


def _dependency_table(project: Pyproject, table: Mapping[str, object]) -> Fault:
    path: Path = ("project", "dependencies")
    span = project.span(path)
    return Fault(
        path,
        "`[project.dependencies]` is a table; it must be an array of PEP 508 strings, so `uv sync` and `uv run` stop "
        "with a parse error before anything is installed.",
        span.line,
        span.end_line,
        'Write `dependencies = ["name>=1.0", ...]` under `[project]`; `^1.2` becomes `>=1.2,<2`, `"*"` the bare name.',
        _as_array(project, table),
    )


def _as_array(project: Pyproject, table: Mapping[str, object]) -> tuple[str, ...] | None:
    """The table as an array, where it directly follows the keys of ``[project]`` and every entry has a certain form."""
    header = project.span(("project", "dependencies")).line
    own = project.span(("project",))
    between = [span.line for path, span in project.positions.items() if own.end_line < span.line < header and path]
    if not own.line < header or between or ("project",) not in project.positions:
        return None
    entries = {name: _entry(name, value) for name, value in table.items() if name.lower() != "python"}
    if None in entries.values():
        return None
    return ("dependencies = [", *(f'  "{entry}",' for entry in entries.values()), "]")


def _entry(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        return None
    versions = from_poetry(value)
    written = f"{name}{versions}" if versions is not None else ""
    return written if refusal(written) is None else None


def _requirement_lists(project: Pyproject) -> Iterator[tuple[Path, bool]]:
    """Every array of requirements that uv reads, and whether it mends slips there."""
    lenient = not project.is_built
    yield ("project", "dependencies"), lenient
    for extra in project.table("project", "optional-dependencies"):
        yield ("project", "optional-dependencies", extra), lenient
    for group in project.table("dependency-groups"):
        yield ("dependency-groups", group), False
    for key in ("dev", "constraint", "build-constraint", "override"):
        yield ("tool", "uv", f"{key}-dependencies"), False


def _malformed(project: Pyproject, path: Path, lenient: bool) -> Iterator[Fault]:
    bad = []
    for index, text in project.strings(*path):
        reason = refusal(text)
        if reason is not None and not (lenient and mended_by_uv(text)):
            bad.append((index, text, reason))
    if not bad:
        return
    first = project.span((*path, bad[0][0]))
    last = project.span((*path, bad[-1][0]))
    listed = "; ".join(f"`{text[:80]}`: {reason}" for _, text, reason in bad[:8])
    more = f"; and {len(bad) - 8} more" if len(bad) > 8 else ""
    yield Fault(
        path,
        f"`{dotted(path)}` in pyproject.toml holds what is not a PEP 508 requirement: {listed}{more}.",
        first.line,
        last.end_line,
        "Write each as `name>=1.2,<2`; `^`, a bare `=`, a bare version and `*` are not PEP 508.",
        _rewritten(project, path, [(index, text) for index, text, _ in bad]),
    )


def _rewritten(project: Pyproject, path: Path, bad: list[tuple[int, str]]) -> tuple[str, ...] | None:
    """The lines from the first to the last malformed entry, mended in place where each mend is certain."""
    first = project.span((*path, bad[0][0])).line
    lines = list(project.lines[first - 1 : project.span((*path, bad[-1][0])).end_line])
    for index, text in bad:
        at = project.span((*path, index)).line - first
        better = proper(text)
        if better is None or lines[at].count(text) != 1:
            return None
        lines[at] = lines[at].replace(text, better)
    return tuple(lines)
