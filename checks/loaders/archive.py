"""A .tar.gz as a source tree: read once from front to back, in memory, nothing ever unpacked to disk."""

import gzip
import re
import tarfile
import zlib

from checks.loaders.forward import ForwardReader, Readable
from checks.loaders.intake import Intake
from checks.loaders.names import shown
from checks.tree import DEFAULT_LIMITS, Limits, SourceTree, TreeError, WhyUnread

_BROKEN = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)
"""What gzip and tarfile raise on bytes that are not what they should be."""


def from_tar_gz(
    stream: Readable, limits: Limits = DEFAULT_LIMITS, *, origin: str = "the archive", revision: str | None = None
) -> SourceTree:
    """Read a tree from a gzip-compressed tar stream.

    The single folder that everything lies in (GitHub's ``owner-repository-sha/``) is removed. Links, devices, FIFOs,
    sparse files and names that lead out of the tree are recorded as unread.

    Args:
        stream: binary stream, read forwards only, in pieces; the caller closes it.
        limits: caps on entries, compressed bytes, unpacked bytes, their ratio and contents.
        origin: what the archive is, for error messages and the verdict.
        revision: the commit, where the caller knows it; otherwise the one that ``git archive`` wrote into the archive.

    Raises:
        TreeError: the archive is damaged, cut short, not a .tar.gz or past a cap. Whatever ``stream.read`` raises
            comes through unchanged.
    """
    reader = ForwardReader(stream, limits, origin)
    intake = Intake(limits, origin)
    try:
        with tarfile.open(fileobj=reader, mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (member := archive.next()) is not None:
                _take(intake, reader, member)
                archive.members.clear()  # type: ignore[attr-defined] # or every entry stays in memory
                reader.begin_header()
            noted = archive.pax_headers.get("comment", "")
        reader.finish()
    except _BROKEN as error:
        raise TreeError(f"{shown(origin)} is not a whole .tar.gz archive: {shown(str(error))}") from error
    if revision is None and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", noted):
        revision = noted
    return intake.tree(revision, without_top=True)


def _take(intake: Intake, reader: ForwardReader, member: tarfile.TarInfo) -> None:
    path = member.name.removeprefix("./")
    intake.count(path)
    if member.isdir():
        return
    if member.issym() or member.islnk():
        intake.leave(path, WhyUnread.LINK, f"a link to {shown(member.linkname)}")
    elif member.issparse():
        intake.leave(path, WhyUnread.SPECIAL, "a sparse file")
    elif member.isreg():
        intake.file(path, member.size, lambda: reader.content(member.offset_data, member.size))
    else:
        intake.leave(path, WhyUnread.SPECIAL, "a device, a FIFO or of unknown kind")
