"""A directory of this machine as a source tree. Links are recorded, never followed."""

import os
import stat
from itertools import islice
from pathlib import Path

from checks.loaders.intake import SKIPPED_DIRECTORIES, Intake
from checks.loaders.names import shown
from checks.tree import DEFAULT_LIMITS, Limits, SourceTree, TreeError, WhyUnread

_ENVIRONMENTS = frozenset({"venv", "env"})


def from_directory(root: Path, limits: Limits = DEFAULT_LIMITS) -> SourceTree:
    """Read the files under a directory as they are now, committed or not.

    Not looked into: the directories of ``SKIPPED_DIRECTORIES`` at any depth, and a virtual environment called ``venv``
    or ``env`` at the root. What vanishes meanwhile is as if it had never been there.

    Raises:
        TreeError: the directory cannot be listed, or holds more entries than the limits allow.
    """
    intake = Intake(limits, str(root))
    try:
        waiting = [("", _listed(root, limits))]
    except OSError as error:
        raise TreeError(f"{shown(str(root))} cannot be read: {error.strerror}") from error
    while waiting:
        prefix, entries = waiting.pop()
        for entry in entries:
            path = prefix + entry.name
            intake.count(path)
            if not _is_directory(entry):
                _take(intake, path, entry.path)
            elif not _is_skipped(prefix, entry):
                try:
                    waiting.append((path + "/", _listed(entry.path, limits)))
                except FileNotFoundError:
                    continue
                except OSError as error:
                    intake.leave(path, WhyUnread.UNLISTED, f"a folder that cannot be listed, {error.strerror}")
    return intake.tree()


def _listed(path: str | Path, limits: Limits) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return sorted(islice(entries, limits.entries + 1), key=lambda entry: entry.name)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_skipped(prefix: str, entry: os.DirEntry[str]) -> bool:
    if entry.name in SKIPPED_DIRECTORIES:
        return True
    return not prefix and entry.name in _ENVIRONMENTS and Path(entry.path, "pyvenv.cfg").is_file()


def _take(intake: Intake, path: str, place: str) -> None:
    try:
        status = os.lstat(place)
        if stat.S_ISLNK(status.st_mode):
            intake.leave(path, WhyUnread.LINK, f"a link to {shown(str(Path(place).readlink()))}")
        elif stat.S_ISREG(status.st_mode):
            intake.file(path, status.st_size, lambda: _content(place))
        else:
            intake.leave(path, WhyUnread.SPECIAL, "a device, a FIFO or a socket")
    except FileNotFoundError:
        return
    except OSError as error:
        intake.leave(path, WhyUnread.UNREADABLE, error.strerror or type(error).__name__)


def _content(place: str) -> bytes:
    """The file's bytes. Opened so that neither a link nor a FIFO put in its place meanwhile does harm."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "no longer a regular file")
        return file.read(status.st_size + 1)
