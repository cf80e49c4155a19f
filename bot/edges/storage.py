"""The database that holds the deliveries: opened, brought to the current schema, and asked whether it answers."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import alembic.command
import sqlalchemy as sa
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

MIGRATIONS = Path(__file__).parent / "migrations"
"""Where the schema's history lives."""

BUSY_MILLISECONDS = 5_000
"""Longest wait for another writer of a SQLite file; GitHub gives a webhook 10 s."""


class StoreError(Exception):
    """The database did not do what was asked; nothing was stored."""


class DurableConnection(sqlite3.Connection):
    """A SQLite connection whose commits have reached the disk when they return."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        self.execute("PRAGMA synchronous=FULL")


class Database:
    """One database, SQLite or Postgres, at the current schema.

    Args:
        url: ``sqlite:////PATH`` or ``postgresql://...``.

    Raises:
        StoreError: it cannot be opened, or its schema is half migrated or from a newer version.
    """

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self._hold: IO[str] | None = None
        try:
            self.engine = _engine(self.url)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the database {self.name} cannot be used: {_reason(error)}") from None
        try:
            with self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
                _migrate(connection)
        except BaseException as error:
            self.close()
            raise self._refusal(error) from None

    def _refusal(self, error: BaseException) -> BaseException:
        if isinstance(error, CommandError):
            return StoreError(
                f"the database {self.name} has a schema that this version does not know: it was written by a newer "
                "Referee; install that version or restore a backup"
            )
        if isinstance(error, SQLAlchemyError):
            return StoreError(f"the database {self.name} cannot be used: {_reason(error)}")
        return error

    @property
    def name(self) -> str:
        """The database for a person, without its password."""
        return sa.make_url(self.url).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection to read on; ``StoreError`` when the database does not answer."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction, committed when the block ends; ``StoreError`` when it was not."""
        with _translated(), self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection

    def keep_others_out(self) -> None:
        """Hold a SQLite file for this process until it ends, so that no second one repeats its work.

        Raises:
            StoreError: another process holds it.
        """
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        if file is None:
            return
        self._hold = Path(f"{file}.lock").open("a")  # noqa: SIM115 - held until close
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise StoreError(
                f"another Referee runs on {file}; several at once need Postgres, each with an executor id of its own"
            ) from None

    def ping(self) -> None:
        """Return when the database answers; ``StoreError`` when it does not."""
        with self.read() as connection:
            connection.execute(sa.text("SELECT 1 FROM deliveries LIMIT 1"))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        if self._hold is not None:
            self._hold.close()


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
            f"the database {connection.engine.url.render_as_string()} looks half migrated ({_reason(error)}): restore "
            "a backup, or name another database to start empty"
        ) from None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_reason(error)) from error


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()) or type(cause).__name__
