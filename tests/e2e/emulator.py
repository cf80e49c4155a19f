"""The npm `emulate` GitHub server as a test peer: started on a free port, seeded with our App, driven over HTTP."""

import base64
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.openapi import peer

OWNER, REPOSITORY = "octocat", "experiments"
ADMIN = "test_token_admin"
AUTHOR = "test_token_author"
APP_ID, SLUG, INSTALLATION = 4711, "referee", 100


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def seed(private_key: str, webhook_url: str, webhook_secret: str) -> dict[str, Any]:
    """The emulator's seed: one repository, one App installed on it, two people's tokens."""
    permissions = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"}
    app = {
        "app_id": APP_ID,
        "slug": SLUG,
        "name": "Referee",
        "private_key": private_key,
        "permissions": permissions,
        "events": ["pull_request"],
        "webhook_url": webhook_url,
        "webhook_secret": webhook_secret,
        "installations": [{"installation_id": INSTALLATION, "account": OWNER}],
    }
    tokens = {ADMIN: {"login": OWNER, "scopes": ["repo", "user", "admin:org", "admin:repo_hook"]}}
    tokens[AUTHOR] = {"login": "author", "scopes": ["repo", "user"]}
    return {
        "tokens": tokens,
        "github": {
            "users": [{"login": OWNER}, {"login": "author"}],
            "repos": [{"owner": OWNER, "name": REPOSITORY, "default_branch": "main"}],
            "apps": [app],
        },
    }


@contextlib.contextmanager
def emulator(folder: Path, port: int, base_url: str, seeded: dict[str, Any]) -> Iterator[str]:
    """Run the emulator until the block ends; yields its own address."""
    path = folder / "seed.json"
    path.write_text(json.dumps(seeded), "utf-8")
    command = [str(peer(".bin/node")), str(peer("emulate/dist/index.js")), "start", "--service", "github"]
    command += ["--port", str(port), "--seed", str(path), "--base-url", base_url]
    with (folder / "emulate.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/meta", process, folder / "emulate.log")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    """Return once the address answers; fail with the log when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=2, trust_env=False)
            return
        time.sleep(0.1)
    pytest.fail(f"{url} did not come up: {log.read_text('utf-8', 'replace')[-2000:]}")


@dataclass
class Author:
    """A person who pushes branches and opens pull requests."""

    address: str
    token: str = ADMIN

    def call(self, method: str, path: str, body: object = None, *, ok: bool = True) -> httpx.Response:
        """One request to ``/repos/OWNER/REPOSITORY`` + path."""
        response = httpx.request(
            method,
            f"{self.address}/repos/{OWNER}/{REPOSITORY}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )
        if ok:
            assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response

    def push(self, branch: str, files: dict[str, bytes]) -> str:
        """A branch from main whose tree is exactly ``files``; returns the new commit's SHA."""
        parent = self.call("GET", "/git/ref/heads/main").json()["object"]["sha"]
        entries = []
        for path, data in files.items():
            blob = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
            sha = self.call("POST", "/git/blobs", blob).json()["sha"]
            entries.append({"path": path, "mode": "100644", "type": "blob", "sha": sha})
        tree = self.call("POST", "/git/trees", {"tree": entries}).json()["sha"]
        commit = {"message": "Add the experiment", "tree": tree, "parents": [parent]}
        sha = str(self.call("POST", "/git/commits", commit).json()["sha"])
        self.call("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        return sha

    def open_pull_request(self, branch: str) -> dict[str, Any]:
        """A pull request of the branch into main, as GitHub answers it."""
        body = {"title": f"Experiment on {branch}", "head": branch, "base": "main"}
        opened: dict[str, Any] = self.call("POST", "/pulls", body).json()
        return opened

    def protect_main(self, check: str) -> None:
        """Let nothing into main before the check is green."""
        checks = {"strict": False, "contexts": [check]}
        body = {"required_status_checks": checks, "enforce_admins": True}
        self.call(
            "PUT", "/branches/main/protection", body | {"required_pull_request_reviews": None, "restrictions": None}
        )

    def merge(self, number: int) -> httpx.Response:
        """GitHub's answer to the merge button."""
        return self.call("PUT", f"/pulls/{number}/merge", {}, ok=False)
