"""The table of deliveries and the dispatcher, on SQLite and on Postgres."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.dispatcher import Dispatcher, Pace
from bot.edges.deliveries import LEASE_SECONDS, Deliveries
from bot.edges.storage import Database, StoreError
from bot.router import Event, Router
from bot.workflows.reviews import Reviews


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def deliveries(database: Database, clock: Clock) -> Deliveries:
    return Deliveries(database, clock)


class Recorder:
    """Handlers that note what they got, and fail for the actions named."""

    def __init__(self, *failing: str) -> None:
        self.router = Router()
        self.seen: list[str] = []
        self.failing = set(failing)
        self.router.register("test", "good", "bad")(self.handle)

    def handle(self, event: Event, reviews: Reviews) -> None:
        self.seen.append(event.guid)
        if event.action in self.failing:
            raise RuntimeError("as told")


class NoReviews(Reviews):
    def __init__(self) -> None:
        pass


def dispatcher(deliveries: Deliveries, recorder: Recorder, **pace: float) -> Dispatcher:
    return Dispatcher(deliveries, recorder.router, NoReviews(), "me", Pace(**pace))  # type: ignore[arg-type]


def add(deliveries: Deliveries, guid: str, action: str = "good") -> bool:
    return deliveries.add(guid, "test", action, f'{{"action": "{action}"}}'.encode())


def test_deliveries_are_handled_in_order_and_once(deliveries: Deliveries) -> None:
    recorder = Recorder()
    for guid in ("one", "two", "three", "two"):
        add(deliveries, guid)
    work = dispatcher(deliveries, recorder)
    assert [work.step() for _ in range(4)] == [True, True, True, False]
    assert recorder.seen == ["one", "two", "three"]
    assert set(deliveries.states().values()) == {("done", None)}


def test_copies_stored_at_once_are_one(deliveries: Deliveries) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: add(deliveries, "same"), range(24))) == 1


def test_a_delivery_is_claimed_by_one_replica(deliveries: Deliveries) -> None:
    for number in range(20):
        add(deliveries, f"g{number}")
    with ThreadPoolExecutor(4) as pool:
        claimed = [found.guid for found in pool.map(lambda n: deliveries.claim(f"replica-{n}"), range(20)) if found]
    assert len(set(claimed)) == len(claimed)


def test_a_redelivery_is_handled_again_only_after_failure(deliveries: Deliveries, clock: Clock) -> None:
    recorder = Recorder("bad")
    work = dispatcher(deliveries, recorder, attempts=1)
    add(deliveries, "bad", "bad")
    add(deliveries, "good")
    while work.step():
        pass
    assert deliveries.states()["bad"] == ("dead", "RuntimeError: as told")
    recorder.failing.clear()
    assert add(deliveries, "bad", "bad")
    assert not add(deliveries, "good")
    while work.step():
        pass
    assert recorder.seen == ["bad", "good", "bad"]
    assert set(deliveries.states().values()) == {("done", None)}


def test_a_poison_delivery_is_tried_with_pauses_then_set_aside_and_blocks_none(
    deliveries: Deliveries, clock: Clock
) -> None:
    recorder = Recorder("bad")
    work = dispatcher(deliveries, recorder, attempts=3, first_pause=10)
    add(deliveries, "poison", "bad")
    add(deliveries, "fine")
    handled = []
    for _ in range(100):
        while work.step():
            handled.append((recorder.seen[-1], clock.now - 1_000_000))
        clock.now += 1
    assert handled == [("poison", 0), ("fine", 0), ("poison", 10), ("poison", 30)]
    assert deliveries.states() == {"poison": ("dead", "RuntimeError: as told"), "fine": ("done", None)}


def test_a_delivery_that_ends_the_process_each_time_is_set_aside(deliveries: Deliveries) -> None:
    recorder = Recorder()
    add(deliveries, "killer")
    for _ in range(3):
        assert deliveries.claim("me")
        deliveries.release("me")
    work = dispatcher(deliveries, recorder, attempts=3)
    assert work.step()
    assert recorder.seen == []
    assert deliveries.states()["killer"][0] == "dead"


def test_what_a_dead_replica_had_claimed_comes_back(deliveries: Deliveries, clock: Clock) -> None:
    add(deliveries, "left")
    assert deliveries.claim("dead")
    assert deliveries.claim("alive") is None
    clock.now += LEASE_SECONDS
    again = deliveries.claim("alive")
    assert again is not None
    assert again.attempts == 2


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"action": 3}', b'{"action": "good'])
def test_a_stored_body_that_cannot_be_read_is_set_aside_or_ignored(deliveries: Deliveries, payload: bytes) -> None:
    recorder = Recorder()
    deliveries.add("odd", "test", None, payload)
    work = dispatcher(deliveries, recorder)
    assert work.step()
    assert recorder.seen == []
    assert deliveries.states()["odd"][0] in {"dead", "done"}


def test_payloads_are_forgotten_after_their_retention_and_a_redelivery_stays_known(
    deliveries: Deliveries, clock: Clock
) -> None:
    recorder = Recorder("bad")
    work = dispatcher(deliveries, recorder, attempts=1)
    add(deliveries, "handled")
    add(deliveries, "dead", "bad")
    while work.step():
        pass
    clock.now += 3600
    assert deliveries.drop_payloads(7200) == 0
    assert deliveries.drop_payloads(1800) == 1
    assert not add(deliveries, "handled")
    assert add(deliveries, "dead", "good")


def test_an_error_text_may_hold_anything(deliveries: Deliveries) -> None:
    add(deliveries, "odd")
    deliveries.dead("odd", "a\0b\ud800 \u202e" + "x" * 10_000)
    state, error = deliveries.states()["odd"]
    assert state == "dead"
    assert error is not None
    assert error.startswith("a")


def test_opening_again_keeps_everything(database: Database, deliveries: Deliveries) -> None:
    add(deliveries, "kept")
    again = Database(database.url)
    assert Deliveries(again).states() == {"kept": ("pending", None)}
    again.close()


def test_a_newer_schema_is_refused_in_one_line(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Referee") as refusal:
        Database(database.url)
    assert "\n" not in str(refusal.value)


def test_a_half_migrated_schema_is_refused_in_one_line(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    with pytest.raises(StoreError, match="half migrated") as refusal:
        Database(database.url)
    assert "\n" not in str(refusal.value)


def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/referee.db")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    database.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "must be a file"),
        ("mysql://root@host/name", "not supported"),
        ("nonsense", "not one"),
        ("sqlite:////proc/nowhere/referee.db", "cannot be used"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_opened_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as refusal:
        Database(url)
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_corrupt_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "referee.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        Database(f"sqlite:///{tmp_path}/referee.db")


def test_a_directory_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "referee.db").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        Database(f"sqlite:///{tmp_path}/referee.db")


def test_rows_are_deleted_when_their_time_is_over(deliveries: Deliveries, clock: Clock) -> None:
    work = dispatcher(deliveries, Recorder("bad"), attempts=1)
    add(deliveries, "handled")
    add(deliveries, "dead", "bad")
    while work.step():
        pass
    add(deliveries, "waiting")
    clock.now += 3600
    assert deliveries.forget(7200) == 0
    assert deliveries.forget(1800) == 2
    assert list(deliveries.states()) == ["waiting"]
