"""The contract itself: it lets GitHub's documented requests pass and catches what GitHub would refuse."""

import json
from typing import Any

import pytest

from tests.peers.openapi import Call, contract

OUTPUT = {"title": "t", "summary": "s"}


def call(method: str, path: str, body: Any = None, query: str = "") -> Call:
    data = json.dumps(body).encode() if body is not None else b""
    return Call(method, path, query, {"content-type": "application/json"}, data)


@pytest.mark.parametrize(
    "good",
    [
        call("POST", "/repos/o/r/check-runs", {"name": "n", "head_sha": "a", "status": "queued", "output": OUTPUT}),
        call("GET", "/repos/o/r/commits/abc/check-runs", query="check_name=x&filter=all&app_id=5&per_page=100"),
        call("POST", "/app/installations/7/access_tokens", {"repository_ids": [4], "permissions": {"checks": "write"}}),
    ],
    ids=lambda good: f"{good.method} {good.path}",
)
def test_documented_requests_pass(good: Call) -> None:
    assert contract().violations(good) == []


NOTE = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (call("GET", "/repositories/5"), "PathNotFound"),
        (call("POST", "/repos/o/r/check-runs", {"name": "n"}), "head_sha"),
        (call("PATCH", "/repos/o/r/check-runs/1", {"conclusion": "passed", "status": "completed"}), "passed"),
        (call("PATCH", "/repos/o/r/check-runs/1", {"output": {**OUTPUT, "annotations": [NOTE] * 51}}), "too long"),
        (call("PATCH", "/repos/o/r/check-runs/1", {"output": {**OUTPUT, "text": "x" * 65_536}}), "too long"),
        (call("GET", "/repos/o/r/pulls/1/files", query="per_page=many"), "many"),
        (call("GET", "/repos/o/r/pulls/1/files", query="limit=3"), "unknown query parameter 'limit'"),
        (call("POST", "/app/installations/7/access_tokens", {"permissions": {"checks": "admin"}}), "admin"),
    ],
    ids=lambda value: value.path if isinstance(value, Call) else "",
)
def test_what_github_refuses_is_caught(bad: Call, told: str) -> None:
    assert told in " ".join(contract().violations(bad))
