"""A fault of GitHub that passes, at every call that a review makes."""

import uuid
from collections.abc import Iterator

import pytest

from bot.edges.protocols import RateLimited, Unavailable
from tests.server.harness import Running, pull_request, referee


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with referee(tmp_path_factory.mktemp("server")) as running:
        yield running


PLACES = ["find", "create", "created", "start", "archive", "state", "complete", "completed"]


@pytest.mark.parametrize(
    ("where", "error"),
    [(where, Unavailable("502")) for where in PLACES]
    + [("create", RateLimited("429", 0.05)), ("create", ConnectionResetError("reset"))],
    ids=str,
)
def test_a_fault_that_passes_leaves_no_trace(shared: Running, where: str, error: Exception) -> None:
    left, sha, number = [1], uuid.uuid4().hex + "00000000", uuid.uuid4().int % 10**9

    def interrupt(what: str) -> None:
        if what == where and left:
            left.pop()
            raise error

    shared.head(sha, number)
    shared.repository.interrupt = interrupt
    shared.send(pull_request("opened", sha, number))
    shared.quiet()
    assert not left
    assert shared.repository.conclusions()[sha] == ["success"]
