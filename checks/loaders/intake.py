"""What every loader collects into, so that names, skips and caps are the same whatever the input is."""

from collections.abc import Callable

from checks.loaders.names import shown
from checks.tree import Limits, SourceTree, TreeError, Unread, WhyUnread, is_readable, is_safe_path

SKIPPED_DIRECTORIES = frozenset(
    {
        ".cache",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".idea",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "node_modules",
    }
)
"""Directories that tools write and no review looks into, at any depth; their paths do not enter the tree."""


class Intake:
    """Takes in one input's entries under the limits and hands over the tree.

    Of two entries with one path the later stands, as it would after unpacking.

    Args:
        limits: the caps.
        origin: what is being loaded, for a person.
    """

    def __init__(self, limits: Limits, origin: str) -> None:
        self._limits = limits
        self._origin = shown(origin)
        self._files: dict[str, bytes] = {}
        self._unread: dict[str, Unread] = {}
        self._entries = 0
        self._name_bytes = 0
        self._content_bytes = 0

    def count(self, name: str) -> None:
        """Count one entry of any kind, directories included.

        Raises:
            TreeError: there are more entries, or more text in their names, than the limits allow.
        """
        self._entries += 1
        self._name_bytes += len(name)
        if self._entries > self._limits.entries:
            raise TreeError(
                f"{self._origin} holds more than {self._limits.entries:,} entries; "
                "remove generated files from it or review a smaller directory"
            )
        if self._name_bytes > self._limits.total_bytes:
            raise TreeError(f"the file names of {self._origin} alone take more than {megabytes(self._name_bytes)}")

    def file(self, path: str, size: int, read: Callable[[], bytes]) -> None:
        """Take in a regular file.

        Args:
            path: POSIX path relative to the root.
            size: bytes that the input says it has.
            read: returns the content; called only when it is wanted. An OSError makes the path unreadable.
        """
        refusal = self._refusal(path, size)
        if refusal:
            self.leave(path, *refusal)
            return
        if is_skipped(path):
            return
        try:
            data = read()
        except OSError as error:
            self.leave(path, WhyUnread.UNREADABLE, error.strerror or type(error).__name__)
            return
        if refusal := self._refusal(path, len(data)):
            self.leave(path, *refusal)
            return
        self._forget(path)
        self._files[path] = data
        self._content_bytes += len(data)

    def leave(self, path: str, why: WhyUnread, detail: str) -> None:
        """Record a path whose content is not taken."""
        if is_skipped(path):
            return
        name = shown(path)
        self._forget(name)
        if not is_safe(path):
            why, detail = WhyUnread.UNSAFE_PATH, "its name is not a plain relative path"
        self._unread[name] = Unread(why, detail)

    def tree(self, revision: str | None = None, *, without_top: bool = False) -> SourceTree:
        """What was taken in.

        Args:
            revision: commit identifier, where the input has one.
            without_top: remove the one folder that everything lies in, if there is one.
        """
        top = self._top() if without_top else ""
        return SourceTree(
            {path.removeprefix(top): data for path, data in self._files.items()},
            {path.removeprefix(top): unread for path, unread in self._unread.items()},
            self._origin,
            revision,
        )

    def _refusal(self, path: str, size: int) -> tuple[WhyUnread, str] | None:
        limits = self._limits
        if not is_readable(path):
            return WhyUnread.NOT_TEXT, "this kind of file is not read"
        if not is_safe(path):
            return WhyUnread.UNSAFE_PATH, ""
        if size > (most := limits.of(path)):
            return WhyUnread.TOO_LARGE, f"{megabytes(size)}, the limit is {megabytes(most)}"
        if self._content_bytes + size > limits.total_bytes:
            return WhyUnread.TREE_TOO_LARGE, f"the files before it fill the limit of {megabytes(limits.total_bytes)}"
        return None

    def _forget(self, path: str) -> None:
        self._content_bytes -= len(self._files.pop(path, b""))
        self._unread.pop(path, None)

    def _top(self) -> str:
        """The one folder that all plain names lie in, with its slash; empty when there is none."""
        paths = [path for path in (*self._files, *self._unread) if is_safe(path)]
        tops = {path.partition("/")[0] for path in paths}
        inside = all("/" in path for path in paths)
        return f"{tops.pop()}/" if len(tops) == 1 and inside else ""


def is_safe(path: str) -> bool:
    """Whether a name can stand in the tree as it is."""
    return is_safe_path(path) and shown(path) == path


def is_skipped(path: str) -> bool:
    """Whether a path lies in a directory that no review looks into."""
    return not SKIPPED_DIRECTORIES.isdisjoint(path.split("/")[:-1])


def megabytes(size: int) -> str:
    """A number of bytes for a person, in MB of 2**20 bytes."""
    return f"{size / 2**20:.1f} MB"
