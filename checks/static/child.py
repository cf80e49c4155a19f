"""One child process of the static rung: fed, listened to, and ended when it takes too much."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import IO

from pydantic import ValidationError

from checks.static.limits import EXHAUSTED, ChildLimits
from checks.static.tidy import clipped
from checks.static.wire import Message, Request

_PIECE = 64 * 1024
_KEPT_ERRORS = 4096
_GOODBYE_SECONDS = 5
_SIGNALS: dict[int, str] = {
    signal.SIGXCPU: "it used up its CPU time",
    signal.SIGSEGV: "it crashed (SIGSEGV), as a parser does on code that is nested too deeply",
    signal.SIGKILL: "it was killed, probably by the system for its memory",
}


class DiedError(Exception):
    """The child ended before it was done; the message says how."""


@contextmanager
def child(request: Request, limits: ChildLimits, deadline: float) -> Iterator["Child"]:
    """A running child that has an empty directory and an empty environment to itself; gone on leaving.

    Args:
        request: what it is asked.
        limits: its caps.
        deadline: when the whole rung's time is over, in seconds of ``time.monotonic``.
    """
    with tempfile.TemporaryDirectory(prefix="referee-static-", ignore_cleanup_errors=True) as empty:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-I", "-X", "utf8", "-m", "checks.static.worker", *limits.arguments()],
            cwd=empty,
            env={"LANG": "C.UTF-8", "TMPDIR": empty},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started = Child(process, request, limits, deadline)
        try:
            yield started
        finally:
            started.end()


class Child:
    """The parent's end of the three pipes, all served by one loop so that none of them can block the others."""

    def __init__(
        self, process: subprocess.Popen[bytes], request: Request, limits: ChildLimits, deadline: float
    ) -> None:
        self._process = process
        self._stdin, self._stdout, self._stderr = _pipes(process)
        self._limits = limits
        self._waiting = deque(memoryview(piece) for piece in request.pieces() if piece)
        self._line = bytearray()
        self._errors = b""
        self._came = 0
        self._deadline = deadline
        self._step_seconds = limits.start_seconds
        self._step_ends = monotonic() + self._step_seconds
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)

    def messages(self) -> Iterator[Message]:
        """What the child says, up to and with ``end``.

        Raises:
            DiedError: it ended, took too long or said too much before that.
        """
        self._step_seconds = self._limits.start_seconds
        while True:
            for line in self._lines():
                message = _parsed(line)
                self._step_seconds = self._limits.step_seconds
                self._step_ends = monotonic() + self._step_seconds
                yield message
                if message.kind == "end":
                    return

    def end(self) -> None:
        """Kill the child with everything that it started, and close the pipes."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def _lines(self) -> Iterator[bytes]:
        """The whole lines that one round of waiting brought."""
        for key, _ in self._selector.select(self._patience()):
            if key.fileobj is self._stdin:
                self._feed()
            elif key.fileobj is self._stderr:
                self._overhear()
            elif piece := os.read(key.fd, _PIECE):
                yield from self._split(piece)
            else:
                raise DiedError(self._how_it_ended())

    def _patience(self) -> float:
        now = monotonic()
        if now >= self._deadline:
            raise DiedError(
                f"it was not done when the {self._limits.total_seconds:g} s for the whole analysis were over"
            )
        if now >= self._step_ends:
            raise DiedError(f"it took longer than {self._step_seconds:g} s")
        return min(self._deadline, self._step_ends) - now

    def _feed(self) -> None:
        try:
            written = os.write(self._stdin.fileno(), self._waiting[0][:_PIECE]) if self._waiting else 0
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._waiting.clear()
        else:
            self._advance(written)
        if not self._waiting:
            self._selector.unregister(self._stdin)
            self._stdin.close()

    def _advance(self, written: int) -> None:
        if self._waiting:
            rest = self._waiting.popleft()[written:]
            if rest:
                self._waiting.appendleft(rest)

    def _overhear(self) -> None:
        piece = os.read(self._stderr.fileno(), _PIECE)
        self._errors = (self._errors + piece)[-_KEPT_ERRORS:]
        if not piece:
            self._selector.unregister(self._stderr)

    def _split(self, piece: bytes) -> Iterator[bytes]:
        self._came += len(piece)
        if self._came > self._limits.output_bytes:
            raise DiedError(f"it reported more than {self._limits.output_bytes:,} bytes")
        *whole, rest = piece.split(b"\n")
        for part in whole:
            yield bytes(self._line + part)
            self._line.clear()
        self._line += rest

    def _how_it_ended(self) -> str:
        try:
            status = self._process.wait(timeout=_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its output and went on"
        if status == EXHAUSTED:
            return "it ran out of memory or stack"
        if status < 0:
            return _SIGNALS.get(-status) or f"it was ended by signal {-status}"
        with suppress(BlockingIOError):
            self._errors += os.read(self._stderr.fileno(), _PIECE)
        last = self._errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"it ended with status {status}" + (f": {clipped(last, 300)}" if last else "")


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    pipes = (process.stdin, process.stdout, process.stderr)
    stdin, stdout, stderr = (pipe for pipe in pipes if pipe is not None)
    for pipe in (stdin, stdout, stderr):
        os.set_blocking(pipe.fileno(), False)
    return stdin, stdout, stderr


def _parsed(line: bytes) -> Message:
    try:
        return Message.model_validate_json(line)
    except ValidationError as error:
        raise DiedError(f"it said something that is no message ({error.error_count()} faults)") from error
