"""The bytes inside a gzip stream, read forwards only and counted against the caps as they come."""

import gzip
import tarfile
from typing import Protocol

from checks.loaders.intake import megabytes
from checks.loaders.names import shown
from checks.tree import Limits, TreeError

_PIECE = 64 * 1024
_RATIO_FROM = 1024 * 1024
_HEADER_BYTES = 1024 * 1024
_END = bytes(tarfile.BLOCKSIZE)


class Readable(Protocol):
    """A binary stream that can be read in pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""


class ForwardReader:
    """What ``tarfile`` reads instead of a seekable file.

    Everything that it reads between two calls of ``begin_header`` is headers, which tarfile holds in memory: their size
    is capped, so that a header that declares a gigabyte costs nothing.

    Args:
        stream: the compressed bytes.
        limits: the caps.
        origin: what is read, for error messages.
    """

    def __init__(self, stream: Readable, limits: Limits, origin: str) -> None:
        self._compressed = _Counted(stream, limits, shown(origin))
        self._unpacked: gzip.GzipFile = gzip.GzipFile(fileobj=self._compressed)  # type: ignore[call-overload]
        self._limits = limits
        self._origin = shown(origin)
        self._position = 0
        self._header = 0
        self._last = b""

    def read(self, size: int = -1, /) -> bytes:
        """Header bytes for tarfile."""
        if not 0 <= size <= _HEADER_BYTES - self._header:
            raise TreeError(f"{self._origin} has an entry whose headers take more than {megabytes(_HEADER_BYTES)}")
        self._last = self._pull(size)
        self._header += len(self._last)
        return self._last

    def write(self, data: bytes, /) -> int:
        """Part of the protocol of tarfile; never called on an archive opened for reading."""
        raise tarfile.ReadError(f"an archive cannot be written to ({len(data)} bytes)")

    def content(self, offset: int, size: int) -> bytes:
        """The ``size`` bytes of an entry that begins at ``offset``.

        Raises:
            EOFError: the archive ends inside it.
        """
        self.seek(offset)
        data = self._pull(size)
        if len(data) != size:
            raise EOFError("it ends in the middle of a file")
        return data

    def tell(self) -> int:
        """Unpacked bytes read so far."""
        return self._position

    def seek(self, position: int, whence: int = 0, /) -> int:
        """Skip forwards to an absolute position, or to the end of the bytes."""
        if whence or position < self._position:
            raise tarfile.ReadError("an entry points back into the archive")
        while self._position < position and self._pull(min(_PIECE, position - self._position)):
            pass
        return self._position

    def close(self) -> None:
        """Nothing to close: the stream belongs to the caller."""

    def begin_header(self) -> None:
        """Say that what is read from here on belongs to the next entry's headers."""
        self._header = 0

    def finish(self) -> None:
        """Read to the end, so that gzip compares its checksum.

        Raises:
            EOFError: the archive stopped without tar's end mark.
        """
        if self._last != _END:
            raise EOFError("it is cut short or damaged, tar's end mark is missing")
        while self._pull(_PIECE):
            pass

    def _pull(self, size: int) -> bytes:
        data = self._unpacked.read(size)
        self._position += len(data)
        if self._position > self._limits.unpacked_bytes:
            raise TreeError(f"{self._origin} unpacks to more than {megabytes(self._limits.unpacked_bytes)}")
        if self._position > max(_RATIO_FROM, self._limits.ratio * self._compressed.count):
            raise TreeError(
                f"{self._origin} unpacks to more than {self._limits.ratio} times its size, which real sources do not"
            )
        return data


class _Counted:
    """A stream that counts what is read from it."""

    def __init__(self, stream: Readable, limits: Limits, origin: str) -> None:
        self._stream = stream
        self._limit = limits.archive_bytes
        self._origin = origin
        self.count = 0

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes of the stream."""
        data = self._stream.read(size)
        self.count += len(data)
        if self.count > self._limit:
            raise TreeError(f"{self._origin} is larger than {megabytes(self._limit)}")
        return data
