"""Hostile text in GitHub's Markdown: nothing in it may ping, link, load, close a fence or pass for a marker of ours.

Every text that comes from the code under review goes through one of ``code``, ``prose`` and ``fence``. GitHub looks for
mentions, issue numbers and bare links after it has read the Markdown, so a backslash does not stop those; a zero-width
space inside them does.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from checks.report.visible import visible

T = TypeVar("T")

GAP = "\u200b"
"""Zero-width space: breaks what GitHub would turn into a link or a notification, and cannot be seen."""

_PUNCTUATION = re.compile(r"([\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
_BLOCK_START = re.compile(r"^(\d*)([-+#>=.)])")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?=\S)(.*?\S)(?<!`)\1(?!`)")
_REFERENCE = re.compile(r"(?i)(@|\$|#(?=\d)|\bGH-(?=\d)|www(?=\.)|:(?=//))")
_COMMIT = re.compile(r"(?i)\b(?=\d*[a-f])[0-9a-f]{7,40}\b")
_MARKER_UNSAFE = re.compile(r"[^A-Za-z0-9:._/ ,=]")


def marker(kind: str, value: str) -> str:
    """A comment that readers do not see and ``marked`` finds; ``value`` keeps letters, digits and ``:._/ ,=``."""
    return f"<!-- referee:{kind} {_MARKER_UNSAFE.sub('', value)} -->"


def marked(body: str, kind: str) -> list[str]:
    """The values of the markers of one kind that open a body, one a line.

    Only the unbroken run of marker lines at the very start counts: what follows may quote the code under review.
    """
    values = []
    for line in body.split("\n"):
        match = re.fullmatch(r"<!-- referee:([a-z]+) ([^<>]*) -->\r?", line)
        if match is None:
            break
        if match[1] == kind:
            values.append(match[2])
    return values


def code(text: str) -> str:
    """The text as an inline code span on one line; empty text stays empty."""
    shown = _unmarked(visible(text).replace("\n", "\\n").replace("\t", "\\t"))
    if not shown:
        return ""
    fence = "`" * (_longest_run(shown) + 1)
    # A span that is not all space loses one at either end if both are there, and a backtick must not touch the fence.
    pad = " " if shown.strip(" ") and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str) -> str:
    """The text as plain words on one line; what it sets between backticks becomes a code span, the rest is inert."""
    shown = " ".join(visible(text.replace("\t", " ")).split())
    parts, last = [], 0
    for match in _SPAN.finditer(shown):
        parts += [_inert(shown[last : match.start()]), code(match[2].strip())]
        last = match.end()
    return _BLOCK_START.sub(r"\1\\\2", "".join([*parts, _inert(shown[last:])]))


def cell(text: str) -> str:
    """The text as plain words for a table's cell: no code span, in which a bar would end the cell."""
    return _inert(" ".join(visible(text.replace("\t", " ")).split()))


def fence(text: str, language: str = "") -> str:
    """The text as a fenced block; the fence is longer than any run of backticks inside."""
    shown = _unmarked(visible(text.replace("\r\n", "\n"))).rstrip("\n")
    ticks = "`" * max(3, _longest_run(shown) + 1)
    return f"{ticks}{language}\n{shown}\n{ticks}"


def link(label: str, base: str, path: str, line: int | None = None, end_line: int | None = None) -> str:
    """``label`` as code, linked to a file and its lines below ``base``, which is ours; without base the code alone."""
    if not base:
        return code(label)
    lines = f"#L{line}" + (f"-L{end_line}" if end_line and end_line != line else "") if line else ""
    return f"[{code(label)}]({base}/{quote(path, errors='replace')}{lines})"


def shorten(text: str, limit: int) -> str:
    """The text, cut at ``limit`` characters with an ellipsis that says so."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def size(text: str) -> int:
    """Length as counted against GitHub's limits: bytes in UTF-8, which is never less than characters."""
    return len(text.encode("utf-8", "replace"))


def join_within(items: Sequence[T], render: Callable[[T], str], limit: int, separator: str = "\n\n") -> tuple[str, int]:
    """As many whole items, in order, as ``limit`` bytes hold when rendered and joined; and how many were left out.

    Once one does not fit, none after it is taken: the order is by weight.
    """
    taken: list[str] = []
    used = 0
    for item in items:
        block = render(item)
        used += size(block) + (size(separator) if taken else 0)
        if used > limit:
            break
        taken.append(block)
    return separator.join(taken), len(items) - len(taken)


def _inert(text: str) -> str:
    gapped = _COMMIT.sub(lambda match: GAP.join(re.findall(".{1,6}", match[0])), text)
    gapped = _REFERENCE.sub(rf"\1{GAP}", gapped)
    return _PUNCTUATION.sub(r"\\\1", gapped.replace("&", "&amp;").replace("<", "&lt;"))


def _unmarked(text: str) -> str:
    return text.replace("<!--", f"<{GAP}!--")


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
