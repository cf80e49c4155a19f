"""Signed payloads that lack what a handler needs."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.harness import Running, pull_request, referee


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with referee(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.mark.parametrize(
    "change",
    [
        {"installation": None},
        {"installation": {"id": "11"}},
        {"installation": {"id": True}},
        {"installation": {"id": -1}},
        {"installation": {"id": 2**70}},
        {"repository": []},
        {"repository": {"id": 22, "full_name": "../../etc"}},
        {"repository": {"id": 22, "full_name": 5}},
        {"pull_request": "one"},
        {"pull_request": {"number": 1, "head": {"sha": "--upload-pack=x"}, "base": {"sha": "0" * 40}}},
        {"pull_request": {"number": 1, "head": {"sha": "a" * 39}, "base": {"sha": "0" * 40}}},
        {"pull_request": {"number": 1, "head": None, "base": {"sha": "0" * 40}}},
        {"pull_request": {"number": 1.0, "head": {"sha": "a" * 40}, "base": {"sha": "0" * 40}}},
    ],
    ids=repr,
)
def test_a_signed_payload_without_what_is_needed_is_set_aside(shared: Running, change: dict[str, Any]) -> None:
    guid, runs = str(uuid.uuid4()), dict(shared.repository.runs)
    assert shared.send(pull_request("opened", **change), guid=guid).status_code == 202
    shared.quiet()
    state, reason = shared.server.deliveries.states()[guid]
    assert state == "dead"
    assert reason is not None
    assert "payload" in reason
    assert shared.repository.runs == runs


def test_what_is_set_aside_does_not_hold_up_what_follows(shared: Running) -> None:
    sha = uuid.uuid4().hex + "00000000"
    shared.head(sha, 77)
    shared.send(pull_request("opened", installation=None))
    shared.send(pull_request("opened", sha, 77))
    shared.quiet()
    assert shared.repository.conclusions()[sha] == ["success"]


def test_an_event_whose_name_has_a_digit_is_acknowledged(shared: Running) -> None:
    assert shared.send({"action": "edited"}, event="projects_v2_item").status_code == 202
