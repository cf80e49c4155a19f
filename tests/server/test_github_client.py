"""The GitHub client over real HTTP: what it sends is what GitHub describes, and what it makes of the answers."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import Response

from bot.core.published import CHECK_NAME, Annotation, CheckOutput, InlineComment
from bot.edges.github import GitHub
from bot.edges.github.host import GitHubRepository
from bot.edges.protocols import Gone, Host, RateLimited, Refused, Unavailable
from tests.server.github_server import HEAD, INSTALLATION, REPOSITORY, Server, refused, serving

OUTPUT = CheckOutput("Title", "Summary", "Text")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def github(server: Server) -> Iterator[GitHub]:
    client = server.client()
    yield client
    client.close()


@pytest.fixture
def unused_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def repository(github: GitHub) -> GitHubRepository:
    return github.repository(INSTALLATION, REPOSITORY)


def test_client_satisfies_the_protocol(github: GitHub) -> None:
    host: Host = github
    assert host.repository(INSTALLATION, REPOSITORY)


def test_check_run_from_queued_to_completed(server: Server, repository: GitHubRepository) -> None:
    checks = repository.checks
    assert checks.find(HEAD, "review:42:3") is None
    made = checks.create(HEAD, "review:42:3", OUTPUT)
    assert checks.find(HEAD, "review:42:3") == made
    assert (made.status, made.conclusion, made.url) == ("queued", None, "https://github.com/c/1")
    checks.start(made.id, OUTPUT)
    checks.complete(made.id, "failure", OUTPUT)
    run = server.runs[made.id]
    assert (run["name"], run["status"], run["conclusion"]) == (CHECK_NAME, "completed", "failure")
    assert run["output"] == {"title": "Title", "summary": "Summary", "text": "Text"}


def test_check_run_of_another_app_is_not_taken_for_ours(server: Server, repository: GitHubRepository) -> None:
    repository.checks.create(HEAD, "review:42:3", OUTPUT)
    server.runs[1]["app"] = {"id": 99}
    assert repository.checks.find(HEAD, "review:42:3") is None


def test_all_pages_of_annotations_come_back_as_they_were_sent(server: Server, repository: GitHubRepository) -> None:
    made = repository.checks.create(HEAD, "x", OUTPUT)
    sent = [Annotation("src/a.py", n, n + 1, "failure", "rule", f"message {n}") for n in range(1, 251)]
    for start in range(0, len(sent), 50):
        repository.checks.annotate(made.id, OUTPUT, sent[start : start + 50])
    assert repository.checks.annotations(made.id) == sent
    assert len(server.asked("GET", "/annotations")) == 3


def test_pull_request_state_and_all_its_files(server: Server, repository: GitHubRepository) -> None:
    server.files = [{"filename": f"f{n}.py", "status": "added", "patch": "@@ -0,0 +1 @@\n+x"} for n in range(120)]
    server.files.append({"filename": "big.bin", "status": "added"})
    files = repository.pulls.changed_files(3)
    assert [file.path for file in files][-2:] == ["f119.py", "big.bin"]
    assert files[-1].patch is None
    state = repository.pulls.state(3)
    assert (state.state, state.head_sha, state.base_sha) == ("open", HEAD, "b" * 40)


def test_review_is_sent_with_lines_of_the_new_side(server: Server, repository: GitHubRepository) -> None:
    comments = [InlineComment("a.py", 3, None, "one"), InlineComment("a.py", 9, 7, "two")]
    repository.pulls.create_review(3, HEAD, "body", comments)
    (sent,) = server.reviews
    assert (sent["commit_id"], sent["event"], sent["body"]) == (HEAD, "COMMENT", "body")
    assert sent["comments"] == [
        {"path": "a.py", "line": 3, "side": "RIGHT", "body": "one"},
        {"path": "a.py", "line": 9, "side": "RIGHT", "body": "two", "start_line": 7, "start_side": "RIGHT"},
    ]
    assert repository.pulls.review_bodies(3) == ["body"]


def test_review_that_somebody_else_wrote_in_our_name_does_not_count(
    server: Server, repository: GitHubRepository
) -> None:
    server.reviews = [
        {"id": 1, "body": "<!-- referee:review x -->", "user": {"login": name}} for name in ("eve", "x[bot]")
    ]
    server.reviews.append({"id": 3, "body": "of a deleted account", "user": None})
    assert repository.pulls.review_bodies(3) == []


def test_jwt_bears_a_clock_ninety_seconds_off_and_token_is_narrow(server: Server, repository: GitHubRepository) -> None:
    repository.pulls.state(3)
    (claims,) = server.claims
    assert claims["iat"] <= time.time() - 90 - 10
    assert claims["exp"] - time.time() <= 600 - 90
    (call,) = server.asked("POST", "/access_tokens")
    assert json.loads(call.body) == {
        "repository_ids": [REPOSITORY],
        "permissions": {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"},
    }


def test_eight_threads_make_one_token_request(server: Server, github: GitHub) -> None:
    server.token_delay = 0.3
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(github.repository(INSTALLATION, REPOSITORY).pulls.state, range(8)))
    assert [state.number for state in states] == list(range(8))
    assert len(server.asked("POST", "/access_tokens")) == 1


def test_refused_token_is_replaced_once(server: Server, repository: GitHubRepository) -> None:
    repository.pulls.state(3)
    server.tokens.clear()
    assert repository.pulls.state(3).state == "open"
    assert len(server.asked("POST", "/access_tokens")) == 2


def test_token_that_is_refused_for_ever_is_not_asked_for_for_ever(server: Server, repository: GitHubRepository) -> None:
    server.fail("POST", "/check-runs", *[refused(401, "Bad credentials")] * 9)
    with pytest.raises(Unavailable, match="401"):
        repository.checks.create(HEAD, "x", OUTPUT)
    assert len(server.asked("POST", "/access_tokens")) == 2


def test_renamed_repository_is_found_again_for_reads_and_writes(server: Server, repository: GitHubRepository) -> None:
    made = repository.checks.create(HEAD, "x", OUTPUT)
    server.full_name = "octo/renamed"
    assert repository.pulls.state(3).state == "open"
    repository.checks.complete(made.id, "success", OUTPUT)
    assert server.runs[made.id]["conclusion"] == "success"


def test_write_that_is_answered_by_a_redirect_is_not_taken_for_done(
    server: Server, repository: GitHubRepository
) -> None:
    moved = Response('{"message": "Moved"}', 307, {"location": f"{server.url}/repositories/42/check-runs"})
    server.fail("POST", "/check-runs", moved)
    with pytest.raises(Gone):
        repository.checks.create(HEAD, "x", OUTPUT)


@pytest.mark.parametrize(("status", "message"), [(404, "Not Found"), (410, "Gone"), (403, "Resource not accessible")])
def test_what_is_not_there_is_gone(server: Server, repository: GitHubRepository, status: int, message: str) -> None:
    server.fail("GET", "/pulls/3", refused(status, message))
    with pytest.raises(Gone, match=message):
        repository.pulls.state(3)


@pytest.mark.parametrize(("installation", "number"), [(8, REPOSITORY), (INSTALLATION, 43)])
def test_repository_of_another_installation_is_gone(github: GitHub, installation: int, number: int) -> None:
    with pytest.raises(Gone):
        github.repository(installation, number).pulls.state(3)


def test_suspended_installation_is_gone(server: Server, repository: GitHubRepository) -> None:
    server.fail("POST", "/access_tokens", refused(403, "This installation has been suspended"))
    with pytest.raises(Gone, match="suspended"):
        repository.pulls.state(3)


def test_read_is_tried_again_after_a_server_error(server: Server, repository: GitHubRepository) -> None:
    server.fail("GET", "/pulls/3", refused(502, "Bad gateway"), refused(500, "Oops"))
    assert repository.pulls.state(3).state == "open"


def test_server_that_stays_down_is_unavailable(server: Server, repository: GitHubRepository) -> None:
    server.fail("GET", "/pulls/3", *[refused(503, "Unicorn")] * 9)
    with pytest.raises(Unavailable, match="503"):
        repository.pulls.state(3)
    assert len(server.asked("GET", "/pulls/3")) == 3


def test_write_is_not_repeated_after_a_server_error_since_it_may_have_happened(
    server: Server, repository: GitHubRepository
) -> None:
    server.fail("POST", "/check-runs", refused(502, "Bad gateway"))
    with pytest.raises(Unavailable):
        repository.checks.create(HEAD, "x", OUTPUT)
    assert len(server.asked("POST", "/check-runs")) == 1


def test_no_answer_at_all_is_unavailable(unused_port: int) -> None:
    nobody = Server(f"http://127.0.0.1:{unused_port}").client()
    with pytest.raises(Unavailable, match="no answer"):
        nobody.repository(INSTALLATION, REPOSITORY).pulls.state(3)


@pytest.mark.parametrize(
    ("answer", "waited"),
    [
        (refused(403, "You have exceeded a secondary rate limit"), 60),
        (refused(403, "You have exceeded a secondary rate limit", retry_after="7"), 7),
        (refused(429, "Too many", retry_after="3"), 3),
    ],
)
def test_rate_limit_is_waited_for_also_before_a_write(
    server: Server, repository: GitHubRepository, answer: Response, waited: float
) -> None:
    server.fail("POST", "/check-runs", answer)
    repository.checks.create(HEAD, "x", OUTPUT)
    assert server.slept == [waited]
    assert len(server.runs) == 1


def test_rate_limit_that_lasts_too_long_is_told(server: Server, repository: GitHubRepository) -> None:
    reset = str(int(time.time()) + 1800)
    limit = refused(403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    server.fail("GET", "/pulls/3", limit)
    with pytest.raises(RateLimited) as told:
        repository.pulls.state(3)
    assert 1700 < told.value.seconds < 1810
    assert server.slept == []


def test_refusal_carries_githubs_reason(server: Server, repository: GitHubRepository) -> None:
    answer = Response('{"message": "Unprocessable Entity", "errors": ["Line must be part of the diff"]}', 422)
    server.fail("POST", "/reviews", answer)
    with pytest.raises(Refused, match="Line must be part of the diff"):
        repository.pulls.create_review(3, HEAD, "body", [InlineComment("a.py", 3, None, "one")])


@pytest.mark.parametrize("body", ["<html>", "[", '{"state": 5, "head": []}', "null", ""])
def test_answer_that_is_none_is_unavailable(server: Server, repository: GitHubRepository, body: str) -> None:
    server.fail("GET", "/pulls/3", *[Response(body, 200)] * 9)
    with pytest.raises(Unavailable):
        repository.pulls.state(3)
