"""When a delivery is acknowledged, it is stored; when it cannot be stored, it is not acknowledged."""

import socket
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bot.edges.storage import Database, DurableConnection, StoreError
from tests.server.harness import SHAS, pull_request, referee, signed


def test_a_slow_body_is_given_up(tmp_path: Path) -> None:
    with referee(tmp_path, body_timeout_seconds=0.2) as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            head = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {signed(b'{}')}\r\n"
            connection.sendall(f"{head}Content-Length: 2\r\n\r\n{{".encode())
            assert connection.recv(100).split()[1] == b"408"
        assert running.server.deliveries.states() == {}


def test_fifty_parallel_copies_of_a_delivery_make_one_review(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        guid = str(uuid.uuid4())
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: running.send(pull_request("opened"), guid=guid).status_code, range(50)))
        running.quiet()
        assert answers == [202] * 50
        assert list(running.server.deliveries.states()) == [guid]
        assert running.repository.conclusions() == {SHAS[0]: ["success"]}
        assert len(running.repository.reviews) <= 1


def test_a_database_that_takes_no_write_means_503_and_nothing_acknowledged(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        assert running.client.get(f"{running.url}/readyz").status_code == 200
        with running.server.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")
        assert running.send(pull_request("opened")).status_code == 503
        assert running.client.get(f"{running.url}/readyz").json()["database"] == "does not answer"
        assert running.client.get(f"{running.url}/readyz").status_code == 503
        assert running.client.get(f"{running.url}/healthz").status_code == 200
        with running.server.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO deliveries")
        assert running.send(pull_request("opened")).status_code == 202
        running.quiet()
        assert running.repository.conclusions() == {SHAS[0]: ["success"]}


def test_a_database_file_that_was_removed_means_503_and_nothing_acknowledged(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        assert running.send(pull_request("opened")).status_code == 202
        running.quiet()
        file = tmp_path / "referee.db"
        file.rename(tmp_path / "aside")
        assert running.send(pull_request("opened", SHAS[1])).status_code == 503
        assert running.client.get(f"{running.url}/readyz").status_code == 503
        file.touch()
        assert running.send(pull_request("opened", SHAS[1])).status_code == 503
        file.unlink()
        (tmp_path / "aside").rename(file)
        assert running.send(pull_request("opened", SHAS[1])).status_code == 202


def test_two_processes_with_one_executor_id_do_not_share_a_database(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    first.keep_others_out("one")
    with pytest.raises(StoreError, match="another Referee runs"):
        second.keep_others_out("one")
    first.close()
    third = Database(database_url)
    third.keep_others_out("one")
    third.close()


def test_two_processes_with_executor_ids_of_their_own_share_postgres(postgres_url: str) -> None:
    first, second = Database(postgres_url), Database(postgres_url)
    first.keep_others_out("one")
    second.keep_others_out("two")
    third = Database(postgres_url)
    for taken in ("one", "two"):
        with pytest.raises(StoreError, match="another Referee runs"):
            third.keep_others_out(taken)
    for database in (first, second, third):
        database.close()


def test_a_lock_that_cannot_be_taken_is_said(tmp_path: Path) -> None:
    (tmp_path / "referee.db.lock").mkdir()
    with pytest.raises(StoreError, match=r"the lock beside the database .* cannot be taken: Is a directory"):
        Database(f"sqlite:///{tmp_path}/referee.db").keep_others_out("one")


def test_a_locked_database_means_503(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        blocker = sqlite3.connect(tmp_path / "referee.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        assert running.send(pull_request("opened"), guid="locked-out").status_code == 503
        blocker.close()
        assert "locked-out" not in running.server.deliveries.states()


def test_a_connection_knows_milliseconds_whatever_the_age_of_sqlite() -> None:
    with closing(DurableConnection(":memory:")) as connection:
        (now,) = connection.execute("SELECT unixepoch('subsec') * 1000").fetchone()
    assert abs(now - time.time() * 1000) < 60_000
