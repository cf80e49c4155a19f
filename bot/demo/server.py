"""Starts the real server for the demonstration and ends it again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.demo.failure import DemoError

START_SECONDS = 60.0
"""How long the server may take until it is ready, seconds."""

END_SECONDS = 2.0
"""How long it may take to end by itself, seconds."""


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server.

    Args:
        url: its address.
        log: file with its log, one JSON object a line.
    """

    url: str
    log: Path
    _process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise DemoError if the process has ended."""
        if self._process.poll() is not None:
            raise DemoError(f"the server ended by itself with status {self._process.returncode}{said(self.log)}")


@contextmanager
def running(folder: Path, settings: Mapping[str, object]) -> Iterator[ServerProcess]:
    """Run the server for the time of the block.

    Args:
        folder: where its settings file, log and state are kept.
        settings: names of settings, without prefix and in lower case, to values.

    Raises:
        DemoError: it did not become ready.
    """
    file, log = folder / "referee.env", folder / "server.log"
    file.write_text("".join(f"REFEREE_{name.upper()}={value}\n" for name, value in settings.items()), "utf-8")
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
            [sys.executable, "-m", "bot.demo.child", str(file)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(folder),
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield ServerProcess(_when_ready(process, log), log, process)
    finally:
        _end(process)


def said(log: Path) -> str:
    """The log's last warnings and errors, as lines to put after a message; its last line where there are none."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    grave = [line for line in lines if _record(line).get("level", "ERROR") in {"WARNING", "ERROR", "CRITICAL"}]
    return "".join(f"\n  {line[:2000]}" for line in (grave or lines[-1:])[-8:])


def _environment(folder: Path) -> dict[str, str]:
    # Nothing of the person's own environment: no proxy that would swallow loopback traffic, no settings, no secrets.
    return {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path),
        "TMPDIR": str(folder),
    }


def _when_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DemoError(f"the server did not start{said(log)}")
            url = _address(log)
            with contextlib.suppress(httpx.HTTPError):
                if url and client.get(f"{url}/readyz").status_code == 200:
                    return url
            time.sleep(0.05)
    raise DemoError(f"the server was not ready within {START_SECONDS:.0f} seconds{said(log)}")


def _address(log: Path) -> str | None:
    for line in log.read_text("utf-8", "replace").splitlines():
        record = _record(line)
        if record.get("message") == "listening":
            return f"http://{record['host']}:{record['port']}"
    return None


def _record(line: str) -> dict[str, object]:
    with contextlib.suppress(json.JSONDecodeError):
        record = json.loads(line)
        if isinstance(record, dict):
            return record
    return {}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    # The whole session: also what the server itself had started and could not end in time.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
