"""The stand-in driven by PyGithub over HTTP: what a review needs behaves as on GitHub."""

import base64
import hashlib
import hmac
import io
import json
import subprocess
import tarfile
from pathlib import Path

import httpx
import pytest
from github import Auth, Github, GithubException

from bot.demo.standin.objects import commit_id, tree_id
from bot.demo.standin.server import StandIn
from bot.demo.standin.state import now
from tests.demo.conftest import BASE, HEAD, NAME, SECRET, Client, Receiver


def annotations(count: int) -> list[dict[str, str | int]]:
    return [
        {"path": "src/new.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": f"number {n}"}
        for n in range(count)
    ]


def refused(call: object, *args: object, **kwargs: object) -> tuple[int, object]:
    assert callable(call)
    with pytest.raises(GithubException) as error:
        call(*args, **kwargs)
    return error.value.status, error.value.data


def test_check_run_from_queued_to_failure(client: Client, pull: int) -> None:
    repository = client.repository
    sha = repository.get_pull(pull).head.sha
    run = repository.create_check_run("referee / verdict", sha, external_id="review:1", status="queued")
    assert run.raw_data["conclusion"] is None
    assert (run.status, run.external_id) == ("queued", "review:1")
    for _ in range(2):
        run.edit(status="in_progress", output={"title": "Working", "summary": "half", "annotations": annotations(50)})
    run.edit(conclusion="failure", output={"title": "Not ready", "summary": "**no**", "annotations": annotations(7)})
    found = list(repository.get_commit(sha).get_check_runs(check_name="referee / verdict"))
    assert [(one.id, one.status, one.conclusion) for one in found] == [(run.id, "completed", "failure")]
    assert found[0].output.title == "Not ready"
    assert [one.message for one in found[0].get_annotations()] == [
        *(f"number {n}" for _ in range(2) for n in range(50)),
        *(f"number {n}" for n in range(7)),
    ]
    assert list(repository.get_commit(sha).get_check_runs(check_name="another")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"output": {"title": "t", "summary": "s", "annotations": annotations(51)}},
        {"output": {"title": "t", "summary": "x" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "x" * 65_536}},
        {"output": {"summary": "without a title"}},
        {"status": "completed"},
        {"status": "done"},
        {"conclusion": "stale"},
    ],
)
def test_check_run_over_a_limit_is_refused_and_changes_nothing(
    client: Client, pull: int, change: dict[str, object]
) -> None:
    sha = client.repository.get_pull(pull).head.sha
    run = client.repository.create_check_run("referee / verdict", sha)
    status, _ = refused(run.edit, **change)
    assert status == 422
    after = client.repository.get_check_run(run.id)
    assert (after.status, after.output.raw_data["summary"], after.output.annotations_count) == ("queued", None, 0)


def test_check_run_needs_a_commit_that_exists(client: Client) -> None:
    status, data = refused(client.repository.create_check_run, "referee / verdict", "0" * 40)
    assert (status, data["message"]) == (422, f"No commit found for SHA: {'0' * 40}")  # type: ignore[index]


def test_person_cannot_write_check_runs(owner: Github, pull: int) -> None:
    repository = owner.get_repo(NAME)
    status, _ = refused(repository.create_check_run, "referee / verdict", repository.get_pull(pull).head.sha)
    assert status == 403


def test_files_of_a_pull_request_have_real_patches(client: Client, pull: int) -> None:
    files = {one.filename: one for one in client.repository.get_pull(pull).get_files()}
    assert list(files) == ["src/keep.py", "src/new.py"]
    assert (files["src/new.py"].status, files["src/new.py"].additions) == ("added", 3)
    assert files["src/new.py"].patch == "@@ -0,0 +1,3 @@\n+import os\n+\n+print(os.name)"
    assert files["src/keep.py"].patch == ("@@ -5,6 +5,6 @@\n five\n six\n seven\n-eight\n+EIGHT\n nine\n ten")


def test_review_with_comments_on_lines_of_the_diff(client: Client, pull: int) -> None:
    one = client.repository.get_pull(pull)
    commit = client.repository.get_commit(one.head.sha)
    comments = [
        {"path": "src/new.py", "line": 3, "start_line": 1, "side": "RIGHT", "body": "all of it"},
        {"path": "src/keep.py", "line": 10, "body": "context counts"},
        {"path": "src/keep.py", "line": 8, "side": "LEFT", "body": "what was there"},
    ]
    one.create_review(commit, "Three things", "COMMENT", comments)  # type: ignore[arg-type]
    assert [(review.body, review.state, review.commit_id) for review in one.get_reviews()] == [
        ("Three things", "COMMENTED", one.head.sha)
    ]
    posted = [(c.path, c.line, c.start_line, c.side, c.body) for c in one.get_review_comments()]
    assert posted == [
        ("src/new.py", 3, 1, "RIGHT", "all of it"),
        ("src/keep.py", 10, None, "RIGHT", "context counts"),
        ("src/keep.py", 8, None, "LEFT", "what was there"),
    ]


@pytest.mark.parametrize(
    ("comment", "error"),
    [
        ({"path": "src/keep.py", "line": 1}, "Line could not be resolved"),
        ({"path": "src/new.py", "line": 4}, "Line could not be resolved"),
        ({"path": "src/new.py", "line": 1, "side": "LEFT"}, "Line could not be resolved"),
        ({"path": "README.md", "line": 1}, "Path could not be resolved"),
        ({"path": "src/new.py", "line": 2, "start_line": 3}, "Start line could not be resolved"),
    ],
)
def test_one_comment_outside_the_diff_fails_the_whole_review(
    client: Client, pull: int, comment: dict[str, str | int], error: str
) -> None:
    one = client.repository.get_pull(pull)
    comments = [{"path": "src/new.py", "line": 1, "body": "fine"}, {**comment, "body": "not fine"}]
    status, data = refused(one.create_review, body="b", event="COMMENT", comments=comments)
    assert (status, data["errors"]) == (422, [error])  # type: ignore[index]
    assert list(one.get_reviews()) == []
    assert list(one.get_review_comments()) == []


def test_tarball_redirects_to_an_archive_that_needs_no_token(client: Client, pull: int, standin: StandIn) -> None:
    sha = client.repository.get_pull(pull).head.sha
    token = client.github.requester.auth.token  # type: ignore[union-attr]
    with httpx.Client(trust_env=False) as http:
        asked = http.get(
            f"{standin.config.api}/repos/{NAME}/tarball/{sha}", headers={"Authorization": f"Bearer {token}"}
        )
        assert asked.status_code == 302
        archive = http.get(asked.headers["location"])
        assert http.get(asked.headers["location"].partition("?")[0]).status_code == 404
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as packed:
        files = {
            entry.name: packed.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in packed
            if entry.isfile()
        }
    assert files == {f"lab-digits-{sha}/{path}": data for path, data in HEAD.items()}


def test_contents_by_path_and_revision(client: Client, pull: int) -> None:
    repository = client.repository
    head = repository.get_pull(pull).head.sha
    assert repository.get_contents("src/new.py", ref=head).decoded_content == HEAD["src/new.py"]  # type: ignore[union-attr]
    listed = repository.get_contents("src", ref="main")
    assert [(one.path, one.type) for one in listed] == [("src/keep.py", "file")]  # type: ignore[union-attr]
    assert refused(repository.get_contents, "src/new.py", ref="main")[0] == 404


def test_installation_token_is_narrowed(client: Client, installation: int, standin: StandIn) -> None:
    other = standin.control.create_repository("lab/other", BASE)
    token = client.integration.get_access_token(installation, permissions={"checks": "read"})
    assert token.permissions == {"metadata": "read", "checks": "read"}
    with Github(auth=Auth.Token(token.token), base_url=standin.config.api, retry=None) as narrow:
        repository = narrow.get_repo(NAME)
        assert refused(repository.create_check_run, "x", repository.raw_data["node_id"])[0] == 403
        assert refused(repository.get_pull, 1)[0] == 403
    _, data = client.integration.requester.requestJsonAndCheck(
        "POST", f"/app/installations/{installation}/access_tokens", input={"repository_ids": [other["id"]]}
    )
    with Github(auth=Auth.Token(data["token"]), base_url=standin.config.api, retry=None) as narrow:
        assert narrow.get_repo("lab/other").id == other["id"]
        assert narrow.get_repo(other["id"]).full_name == "lab/other"
        assert refused(narrow.get_repo, NAME)[0] == 404
    status, _ = refused(client.integration.get_access_token, installation, {"secrets": "write"})
    assert status == 422


def test_uninstalling_ends_its_tokens(client: Client, installation: int, standin: StandIn) -> None:
    standin.control.uninstall(installation)
    assert refused(client.github.get_repo, NAME)[0] == 401


def test_merge_waits_for_the_required_check_of_that_app(
    client: Client, owner: Github, pull: int, standin: StandIn
) -> None:
    standin.control.protect(NAME, "referee / verdict", standin.config.app.id)
    one = owner.get_repo(NAME).get_pull(pull)
    assert one.mergeable_state == "blocked"
    assert refused(one.merge)[0] == 405
    run = client.repository.create_check_run("referee / verdict", one.head.sha, conclusion="failure")
    assert refused(one.merge)[0] == 405
    checks = owner.get_repo(NAME).get_branch("main").get_protection().required_status_checks
    assert [(check.context, check.app_id) for check in checks.checks] == [("referee / verdict", 1001)]
    run.edit(conclusion="success")
    assert one.merge().merged
    assert one.update()
    assert (one.state, one.merged) == ("closed", True)
    merged = owner.get_repo(NAME).get_contents("src/new.py")
    assert merged.decoded_content == HEAD["src/new.py"]  # type: ignore[union-attr]


def test_check_pinned_to_another_app_is_not_satisfied(
    client: Client, owner: Github, pull: int, standin: StandIn
) -> None:
    standin.control.protect(NAME, "referee / verdict", 4242)
    one = owner.get_repo(NAME).get_pull(pull)
    client.repository.create_check_run("referee / verdict", one.head.sha, conclusion="success")
    assert refused(one.merge)[0] == 405


def test_permission_of_people(client: Client) -> None:
    assert client.repository.get_collaborator_permission("lab") == "admin"
    assert client.repository.get_collaborator_permission("stranger") == "none"


def test_pull_request_webhooks_are_signed_and_told_in_order(standin: StandIn, pull: int, receiver: Receiver) -> None:
    standin.control.push(NAME, "feature", {**HEAD, "more.py": b"1\n"}, "More", "mallory")
    standin.control.change_pull(NAME, pull, "close", "lab")
    seen = {}
    for _ in range(4):
        headers, body = receiver.next()
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == expected
        payload = json.loads(body)
        seen[headers["x-github-event"], payload["action"]] = payload
    assert set(seen) == {
        ("installation", "created"),
        *(("pull_request", a) for a in ("opened", "synchronize", "closed")),
    }
    moved = seen["pull_request", "synchronize"]
    assert moved["before"] == seen["pull_request", "opened"]["pull_request"]["head"]["sha"]
    assert moved["after"] == moved["pull_request"]["head"]["sha"] != moved["before"]
    assert moved["installation"]["id"] == standin.world.installation_of("lab").id  # type: ignore[union-attr]


def test_failed_delivery_is_listed_and_sent_again_with_its_guid(
    client: Client, standin: StandIn, receiver: Receiver
) -> None:
    request = client.integration.requester.requestJsonAndCheck
    first = [receiver.next().headers["x-github-delivery"] for _ in range(2)]
    receiver.answers = [500]
    standin.control.change_pull(NAME, 1, "close", "lab")
    guid = receiver.next().headers["x-github-delivery"]
    assert guid not in first
    failed: list[dict[str, object]] = []
    while not failed:
        failed = [one for one in request("GET", "/app/hook/deliveries")[1] if one["status_code"] == 500]
    assert [(one["guid"], one["event"], one["redelivery"]) for one in failed] == [(guid, "pull_request", False)]
    _, whole = request("GET", f"/app/hook/deliveries/{failed[0]['id']}")
    assert whole["request"]["payload"]["action"] == "closed"
    request("POST", f"/app/hook/deliveries/{failed[0]['id']}/attempts")
    again = receiver.next()
    assert again.headers["x-github-delivery"] == guid
    assert json.loads(again.body)["action"] == "closed"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/repos/{NAME}/actions/runs"),
        ("POST", f"/repos/{NAME}/issues/1/comments"),
        ("GET", f"/repos/{NAME}/pulls?sort=updated"),
        ("GET", "/rate_limit"),
        ("POST", "/graphql"),
    ],
)
def test_what_is_missing_says_so(client: Client, method: str, path: str) -> None:
    status, data = refused(client.github.requester.requestJsonAndCheck, method, path, input={})
    assert status == 501
    assert "stand-in" in data["message"]  # type: ignore[index]


def test_control_interface_wants_its_token(standin: StandIn) -> None:
    with httpx.Client(trust_env=False) as http:
        answer = http.post(f"{standin.config.url}/_standin/control/installations", json={"account": "eve"})
    assert answer.status_code == 401
    assert standin.world.installations == {}


def test_names_of_objects_are_those_of_git(tmp_path: Path) -> None:
    files = {"a.txt": b"a\n", "a/b": b"", "a-b/c.py": b"c\n", "z/\xc3\xa9.txt".encode("latin-1").decode(): b"\x00\xff"}
    when = now()

    def git(*command: str) -> str:
        environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": "/usr/bin:/bin"}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "lab", f"GIT_{who}_EMAIL": "lab@users.noreply.invalid"}
            environment[f"GIT_{who}_DATE"] = f"{int(when.timestamp())} +0000"
        done = subprocess.run(
            ["git", *command], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    for path, data in files.items():
        file = tmp_path / (path if path != "a/b" else "a_/b")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
    named = {path.replace("a/b", "a_/b"): data for path, data in files.items()}
    git("add", "--all")
    git("commit", "-q", "-m", "First")
    assert git("rev-parse", "HEAD^{tree}") == tree_id(named)
    assert git("rev-parse", "HEAD") == commit_id(tree_id(named), (), "lab <lab@users.noreply.invalid>", when, "First")


def test_every_answer_says_that_it_is_a_stand_in(standin: StandIn) -> None:
    with httpx.Client(trust_env=False) as http:
        for path in ("/", "/api/v3/app", "/nowhere"):
            assert http.get(standin.config.url + path).headers["x-referee-standin"]
        assert "not GitHub" in http.get(standin.config.url).text


def test_file_content_survives(client: Client, standin: StandIn) -> None:
    raw = bytes(range(256))
    standin.control.push(NAME, "bytes", {"data.bin": raw}, "Bytes", "lab")
    content = client.repository.get_contents("data.bin", ref="bytes")
    assert base64.b64decode(content.content) == raw  # type: ignore[union-attr]
