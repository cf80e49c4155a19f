"""One address in front of the npm emulator that also answers what the emulator lacks. This part is ours, a fake.

Ours: the annotations of a check run, the tarball of a commit, the files of a pull request with their patches, and
reviews with comments by line (a comment on a line outside the diff makes the whole review fail with 422, as on GitHub).
Everything else goes to the emulator. ``tests.peers.openapi.Checked`` stands before it and holds every request against
GitHub's API description.
"""

import base64
import difflib
import io
import re
import tarfile
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.e2e.emulator import ADMIN, SLUG

HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@", re.MULTILINE)


@dataclass
class Gateway:
    """The fake's state.

    Args:
        emulator: where the emulator answers.
        reviews: the reviews posted, by pull request.
        annotated: the annotations sent, by check run.
        archive_tokens: what the archive's own host was shown as authorization.
    """

    emulator: str
    annotated: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    archive_tokens: list[str | None] = field(default_factory=list)
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """The gateway as an ASGI application."""
        repo = "/repos/{owner}/{name}"
        return Starlette(
            routes=[
                Route(f"{repo}/tarball/{{sha}}", self.tarball),
                Route("/_codeload/{owner}/{name}/{sha}", self.codeload),
                Route(f"{repo}/pulls/{{number:int}}/files", self.files),
                Route(f"{repo}/pulls/{{number:int}}/reviews", self.list_reviews, methods=["GET"]),
                Route(f"{repo}/pulls/{{number:int}}/reviews", self.create_review, methods=["POST"]),
                Route(f"{repo}/check-runs/{{run:int}}", self.edit_check, methods=["PATCH"]),
                Route(f"{repo}/check-runs/{{run:int}}/annotations", self.annotations),
                Route("/{path:path}", self.forward, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
            ]
        )

    async def ask(self, path: str) -> Any:
        """An answer of the emulator to a repository owner's GET."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        async with httpx.AsyncClient(base_url=self.emulator, headers=headers, trust_env=False) as client:
            return (await client.get(path)).raise_for_status().json()

    async def forward(self, request: Request) -> Response:
        """Anything that the emulator knows."""
        body = await request.body()
        headers = {k: v for k, v in request.headers.items() if k in {"authorization", "accept", "content-type"}}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            url = f"{self.emulator}{request.url.path}"
            answer = await client.request(
                request.method, url, params=request.url.query.encode(), content=body, headers=headers
            )
        kept = {k: v for k, v in answer.headers.items() if k in {"content-type", "link", "etag"}}
        return Response(answer.content, answer.status_code, kept)

    async def edit_check(self, request: Request) -> Response:
        """An edit of a check run: the emulator's, with the annotations remembered as they were sent."""
        answer = await self.forward(request)
        if answer.status_code == 200:
            added = (await request.json()).get("output", {}).get("annotations", [])
            self.annotated.setdefault(request.path_params["run"], []).extend(added)
        return answer

    async def annotations(self, request: Request) -> Response:
        """The annotations of a check run, one page; the emulator wraps them in an object and forgets their titles."""
        listed = [
            {"blob_href": "", "start_column": None, "end_column": None, "raw_details": None, **sent}
            for sent in self.annotated.get(request.path_params["run"], [])
        ]
        return JSONResponse(listed if request.query_params.get("page", "1") == "1" else [])

    async def tree(self, prefix: str, sha: str) -> dict[str, bytes]:
        """Every file of a commit."""
        commit = await self.ask(f"{prefix}/git/commits/{sha}")
        listing = await self.ask(f"{prefix}/git/trees/{commit['tree']['sha']}?recursive=1")
        return {
            entry["path"]: base64.b64decode((await self.ask(f"{prefix}/git/blobs/{entry['sha']}"))["content"])
            for entry in listing["tree"]
            if entry["type"] == "blob"
        }

    async def tarball(self, request: Request) -> Response:
        """302 to another path, as GitHub sends its clients to codeload."""
        where = request.path_params
        return RedirectResponse(f"{request.base_url}_codeload/{where['owner']}/{where['name']}/{where['sha']}", 302)

    async def codeload(self, request: Request) -> Response:
        """The archive itself; the token must not travel here."""
        self.archive_tokens.append(request.headers.get("authorization"))
        where = request.path_params
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for path, data in (await self.tree(f"/repos/{where['owner']}/{where['name']}", where["sha"])).items():
                entry = tarfile.TarInfo(f"{where['owner']}-{where['name']}-{where['sha'][:7]}/{path}")
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        return Response(out.getvalue(), media_type="application/x-gzip")

    async def patches(self, request: Request) -> dict[str, str]:
        """Path to patch of a pull request's diff."""
        where = request.path_params
        prefix = f"/repos/{where['owner']}/{where['name']}"
        pull = await self.ask(f"{prefix}/pulls/{where['number']}")
        before, after = await self.tree(prefix, pull["base"]["sha"]), await self.tree(prefix, pull["head"]["sha"])
        return {
            path: patch(before.get(path, b"").decode(), after.get(path, b"").decode())
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)
        }

    async def files(self, request: Request) -> Response:
        """The files of a pull request, one page."""
        page = int(request.query_params.get("page", 1))
        listed = [
            {
                "sha": "0" * 40,
                "filename": path,
                "status": "modified",
                "additions": text.count("\n+"),
                "deletions": text.count("\n-"),
                "changes": text.count("\n+") + text.count("\n-"),
                "blob_url": "",
                "raw_url": "",
                "contents_url": "",
                "patch": text,
            }
            for path, text in (await self.patches(request)).items()
        ]
        return JSONResponse(listed if page == 1 else [])

    async def list_reviews(self, request: Request) -> Response:
        """The reviews of a pull request, one page."""
        posted = self.reviews.get(request.path_params["number"], [])
        return JSONResponse(posted if int(request.query_params.get("page", 1)) == 1 else [])

    async def create_review(self, request: Request) -> Response:
        """One review; 422 for the whole of it when a comment is outside the diff."""
        body = await request.json()
        lines = {path: new_lines(text) for path, text in (await self.patches(request)).items()}
        for comment in body.get("comments", []):
            wanted = {comment["line"], comment.get("start_line") or comment["line"]}
            if not wanted <= lines.get(comment["path"], set()):
                return JSONResponse({"message": "Unprocessable Entity", "errors": ["Line could not be resolved"]}, 422)
        posted = self.reviews.setdefault(request.path_params["number"], [])
        review = {
            "id": len(posted) + 1,
            "node_id": "PRR",
            "user": {"login": f"{SLUG}[bot]", "id": 1, "type": "Bot"},
            "body": body.get("body", ""),
            "state": "COMMENTED",
            "commit_id": body["commit_id"],
            "html_url": "",
            "pull_request_url": "",
            "_links": {"html": {"href": ""}, "pull_request": {"href": ""}},
            "comments": body.get("comments", []),
        }
        posted.append(review)
        return JSONResponse(review)


def patch(before: str, after: str) -> str:
    """A unified diff without its two header lines, as GitHub sends it."""
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="")
    return "\n".join(list(lines)[2:])


def new_lines(text: str) -> set[int]:
    """The line numbers of the new side that a patch shows."""
    shown: set[int] = set()
    number = 0
    for line in text.split("\n"):
        hunk = HUNK.match(line)
        if hunk:
            number = int(hunk.group(1))
        elif line[:1] in {"+", " "} or line == "":
            shown.add(number)
            number += 1
    return shown
