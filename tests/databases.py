"""A database of its own for each test, of either kind."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

POSTGRES = "postgresql://postgres@127.0.0.1:5432"
"""A Postgres that trusts local connections."""


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A new Postgres database, dropped afterwards."""
    name = f"referee_{uuid.uuid4().hex}"
    try:
        admin = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip(f"no Postgres answers at {POSTGRES}")
    with admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/referee.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
