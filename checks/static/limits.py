"""What the static rung's child may use."""

import resource
import sys
from dataclasses import dataclass

EXHAUSTED = 70
"""Exit status of a child whose memory or stack ran out (EX_SOFTWARE of sysexits.h)."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Caps on the child; past one it dies, and the rung says what it was doing.

    There is no cap on processes: RLIMIT_NPROC counts all processes of the user, not the child's own.

    Args:
        memory_bytes: address space (RLIMIT_AS), bytes; macOS does not take this limit, and there it has no effect.
        written_file_bytes: largest file it may write (RLIMIT_FSIZE), bytes; its working directory is removed after.
        open_files: file descriptors (RLIMIT_NOFILE).
        start_seconds: wall-clock seconds from its start until it has read the tree.
        step_seconds: wall-clock seconds between two messages, that is for one file or one rule.
        total_seconds: wall-clock seconds for the whole rung, restarts included; also each child's CPU seconds.
        restarts: how often a child that died is started again.
        output_bytes: most bytes it may send.
    """

    memory_bytes: int = 1024 * 1024 * 1024
    written_file_bytes: int = 4 * 1024 * 1024
    open_files: int = 64
    start_seconds: float = 60
    step_seconds: float = 20
    total_seconds: float = 120
    restarts: int = 8
    output_bytes: int = 32 * 1024 * 1024

    def arguments(self) -> list[str]:
        """What the child needs to know, for its command line."""
        values = (self.memory_bytes, max(1, int(self.total_seconds)), self.written_file_bytes, self.open_files)
        return [str(value) for value in values]


DEFAULT_CHILD_LIMITS = ChildLimits()
"""The caps that apply where nobody sets others."""


def confine(arguments: list[str]) -> None:
    """Put the limits of ``ChildLimits.arguments`` on this process, for good.

    Raises:
        ValueError: the arguments are not whole numbers, or the system refuses a limit.
    """
    memory, seconds, file_bytes, open_files = map(int, arguments)
    if sys.platform != "darwin":
        _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_NOFILE, open_files)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, most))
