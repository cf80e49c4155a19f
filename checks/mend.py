"""Applies the exact mends of a review to the files of a local checkout, and nothing else.

Only lines that a finding names are touched; line ends, a byte order mark, the rest of the file and its mode stay as
they are. A file that changed since it was read is left alone.
"""

import os
import stat
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from checks.finding import Finding
from checks.tree import SourceTree, TreeError

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Mend:
    """Lines of one file that give way to other text.

    Args:
        finding: the finding that carries the text.
        path: the file.
        line: first line, counted from 1.
        end_line: last line, inclusive.
        text: what stands there instead, without its last line end; empty where the lines go.
    """

    finding: Finding
    path: str
    line: int
    end_line: int
    text: str


def mends(findings: Iterable[Finding]) -> Iterator[Mend]:
    """The exact mends of findings that nobody accepted, those first that the findings' order puts first."""
    for finding in findings:
        exact = finding.fix.replacement if finding.fix is not None else None
        if exact is not None and finding.path and finding.line and finding.waiver is None:
            yield Mend(finding, finding.path, finding.line, finding.end_line or finding.line, exact)


def mended(tree: SourceTree, findings: Iterable[Finding]) -> tuple[Mapping[str, bytes], tuple[Mend, ...]]:
    """The new content of each file that exact mends change, and the mends that made it.

    Of mends that share a line the first counts; the others are for another round. A file that is not UTF-8, or has line
    ends of its own (a lone carriage return), is left alone, since its lines may be counted in more than one way.
    """
    by_path: dict[str, list[Mend]] = defaultdict(list)
    for mend in mends(findings):
        if all(mend.end_line < other.line or other.end_line < mend.line for other in by_path[mend.path]):
            by_path[mend.path].append(mend)
    changed: dict[str, bytes] = {}
    done: list[Mend] = []
    for path, some in by_path.items():
        text = _text(tree.files.get(path, b""))
        new = _with(text, some) if text is not None else None
        if new is not None and new != text:
            changed[path] = new.encode()
            done += some
    return changed, tuple(done)


def write(root: Path, tree: SourceTree, changed: Mapping[str, bytes]) -> None:
    """Put new contents into a directory's files, each at once.

    Args:
        root: the directory that ``tree`` was read from.
        tree: the contents on which the mends rest.
        changed: new content by path.

    Raises:
        TreeError: a file is not there any more as it was read, or cannot be written; those before it are.
    """
    for path, data in changed.items():
        target = root / path
        try:
            status = target.lstat()
            if not stat.S_ISREG(status.st_mode) or root.resolve() not in target.resolve().parents:
                raise TreeError(f"{path} is not a regular file of {root}; it was left alone")
            if target.read_bytes() != tree.files[path]:
                raise TreeError(f"{path} changed while it was reviewed; it was left alone, run the review again")
            _replace(target, data, stat.S_IMODE(status.st_mode))
        except OSError as error:
            raise TreeError(f"{path} cannot be mended: {error.strerror}") from None


def _replace(target: Path, data: bytes, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".referee-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\r" in text.replace("\r\n", "") else text


def _with(text: str, some: Iterable[Mend]) -> str | None:
    """The text with the mends' lines; None where one names a line that is not there."""
    mark = BOM if text.startswith(BOM) else ""
    lines = _split(text.removeprefix(BOM))
    for mend in sorted(some, key=lambda mend: mend.line, reverse=True):
        if mend.end_line > len(lines):
            return None
        old = lines[mend.line - 1 : mend.end_line]
        end = "\r\n" if old[0].endswith("\r\n") else "\n"
        last = end if old[-1].endswith("\n") else ""
        new = mend.text.replace("\r\n", "\n").replace("\n", end) + last if mend.text else ""
        lines[mend.line - 1 : mend.end_line] = [new]
    return mark + "".join(lines)


def _split(text: str) -> list[str]:
    """The lines with their ends; only ``\\n`` ends one."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
