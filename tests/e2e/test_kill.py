"""SIGKILL of the server at five random moments of one review: GitHub ends with one of everything."""

import random
import time

from tests.e2e.conftest import Deployment
from tests.e2e.test_pull_request import faulty

STUBS = 60
"""Enough findings for a second batch of annotations."""


def many_faults() -> dict[str, bytes]:
    """A tree with more findings than one request can annotate."""
    files = faulty()
    stubs = (f"\n\ndef later_{number}():\n    raise NotImplementedError\n" for number in range(STUBS))
    files["src/model.py"] += "".join(stubs).encode()
    return files


def test_a_review_killed_five_times_is_published_once(deployment: Deployment, database_url: str) -> None:
    deployment.kill()
    deployment.environment["REFEREE_DATABASE_URL"] = database_url
    deployment.start()
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    head = deployment.author.push("faulty", many_faults())
    pull = deployment.author.open_pull_request("faulty")
    for _ in range(5):
        wait_for_requests(deployment, chance.randint(1, 6))
        deployment.kill()
        deployment.start()
    check = deployment.concluded(head)
    assert check["conclusion"] == "failure"

    notes = [
        (note["path"], note["start_line"], note["title"], note["message"])
        for note in deployment.gateway.annotated[check["id"]]
    ]
    assert len(notes) > STUBS
    assert len(notes) == len(set(notes)), "an annotation was posted twice"
    assert len(deployment.gateway.reviews[pull["number"]]) == 1
    assert deployment.checked.violations == []


def wait_for_requests(deployment: Deployment, count: int, seconds: float = 10) -> None:
    """Return once the server has sent ``count`` further requests to GitHub, or has nothing more to send."""
    goal = len(deployment.checked.calls) + count
    deadline = time.monotonic() + seconds
    while len(deployment.checked.calls) < goal and time.monotonic() < deadline:
        time.sleep(0.002)
