"""``referee serve`` as an operator runs it: a process, signals, exit statuses, lines on standard error."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.harness import pem, signed

SERVE = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]


def environment(directory: Path, **changes: str) -> dict[str, str]:
    """The environment of a server in this directory, and nothing of ours."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("REFEREE_")}
    values = {
        "REFEREE_APP_ID": "7",
        "REFEREE_WEBHOOK_SECRET": "hunter2",
        "REFEREE_PRIVATE_KEY": pem(),
        "REFEREE_STATE_DIRECTORY": str(directory),
        "REFEREE_PORT": "0",
        "REFEREE_GITHUB_API_URL": "http://127.0.0.1:9",
    }
    return {**own, **values, **changes}


@contextmanager
def process(directory: Path, **changes: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server and its URL."""
    with subprocess.Popen(SERVE, env=environment(directory, **changes), stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            lines = []
            for line in running.stderr:
                lines.append(json.loads(line))
                if lines[-1]["message"] == "ready":
                    break
            port = next(line["port"] for line in lines if line["message"] == "listening")
            yield running, f"http://127.0.0.1:{port}"
        finally:
            running.kill()


def refused(directory: Path, **changes: str) -> str:
    """What a server that cannot start says."""
    ended = subprocess.run(
        SERVE, env=environment(directory, **changes), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "hunter2" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize(("rungs", "warned"), [("static", False), ("static,trial", True)])
def test_rungs_that_this_version_lacks_are_warned_of(tmp_path: Path, rungs: str, warned: bool) -> None:
    values = environment(tmp_path, REFEREE_REQUIRED_RUNGS=rungs)
    with subprocess.Popen(SERVE, env=values, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        said = []
        for line in running.stderr:
            said.append(json.loads(line)["message"])
            if said[-1] == "ready":
                break
        running.terminate()
    assert any("this version has no rung trial" in message for message in said) is warned


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with process(tmp_path) as (running, url):
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        assert httpx.get(f"{url}/readyz").status_code == 200
        headers = {
            "X-Hub-Signature-256": signed(b"{}", "hunter2"),
            "X-GitHub-Event": "ping",
            "X-GitHub-Delivery": "one",
            "Content-Type": "application/json",
        }
        assert httpx.post(f"{url}/webhooks/github", content=b"{}", headers=headers).status_code == 202
        running.send_signal(number)
        _, rest = running.communicate(timeout=30)
        assert running.returncode == status
        assert "Traceback" not in rest
        assert "hunter2" not in rest
        assert {json.loads(line)["level"] for line in rest.splitlines()} <= {"INFO"}


def test_what_is_wrong_at_the_start_is_one_line_each(tmp_path: Path) -> None:
    assert "private key" in refused(tmp_path, REFEREE_PRIVATE_KEY="-----BEGIN nothing")
    assert "REFEREE_APP_ID" in refused(tmp_path, REFEREE_APP_ID="")
    assert "cannot be used" in refused(tmp_path, REFEREE_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert re.search(rf"127\.0\.0\.1:{port}: Address already in use", refused(tmp_path, REFEREE_PORT=port))
    assert "cannot listen" in refused(tmp_path, REFEREE_HOST="no.such.host.invalid")


def test_a_second_start_on_the_same_state_works(tmp_path: Path) -> None:
    for _ in range(2):
        with process(tmp_path) as (running, _):
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=30)
            assert running.returncode == 0


def test_a_database_whose_engine_tables_are_broken_is_refused_in_one_line(tmp_path: Path) -> None:
    with process(tmp_path) as (running, _):
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    with sqlite3.connect(tmp_path / "referee.db") as connection:
        connection.execute("DROP TABLE workflow_status")
    connection.close()
    assert "no such table: main.workflow_status" in refused(tmp_path)


def test_a_second_process_on_the_same_file_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    with process(tmp_path):
        assert "another Referee runs on" in refused(tmp_path)
