"""The difference of two trees as GitHub shows it: files, patches, and the lines that a comment may stand on."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.demo.standin.objects import blob_id

PATCH_BYTES = 1024 * 1024
"""A longer diff of one file comes without a patch. Source: GitHub's documented limits for diffs, 1 MB."""

PATCH_LINES = 20_000
"""A diff of one file with more lines comes without a patch. Source: as above."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Status = Literal["added", "removed", "modified"]
Kind = Literal["hunk", "added", "removed", "context", "note"]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that differs. A rename shows as one file removed and one added.

    Args:
        patch: the hunks without file headers; None for binary or very large content.
        sha: name of the new content, of the old one where the file is removed.
    """

    path: str
    status: Status
    additions: int
    deletions: int
    patch: str | None
    sha: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a patch.

    Args:
        kind: what it is; ``note`` is the remark about a missing final newline.
        text: the line without its marker.
        hunk: number of its hunk, counted from 0.
        old: its line number in the old file, where it has one.
        new: its line number in the new file, where it has one.
        position: lines below the first hunk header, GitHub's older way to name a line.
    """

    kind: Kind
    text: str
    hunk: int
    old: int | None
    new: int | None
    position: int


def changed_files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[ChangedFile]:
    """Every file that differs between two trees, by path."""
    return [
        _changed(path, old.get(path), new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path)
    ]


def _changed(path: str, old: bytes | None, new: bytes | None) -> ChangedFile:
    status: Status = "added" if old is None else "removed" if new is None else "modified"
    patch = _patch(old or b"", new or b"")
    rows = list(rows_of(patch))
    too_long = patch is not None and (len(rows) > PATCH_LINES or len(patch.encode()) > PATCH_BYTES)
    return ChangedFile(
        path=path,
        status=status,
        additions=sum(row.kind == "added" for row in rows),
        deletions=sum(row.kind == "removed" for row in rows),
        patch=None if too_long or not patch else patch,
        sha=blob_id(new if new is not None else old or b""),
    )


def _patch(old: bytes, new: bytes) -> str | None:
    try:
        before, after = old.decode(), new.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in before or "\0" in after:
        return None
    difference = list(difflib.unified_diff(_lines(before), _lines(after)))[2:]
    whole = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in difference)
    return whole.removesuffix("\n")


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"(?<=\n)", text) if line]


def rows_of(patch: str | None) -> Iterator[Row]:
    """The lines of a patch with their numbers on both sides; none for a file without a patch."""
    old = new = 0
    hunk = -1
    for position, line in enumerate(patch.split("\n") if patch else ()):
        if header := _HUNK.match(line):
            old, new = int(header[1]), int(header[2])
            hunk += 1
            yield Row("hunk", line, hunk, None, None, position)
        elif line.startswith("+"):
            yield Row("added", line[1:], hunk, None, new, position)
            new += 1
        elif line.startswith("-"):
            yield Row("removed", line[1:], hunk, old, None, position)
            old += 1
        elif line.startswith("\\"):
            yield Row("note", line[2:], hunk, None, None, position)
        else:
            yield Row("context", line[1:], hunk, old, new, position)
            old, new = old + 1, new + 1


def row_at(patch: str | None, line: int, side: str) -> Row | None:
    """The row of a patch that shows a line of one side (``RIGHT`` is the new file), or None outside the diff."""
    for row in rows_of(patch):
        if (row.new if side == "RIGHT" else row.old) == line:
            return row
    return None


def hunk_until(patch: str, row: Row) -> str:
    """The patch's text from the head of the row's hunk to the row, which GitHub quotes with a comment."""
    start = next(one.position for one in rows_of(patch) if one.hunk == row.hunk)
    return "\n".join(patch.split("\n")[start : row.position + 1])
