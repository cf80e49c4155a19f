"""Log lines: one a record, whatever it holds, and no credential in any."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.edges import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("bot").setLevel(logging.NOTSET)


def test_a_name_from_outside_forges_no_second_line(stream: io.StringIO) -> None:
    logging.getLogger("bot.x").info("branch %s", 'a\n{"level": "ERROR"}\r\u2028b', extra={"delivery": "g\nh"})
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["delivery"] == "g\nh"


def test_an_exception_is_on_the_same_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("bot.x").exception("failed")
    assert "two\nlines" in json.loads(stream.getvalue())["error"]


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3In0.c2lnbmF0dXJl",
        "https://codeload.github.com/o/r/legacy.tar.gz/abc?token=AAAABBBBCCCC",
        "postgresql://referee:hunter2hunter2@db/referee",
    ],
)
def test_credentials_are_removed(stream: io.StringIO, secret: str) -> None:
    try:
        raise ValueError(f"refused: {secret}")
    except ValueError:
        logging.getLogger("bot.x").exception("asked with %s", secret, extra={"url": secret})
    hidden = secret.rsplit("=", 1)[-1] if "=" in secret else "hunter2hunter2" if "hunter2" in secret else secret
    assert hidden not in stream.getvalue()
    assert "[removed]" in stream.getvalue()


def test_libraries_are_heard_from_warnings_on(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET https://codeload.github.com")
    logging.getLogger("httpx").warning("odd")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["odd"]
