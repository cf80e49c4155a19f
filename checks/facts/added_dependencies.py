"""The main list of dependencies with more of them, written so that nothing else of it changes."""

from collections.abc import Sequence

import tomli

from checks.facts.declared import MAIN
from checks.facts.toml_positions import Path, Span


def with_dependencies(lines: Sequence[str], span: Span | None, place: Path, names: Sequence[str]) -> str | None:
    """The lines of ``dependencies = [...]`` with every name added at its end.

    None where the list is another table's, or its closing bracket is not the last thing on its line.

    Args:
        lines: the project file's lines.
        span: the list's lines.
        place: the list's keys.
        names: distributions to add, in order.
    """
    if span is None or place != MAIN or not names:
        return None
    old = list(lines[span.line - 1 : span.end_line])
    last = old[-1].rstrip()
    if not last.endswith("]"):
        return None
    added = [f'"{name}",' for name in names]
    if len(old) == 1:
        inside = last[:-1].rstrip()
        comma = "" if inside.endswith(("[", ",")) else ","
        new = [f"{inside}{comma} {' '.join(added)}".replace("[ ", "[").rstrip(",") + "]"]
    elif last.strip() == "]" and "#" not in old[-2]:
        above = old[-2].rstrip()
        indent = above[: len(above) - len(above.lstrip())] if len(old) > 2 else "    "
        comma = "" if above.endswith((",", "[")) else ","
        new = [*old[:-2], f"{above}{comma}", *(f"{indent}{each}" for each in added), old[-1]]
    else:
        return None
    return "\n".join(new) if _holds("\n".join(new), names) else None


def _holds(text: str, names: Sequence[str]) -> bool:
    """Whether the new text is TOML and holds the names."""
    try:
        found = tomli.loads(text).get("dependencies")
    except tomli.TOMLDecodeError:
        return False
    return isinstance(found, list) and found[-len(names) :] == list(names)
