"""Every answer of the stand-in has the shape that GitHub's own description gives it.

Left out, because the description refuses GitHub's real answers too: the list of installations (whose account it wants
to be a person and an enterprise at once), a directory's contents (a list, told apart by a field of an object), and
paths with a slash inside a parameter.
"""

import json
from collections.abc import Iterator

import httpx
import jwt
import pytest

from bot.demo.standin.server import StandIn
from bot.demo.standin.state import now
from tests.demo.conftest import NAME, Client, Key
from tests.peers.openapi import Call, contract

PREFIX = "/api/v3"
NULL_CONCLUSION = "None is not one of ['success', 'failure', "
"""The description calls a conclusion nullable and leaves null out of its values."""


class Speaker:
    """Sends requests and holds both the request and the answer against the description."""

    def __init__(self, standin: StandIn, token: str) -> None:
        self._http = httpx.Client(
            base_url=standin.config.api, headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )
        self.violations: list[str] = []

    def __call__(self, method: str, path: str, body: object = None, expect: int = 200) -> object:
        response = self._http.request(method, path, json=body)
        assert response.status_code == expect, response.text
        sent = response.request
        call = Call(method, sent.url.path.removeprefix(PREFIX), sent.url.query.decode(), sent.headers, sent.content)
        kind = response.headers["content-type"]
        found = contract().violations(call) + contract().answer_violations(call, expect, kind, response.content)
        self.violations += [violation for violation in found if NULL_CONCLUSION not in violation]
        return json.loads(response.content)

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def app(standin: StandIn, key: Key) -> Iterator[Speaker]:
    issued = int(now().timestamp())
    claims = {"iat": issued - 60, "exp": issued + 300, "iss": str(standin.config.app.id)}
    speaker = Speaker(standin, jwt.encode(claims, key.private, algorithm="RS256"))
    yield speaker
    speaker.close()


@pytest.fixture
def bot(standin: StandIn, client: Client) -> Iterator[Speaker]:
    speaker = Speaker(standin, client.github.requester.auth.token)  # type: ignore[union-attr]
    yield speaker
    speaker.close()


@pytest.fixture
def owner_speaks(standin: StandIn) -> Iterator[Speaker]:
    speaker = Speaker(standin, "owner-token")
    yield speaker
    speaker.close()


@pytest.mark.xdist_group("openapi")
def test_answers_have_the_shape_of_github(
    app: Speaker, bot: Speaker, owner_speaks: Speaker, standin: StandIn, installation: int, pull: int
) -> None:
    repo = f"/repos/{NAME}"
    standin.control.protect(NAME, "referee / verdict", 1001)
    sha = standin.world.find("lab", "digits").branches["feature"]  # type: ignore[union-attr]
    ask_as_the_app(app, installation)
    for path in ("", "/pulls?state=all&per_page=1", f"/pulls/{pull}", f"/pulls/{pull}/files", f"/pulls/{pull}/commits"):
        bot("GET", repo + path)
    for path in ("/contents/README.md?ref=main", f"/commits/{sha}", f"/git/commits/{sha}"):
        bot("GET", repo + path)
    for path in ("/branches/main", "/branches/main/protection", "/collaborators/lab/permission"):
        bot("GET", repo + path)
    bot("GET", f"{repo}/commits/{sha}/pulls")
    check_runs(bot, repo, sha)
    reviews(bot, f"{repo}/pulls/{pull}", sha)
    bot("GET", "/installation/repositories")
    owner_speaks("PUT", f"{repo}/pulls/{pull}/merge", {"merge_method": "merge"})
    bot("GET", f"{repo}/pulls/{pull}")
    refusals(bot, repo)
    found = app.violations + bot.violations + owner_speaks.violations
    assert found == [], "\n".join(found)


def ask_as_the_app(app: Speaker, installation: int) -> None:
    for path in ("/app", f"/app/installations/{installation}", f"/repos/{NAME}/installation"):
        app("GET", path)
    tokens = f"/app/installations/{installation}/access_tokens"
    app("POST", tokens, {"repositories": ["digits"], "permissions": {"checks": "write"}}, expect=201)
    app("GET", "/app/hook/config")
    deliveries = app("GET", "/app/hook/deliveries?per_page=5")
    assert isinstance(deliveries, list)
    for delivery in deliveries:
        app("GET", f"/app/hook/deliveries/{delivery['id']}")
        app("POST", f"/app/hook/deliveries/{delivery['id']}/attempts", expect=202)


def check_runs(bot: Speaker, repo: str, sha: str) -> None:
    annotation = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"}
    run = bot("POST", f"{repo}/check-runs", {"name": "referee / verdict", "head_sha": sha}, expect=201)
    assert isinstance(run, dict)
    output = {"title": "t", "summary": "s", "text": "x", "annotations": [annotation]}
    bot("PATCH", f"{repo}/check-runs/{run['id']}", {"status": "in_progress", "output": output})
    bot("PATCH", f"{repo}/check-runs/{run['id']}", {"status": "completed", "conclusion": "success"})
    bot("GET", f"{repo}/check-runs/{run['id']}")
    bot("GET", f"{repo}/check-runs/{run['id']}/annotations?per_page=100")
    bot("GET", f"{repo}/commits/{sha}/check-runs?check_name=referee%20%2F%20verdict&filter=all&app_id=1001")


def reviews(bot: Speaker, pull: str, sha: str) -> None:
    comment = {"path": "src/new.py", "line": 3, "start_line": 1, "side": "RIGHT", "start_side": "RIGHT", "body": "b"}
    review = {"commit_id": sha, "event": "COMMENT", "body": "b", "comments": [comment]}
    posted = bot("POST", f"{pull}/reviews", review)
    assert isinstance(posted, dict)
    for path in ("/reviews", "/comments", f"/reviews/{posted['id']}/comments"):
        bot("GET", pull + path)


def refusals(bot: Speaker, repo: str) -> None:
    bot("GET", f"{repo}/pulls/99", expect=404)
    bot("GET", f"{repo}/commits/{'0' * 40}", expect=422)
    bot("GET", f"{repo}/contents/nowhere", expect=404)
    bot("PUT", f"{repo}/pulls/1/merge", {}, expect=403)
