"""``referee demo``: the real server reviews a real pull request on the stand-in, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.demo import server
from bot.demo.demo import run
from bot.demo.failure import DemoError
from bot.demo.scene import EXAMPLE


def start(folder: Path, *, once: bool) -> subprocess.Popen[str]:
    """The demonstration as a process, in an environment that would break it if it were listened to."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TMPDIR": str(folder),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "REFEREE_APP_ID": "not a number",
        "PYTHONIOENCODING": "ascii",
    }
    code = f"import sys; from bot.demo.demo import run; sys.exit(run(once={once}, port=None))"
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code], env=environment, stdout=pipe, stderr=pipe, encoding="ascii"
    )


def test_once_ends_with_zero_and_shows_check_run_comments_and_verdict(tmp_path: Path) -> None:
    with start(tmp_path, once=True) as process:
        shown, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "\x1b" not in shown
    assert "referee / verdict: failure" in shown
    assert "is_code_ready: False" in shown
    assert "Merging is blocked" in shown
    for place in ("pyproject.toml:7", "src/train.py:13", "src/evaluate.py:20", "config/config.yaml"):
        assert place in shown
    assert list(tmp_path.iterdir()) == []


def test_taken_port_is_said_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(once=True, port=taken.getsockname()[1]) == 1
    assert re.fullmatch(r"referee demo: cannot listen on 127\.0\.0\.1:\d+: .*in use.*\n", capfd.readouterr().err)


def test_port_out_of_range_is_said_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(once=True, port=70_000) == 1
    assert capfd.readouterr().err.startswith("referee demo: cannot listen on 127.0.0.1:70000: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ends_cleanly_and_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    with start(tmp_path, once=False) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "Ctrl-C" in line:
                break
        address = next(line.split()[-1] for line in seen if "Referee server is running" in line)
        process.send_signal(number)
        assert process.wait(20) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert not listening(address)
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []


def listening(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            return False
        time.sleep(0.05)
    return True


def test_example_is_bundled_whole() -> None:
    listed = set(re.findall(r"^\| `([^`]+)` \|", (EXAMPLE / "README.md").read_text("utf-8"), re.MULTILINE))
    assert listed
    assert all((EXAMPLE / "pull-request" / path).is_file() for path in listed)


def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(DemoError, match=r"the server did not start\n.*REFEREE_APP_ID"),
        server.running(tmp_path, {"app_id": 0, "webhook_secret": "s", "private_key_path": tmp_path / "none.pem"}),
    ):
        pass
