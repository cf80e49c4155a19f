"""kill -9 at any point of a review: the next life of the server ends with one check run and one review."""

import json
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.edges.deliveries import Deliveries
from bot.edges.storage import Database
from tests.server.harness import SHAS, pull_request, referee

ROOT = Path(__file__).resolve().parent.parent.parent


def life(directory: Path, point: str) -> int:
    """One life of the server; its exit status."""
    command = [sys.executable, "-m", "tests.server.killed", str(directory), point]
    return subprocess.run(command, cwd=ROOT, timeout=120, check=False).returncode


def github(directory: Path) -> dict[str, Any]:
    """What the fake GitHub holds."""
    held: dict[str, Any] = pickle.loads((directory / "github.pickle").read_bytes())
    return held


@pytest.mark.parametrize("point", ["find", "create", "created", "start", "archive", "state", "complete", "completed"])
def test_a_review_survives_a_kill_at(tmp_path: Path, point: str) -> None:
    assert life(tmp_path, point) == -signal.SIGKILL
    assert life(tmp_path, "none") == 0
    held = github(tmp_path)
    assert [(run.head_sha, run.conclusion) for run in held["runs"].values()] == [(SHAS[0], "success")]
    assert len(held["reviews"]) <= 1


def test_a_delivery_stored_and_not_yet_handled_is_handled_after_the_restart(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/referee.db")
    deliveries = Deliveries(database)
    deliveries.add("left", "pull_request", "opened", json.dumps(pull_request("opened")).encode())
    assert deliveries.claim("referee-1") is not None, "taken by the life that was killed"
    database.close()
    with referee(tmp_path) as running:
        running.quiet()
        assert running.repository.conclusions() == {SHAS[0]: ["success"]}
        assert running.server.deliveries.states() == {"left": ("done", None)}
