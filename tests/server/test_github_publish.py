"""A verdict published through the real client over HTTP, with GitHub failing on the way."""

import re
from collections.abc import Iterator

import pytest

from bot.core.subject import Subject
from bot.edges.github import GitHub
from bot.edges.protocols import HostError
from bot.workflows.publish import open_check, publish_verdict
from checks.verdict import Verdict
from tests.server.github_server import HEAD, INSTALLATION, REPOSITORY, Server, refused, serving
from tests.server.publish_fake import Steps
from tests.server.publish_verdicts import finding, verdict

SUBJECT = Subject(INSTALLATION, REPOSITORY, "octo/experiment", 3, HEAD, "b" * 40)
WANTED = verdict(*[finding(line=1 + n, message=f"Fault {n}.") for n in range(120)])


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.files = [{"filename": "src/train.py", "status": "modified", "patch": "@@ -1,1 +1,3 @@\n a\n+b\n+c"}]
        yield running
        assert running.violations == []


@pytest.fixture
def github(server: Server) -> Iterator[GitHub]:
    client = server.client()
    yield client
    client.close()


def publish(github: GitHub, wanted: Verdict, steps: Steps) -> str:
    check_run_id = steps("open", lambda: open_check(github.repository(INSTALLATION, REPOSITORY), SUBJECT))
    return publish_verdict(steps, github, SUBJECT, check_run_id, wanted)


def test_every_request_is_as_github_describes_it(server: Server, github: GitHub) -> None:
    assert publish(github, WANTED, Steps()) == "failure"
    (run,) = server.runs.values()
    assert (run["status"], run["conclusion"], run["external_id"]) == ("completed", "failure", f"review:42:3:{HEAD}")
    assert len(server.annotations[1]) == 120
    (review,) = server.reviews
    assert [(comment["path"], comment["line"]) for comment in review["comments"]] == [
        ("src/train.py", 1),
        ("src/train.py", 2),
        ("src/train.py", 3),
    ]
    assert re.search(r"117 findings|Not on a line of this diff", review["body"])


def test_inline_comments_refused_by_github_are_listed(server: Server, github: GitHub) -> None:
    server.fail("POST", "/reviews", refused(422, "Unprocessable Entity"))
    publish(github, verdict(finding(line=2)), Steps())
    (review,) = server.reviews
    assert review["comments"] == []
    assert "src/train.py:2" in review["body"]


@pytest.mark.parametrize("write", range(6))
def test_answer_lost_after_any_write_then_restart_shows_everything_once(
    server: Server, github: GitHub, write: int
) -> None:
    server.lose_answer_after = write
    steps = Steps()
    for _ in range(3):
        try:
            publish(github, WANTED, steps)
        except HostError:
            continue
    assert [run["conclusion"] for run in server.runs.values()] == ["failure"]
    assert len(server.annotations[1]) == 120
    assert len(server.reviews) == 1
