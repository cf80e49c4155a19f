"""Every webhook example that GitHub publishes, signed and sent to the real server; each again with a byte changed."""

import hashlib
import hmac
import json
import sqlite3
import uuid
from contextlib import closing

import httpx

from tests.e2e.conftest import SECRET, Deployment
from tests.peers.openapi import peer


def examples() -> list[tuple[str, bytes]]:
    """Event name and payload of every published example."""
    events = json.loads(peer("@octokit/webhooks-examples/api.github.com/index.json").read_bytes())
    return [(event["name"], json.dumps(example).encode()) for event in events for example in event["examples"]]


def headers(event: str, signed: bytes) -> dict[str, str]:
    """GitHub's headers for a delivery whose signature covers ``signed``."""
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={digest}",
    }


def stored(deployment: Deployment) -> int:
    """Rows in the table of deliveries."""
    (database,) = deployment.folder.glob("state/*.db")
    with closing(sqlite3.connect(database)) as connection:
        count: int = connection.execute("select count(*) from deliveries").fetchone()[0]
    return count


def test_every_published_example_is_taken_and_none_with_a_flipped_byte(deployment: Deployment) -> None:
    published = examples()
    assert len(published) == 329
    with httpx.Client(base_url=deployment.url, trust_env=False, timeout=30) as client:
        taken = [
            client.post("/webhooks/github", headers=headers(event, body), content=body) for event, body in published
        ]
        assert {answer.status_code for answer in taken} == {202}
        assert stored(deployment) == len(published)

        for event, body in published:
            changed = bytearray(body)
            changed[len(changed) // 2] ^= 1
            answer = client.post("/webhooks/github", headers=headers(event, body), content=bytes(changed))
            assert answer.status_code == 401, event
        assert stored(deployment) == len(published)
        assert client.get("/readyz").status_code == 200
