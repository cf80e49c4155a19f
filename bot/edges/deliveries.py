"""The webhook deliveries: one row for each GUID, from its arrival until it has been handled or set aside."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.edges.storage import Database

LEASE_SECONDS = 60
"""How long a claimed row is left alone before another replica may take it."""


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"
    DEAD = "dead"


DELIVERIES = sa.Table(
    "deliveries",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("guid", sa.String(64)),
    sa.Column("event", sa.String(64)),
    sa.Column("action", sa.String(64)),
    sa.Column("payload", sa.LargeBinary),
    sa.Column("received_at", sa.BigInteger),
    sa.Column("status", sa.String(8)),
    sa.Column("attempts", sa.Integer),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("owner", sa.String(64)),
    sa.Column("last_error", sa.Text),
)
"""The table, as ``migrations`` leaves it; times are milliseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed row.

    Args:
        guid: GitHub's identifier of the delivery.
        event: the event's name, for example ``pull_request``.
        payload: the raw body; None when it was dropped after its retention.
        attempts: how often it has been tried, this time included.
    """

    guid: str
    event: str
    payload: bytes | None
    attempts: int


class Deliveries:
    """The table of deliveries. Every method blocks; call from a worker thread. Each may raise ``StoreError``.

    Args:
        database: where the table is.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._insert = (postgresql if database.engine.dialect.name == "postgresql" else sqlite).insert

    def add(self, guid: str, event: str, action: str | None, payload: bytes) -> bool:
        """Store a delivery; true when it is now to be handled, false when its GUID is waiting or already done."""
        now = self._now()
        fresh = {"payload": payload, "status": State.PENDING, "attempts": 0, "due_at": now, "last_error": None}
        row = {"guid": guid, "event": event, "action": action, "received_at": now, **fresh}
        again = self._insert(DELIVERIES).values(row)
        statement = again.on_conflict_do_update(
            index_elements=["guid"],
            set_={name: again.excluded[name] for name in fresh},
            where=DELIVERIES.c.status.in_([State.FAILED, State.DEAD]),
        ).returning(DELIVERIES.c.guid)
        with self._database.write() as connection:
            return connection.execute(statement).one_or_none() is not None

    def claim(self, owner: str) -> Delivery | None:
        """The oldest delivery that is due, now leased to ``owner``, or None."""
        now = self._now()
        due = (
            sa.select(DELIVERIES.c.id)
            .where(DELIVERIES.c.status.in_([State.PENDING, State.FAILED]), DELIVERIES.c.due_at <= now)
            .order_by(DELIVERIES.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = (
            sa.update(DELIVERIES)
            .where(DELIVERIES.c.id == due.scalar_subquery())
            .values(due_at=now + LEASE_SECONDS * 1000, owner=owner, attempts=DELIVERIES.c.attempts + 1)
            .returning(DELIVERIES.c.guid, DELIVERIES.c.event, DELIVERIES.c.payload, DELIVERIES.c.attempts)
        )
        with self._database.write() as connection:
            row = connection.execute(statement).one_or_none()
        return Delivery(*row) if row else None

    def done(self, guid: str) -> None:
        """It was handled."""
        self._settle(guid, State.DONE)

    def failed(self, guid: str, reason: str, retry_in: float) -> None:
        """It was not handled; try again in ``retry_in`` seconds."""
        self._settle(guid, State.FAILED, reason, self._now() + int(retry_in * 1000))

    def dead(self, guid: str, reason: str) -> None:
        """It will not be tried again unless GitHub redelivers it."""
        self._settle(guid, State.DEAD, reason)

    def release(self, owner: str) -> None:
        """Give back what an earlier life of this replica had claimed."""
        mine = (DELIVERIES.c.owner == owner) & DELIVERIES.c.status.in_([State.PENDING, State.FAILED])
        with self._database.write() as connection:
            connection.execute(sa.update(DELIVERIES).where(mine).values(due_at=self._now(), owner=None))

    def drop_payloads(self, age_seconds: float) -> int:
        """Forget the bodies of deliveries handled and older than that; how many there were."""
        old = DELIVERIES.c.received_at < self._now() - int(age_seconds * 1000)
        handled = (DELIVERIES.c.status == State.DONE) & DELIVERIES.c.payload.is_not(None)
        with self._database.write() as connection:
            return connection.execute(sa.update(DELIVERIES).where(handled & old).values(payload=None)).rowcount

    def forget(self, age_seconds: float) -> int:
        """Delete the rows of deliveries that are over and older than that; how many there were."""
        old = DELIVERIES.c.received_at < self._now() - int(age_seconds * 1000)
        over = DELIVERIES.c.status.in_([State.DONE, State.DEAD])
        with self._database.write() as connection:
            return connection.execute(sa.delete(DELIVERIES).where(over & old)).rowcount

    def states(self) -> dict[str, tuple[State, str | None]]:
        """Every GUID's state and last error, oldest first."""
        query = sa.select(DELIVERIES.c.guid, DELIVERIES.c.status, DELIVERIES.c.last_error).order_by(DELIVERIES.c.id)
        with self._database.read() as connection:
            return {guid: (State(status), error) for guid, status, error in connection.execute(query)}

    def _settle(self, guid: str, state: State, reason: str | None = None, due_at: int = 0) -> None:
        text = reason and reason.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:2000]
        values = {"status": state, "last_error": text, "due_at": due_at, "owner": None}
        with self._database.write() as connection:
            connection.execute(sa.update(DELIVERIES).where(DELIVERIES.c.guid == guid).values(**values))

    def _now(self) -> int:
        return int(self._clock() * 1000)
