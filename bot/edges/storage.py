"""The database that holds the deliveries: opened, brought to the current schema, and asked whether it answers."""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import alembic.command
import psycopg
import sqlalchemy as sa
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

MIGRATIONS = Path(__file__).parent / "migrations"
"""Where the schema's history lives."""

BUSY_MILLISECONDS = 5_000
"""Longest wait for another writer of a SQLite file; GitHub gives a webhook 10 s."""

HOLD_LOCK = 7237341
"""First key of the advisory locks that hold executor ids."""

HOLD_SETTINGS = (
    "lock_timeout = 5000",
    "tcp_keepalives_idle = 20",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 3",
)
"""How the holding connection is set: milliseconds to wait for the lock; seconds until a lost machine's is freed."""


class StoreError(Exception):
    """The database did not do what was asked; nothing was stored."""


class DurableConnection(sqlite3.Connection):
    """A SQLite connection whose commits have reached the disk when they return, and that knows milliseconds.

    DBOS asks for ``unixepoch('subsec')`` on Python 3.12 and later. SQLite has that modifier since 3.42; before, it
    answers NULL, and nothing can be stored. Debian 12 has 3.40.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        self.execute("PRAGMA synchronous=FULL")
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: str) -> float:
    if modifier != "subsec":
        raise ValueError(f"unixepoch({modifier!r}) is not provided")
    return time.time()


class Database:
    """One database, SQLite or Postgres, at the current schema.

    Args:
        url: ``sqlite:////PATH`` or ``postgresql://...``.

    Raises:
        StoreError: it cannot be opened, or its schema is half migrated or from a newer version.
    """

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self._hold: IO[str] | sa.Connection | None = None
        try:
            self.engine = _engine(self.url)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the database {self.name} cannot be used: {reason(error)}") from None
        try:
            with self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
                _migrate(connection)
        except BaseException as error:
            self.close()
            raise self._refusal(error) from None
        self._file = _identity(self.engine)

    def _refusal(self, error: BaseException) -> BaseException:
        if isinstance(error, CommandError):
            return StoreError(
                f"the database {self.name} has a schema that this version does not know: it was written by a newer "
                "Referee; install that version or restore a backup"
            )
        if isinstance(error, SQLAlchemyError):
            return StoreError(f"the database {self.name} cannot be used: {reason(error)}")
        return error

    @property
    def name(self) -> str:
        """The database for a person, without its password."""
        return sa.make_url(self.url).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection to read on; ``StoreError`` when the database does not answer."""
        self._check_file()
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction, committed when the block ends; ``StoreError`` when it was not."""
        self._check_file()
        with _translated(), self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection

    def _check_file(self) -> None:
        # SQLite goes on with a file that is not there any more, and what it commits is gone with the process.
        if _identity(self.engine) != self._file:
            raise StoreError(f"the file of {self.name} was removed or replaced; restart with the right one in place")

    def keep_others_out(self, executor_id: str) -> None:
        """Make sure, until this process ends, that no second one repeats its work.

        On SQLite the file is held, and nobody else may use it; on Postgres the executor id is, since two processes
        under one id would both go on with the same reviews.

        Args:
            executor_id: this replica's name.

        Raises:
            StoreError: another process holds it.
        """
        file = self.engine.url.database
        try:
            if self.engine.dialect.name == "sqlite":
                self._hold = _hold_file(Path(f"{file}.lock"))
            else:
                self._hold = _hold_name(self.engine, executor_id)
        except BlockingIOError:
            self.close()
            raise StoreError(
                f"another Referee runs on {file}; several at once need Postgres, each with an executor id of its own"
            ) from None
        except OperationalError as error:
            self.close()
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise StoreError(reason(error)) from None
            raise StoreError(
                f"another Referee runs under the executor id {executor_id} on {self.name}; give each its own"
            ) from None
        except OSError as error:
            self.close()
            raise StoreError(f"the lock beside the database {file} cannot be taken: {error.strerror}") from None

    def ping(self) -> None:
        """Return when the database answers; ``StoreError`` when it does not."""
        with self.read() as connection:
            connection.execute(sa.text("SELECT 1 FROM deliveries LIMIT 1"))

    def close(self) -> None:
        """Give the connections back."""
        if self._hold is not None:
            self._hold.close()
        self.engine.dispose()


def normalised(url: str) -> str:
    """The URL with the driver that we ship; ``StoreError`` when it names neither SQLite nor Postgres."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise StoreError("the database URL is not one: expected postgresql://... or sqlite:////PATH") from None
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(drivername="sqlite").render_as_string(hide_password=False)
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    raise StoreError(f"databases of kind {parsed.get_backend_name()!r} are not supported: use Postgres or SQLite")


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("the database must be a file: what a webhook stored has to outlive the process")
    path = Path(parsed.database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sqlite3.connect(path, factory=DurableConnection) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    engine = sa.create_engine(url, connect_args={"factory": DurableConnection, "isolation_level": None})
    sa.event.listen(engine, "begin", _begin)
    return engine


def _identity(engine: sa.Engine) -> tuple[int, int] | None:
    """Which file a SQLite database is; None when there is none."""
    if engine.dialect.name != "sqlite":
        return None
    try:
        status = Path(engine.url.database or "").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _hold_file(path: Path) -> IO[str]:
    held = path.open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise
    return held


def _hold_name(engine: sa.Engine, name: str) -> sa.Connection:
    """An advisory lock for as long as the connection lives; waits a little for the server to miss a killed holder."""
    held = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        for setting in HOLD_SETTINGS:
            held.execute(sa.text(f"SET {setting}"))
        held.execute(sa.text("SELECT pg_advisory_lock(:kind, hashtext(:name))"), {"kind": HOLD_LOCK, "name": name})
    except BaseException:
        held.close()
        raise
    return held


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _migrate(connection: sa.Connection) -> None:
    """Bring the schema up to date inside the caller's transaction; only one process does at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7237340)"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise StoreError(
            f"the database {connection.engine.url.render_as_string()} looks half migrated ({reason(error)}): restore "
            "a backup, or name another database to start empty"
        ) from None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(reason(error)) from error


def reason(error: Exception) -> str:
    """What a database error says, on one line and without the statement."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()) or type(cause).__name__
