"""The immutable snapshot of a source tree that every rung judges, and the limits under which it is read.

The loaders that make one live in ``checks.loaders``, one file a kind of input.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType

READABLE_SUFFIXES = frozenset(
    {".py", ".pyi", ".toml", ".yaml", ".yml", ".json", ".md", ".txt", ".cfg", ".ini", ".lock"}
)
"""Suffixes whose content a rung may want; other files are known by path alone."""

RESEARCH_HISTORY = ".research/research_history.json"
"""Where a repository keeps the history of its research, the largest text that any has."""


class TreeError(Exception):
    """The input cannot be read as a source tree; the message says what was wrong and what to do."""


class WhyUnread(StrEnum):
    """Why a path of the tree has no content in the snapshot."""

    NOT_TEXT = "not-text"
    TOO_LARGE = "too-large"
    TREE_TOO_LARGE = "tree-too-large"
    LINK = "link"
    SPECIAL = "special"
    UNSAFE_PATH = "unsafe-path"
    UNREADABLE = "unreadable"
    UNLISTED = "unlisted-folder"
    KILLED_THE_ANALYSIS = "killed-the-analysis"


@dataclass(frozen=True, slots=True)
class Unread:
    """A path that exists in the tree and was not read.

    Args:
        why: the kind of reason.
        detail: one clause for a person, for example ``"17.0 MB, the limit is 2.0 MB"``.
    """

    why: WhyUnread
    detail: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on what a loader takes in; past one, the path is recorded as unread.

    Args:
        file_bytes: largest single file, bytes.
        history_bytes: largest research history, which quotes whole papers, bytes.
        total_bytes: all contents together, bytes.
        entries: most entries of any kind; an input with more is refused.
        archive_bytes: most compressed bytes of an archive, bytes.
        unpacked_bytes: most bytes an archive may unpack to, read or not, bytes.
        ratio: most unpacked bytes for one compressed byte, counted once 1 MiB is out.
    """

    file_bytes: int = 2 * 1024 * 1024
    history_bytes: int = 8 * 1024 * 1024
    total_bytes: int = 64 * 1024 * 1024
    entries: int = 50_000
    archive_bytes: int = 256 * 1024 * 1024
    unpacked_bytes: int = 2 * 1024 * 1024 * 1024
    ratio: int = 200

    def of(self, path: str) -> int:
        """Most bytes of one file, by its path."""
        return max(self.file_bytes, self.history_bytes) if path == RESEARCH_HISTORY else self.file_bytes


DEFAULT_LIMITS = Limits()
"""The caps that apply where a caller names none."""


@dataclass(frozen=True, slots=True)
class SourceTree:
    """One commit's files, read once and never changed.

    Args:
        files: contents by POSIX path relative to the root.
        unread: paths that exist and were not read, with the reason.
        origin: what was loaded, for a person.
        revision: commit or tree identifier, where the input has one.
    """

    files: Mapping[str, bytes]
    unread: Mapping[str, Unread] = field(default_factory=dict)
    origin: str = ""
    revision: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))
        object.__setattr__(self, "unread", MappingProxyType(dict(sorted(self.unread.items()))))

    @classmethod
    def of(cls, files: Mapping[str, "str | bytes | Unread"]) -> "SourceTree":
        """A tree from texts in memory; a path may be given the reason why it was not read instead of a text."""
        unread = {path: data for path, data in files.items() if isinstance(data, Unread)}
        read = {path: data for path, data in files.items() if not isinstance(data, Unread)}
        return cls({path: text.encode() if isinstance(text, str) else text for path, text in read.items()}, unread)

    def __contains__(self, path: object) -> bool:
        return path in self.files or path in self.unread

    def paths(self, *patterns: str) -> Iterator[str]:
        """Every path, read or not, in order; with patterns (``fnmatch``, ``*`` crosses ``/``) those that match one."""
        for path in sorted({*self.files, *self.unread}):
            if not patterns or any(fnmatchcase(path, pattern) for pattern in patterns):
                yield path

    def without(self, paths: Iterable[str], why: Unread) -> "SourceTree":
        """The same tree with the contents of ``paths`` withheld for the reason given."""
        gone = set(paths)
        return SourceTree(
            {path: data for path, data in self.files.items() if path not in gone},
            {**self.unread, **dict.fromkeys(sorted(gone), why)},
            self.origin,
            self.revision,
        )


def is_safe_path(path: str) -> bool:
    """Whether a stored path is relative, normalised and stays inside the tree."""
    return (
        bool(path)
        and not path.startswith("/")
        and "\\" not in path
        and "\0" not in path
        and posixpath.normpath(path) == path
        and path.split("/", 1)[0] != ".."
    )


def is_readable(path: str) -> bool:
    """Whether a path's suffix says that some rung may want its content."""
    return posixpath.splitext(path)[1].lower() in READABLE_SUFFIXES
