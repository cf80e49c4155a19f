"""Loaders: each makes a source tree of one kind of input; ``load`` chooses by what the text names."""

from pathlib import Path

from checks.loaders.archive import from_tar_gz
from checks.loaders.directory import from_directory
from checks.loaders.git import from_revision
from checks.loaders.names import shown
from checks.tree import DEFAULT_LIMITS, Limits, SourceTree, TreeError

GZIP = b"\x1f\x8b"
"""The first two bytes of every gzip file (RFC 1952, section 2.3.1)."""

NAME_ANOTHER = "name a directory, PATH@REV or a .tar.gz file"


def load(text: str, limits: Limits = DEFAULT_LIMITS) -> SourceTree:
    """Read the source tree that a person names.

    Args:
        text: a directory, ``PATH@REV`` for a revision of a local git repository, or a .tar.gz file. Where a directory
            of that very name exists, an ``@`` in it is part of the name.
        limits: caps on what is taken in.

    Raises:
        TreeError: there is no such input or it cannot be read; the message says why and what to do.
    """
    try:
        return _load(text, limits)
    except (OSError, ValueError) as error:
        raise TreeError(f"{shown(text)} cannot be read: {_reason(error)}") from error


def _load(text: str, limits: Limits) -> SourceTree:
    path = Path(text)
    if text and path.is_dir():
        return from_directory(path, limits)
    if text and path.is_file():
        with path.open("rb") as stream:
            if not stream.read(2).startswith(GZIP):
                raise TreeError(f"{shown(text)} is a file, and not a .tar.gz archive; {NAME_ANOTHER}")
            stream.seek(0)
            return from_tar_gz(stream, limits, origin=text)
    for at in reversed([index for index, character in enumerate(text) if character == "@" and index]):
        repository = Path(text[:at])
        if repository.is_dir():
            return from_revision(repository, text[at + 1 :], limits)
    if text and path.exists():
        raise TreeError(f"{shown(text)} is neither a directory nor a .tar.gz file; {NAME_ANOTHER}")
    raise TreeError(f"{shown(text) or 'the empty name'} does not exist; {NAME_ANOTHER}")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or shown(str(error))


__all__ = ["from_directory", "from_revision", "from_tar_gz", "load"]
