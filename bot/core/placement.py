"""Where an inline comment may stand: GitHub refuses a whole review for one line outside the diff."""

from collections.abc import Iterable, Mapping, Sequence

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from bot.core.published import ChangedFile

Ranges = Sequence[Sequence[int]]
"""First and last line, counted from 1 and inclusive, of each hunk on the new side of one file's diff."""


def commentable(files: Iterable[ChangedFile]) -> dict[str, list[list[int]]]:
    """The new side's hunks of every file of a diff, by path.

    A file whose patch is missing (big or binary), deleted, merely renamed, or not a patch that can be read to the
    letter is absent: nothing may be commented there.
    """
    found = {file.path: hunks(file.patch) for file in files if file.patch and file.status != "removed"}
    return {path: ranges for path, ranges in found.items() if ranges}


def hunks(patch: str) -> list[list[int]]:
    """First and last line of each hunk of one file's patch, as GitHub's ``files`` answer carries it (no file header).

    An unreadable patch gives none. Lines end at ``\\n`` alone, so that a carriage return or a form feed inside a line
    of code is not taken for the end of it.
    """
    lines = ["--- a/file\n", "+++ b/file\n", *(f"{line}\n" for line in patch.rstrip("\n").split("\n"))]
    try:
        parsed = PatchSet(lines, metadata_only=True)
    except (UnidiffParseError, ValueError):
        return []
    if len(parsed) != 1:
        return []
    return [[hunk.target_start, hunk.target_start + hunk.target_length - 1] for hunk in parsed[0] if hunk.target_length]


def place(ranges: Mapping[str, Ranges], path: str | None, line: int | None, end: int | None) -> tuple[int, int] | None:
    """First and last line of a comment on lines ``line`` to ``end``, or None where the diff shows none of them.

    Both lie in one hunk, as GitHub asks; lines that reach beyond it are cut off.
    """
    if path is None or line is None:
        return None
    last = max(line, end or line)
    for first_shown, last_shown in ranges.get(path, ()):
        first, final = max(line, first_shown), min(last, last_shown)
        if first <= final:
            return first, final
    return None
