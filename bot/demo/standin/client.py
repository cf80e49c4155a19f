"""The control interface from Python, over HTTP: what a test or the demonstration plays the people with."""

import base64
from collections.abc import Mapping
from typing import Any, Self

import httpx

Json = dict[str, Any]


class Control:
    """Acts on a running stand-in. Every method raises RuntimeError with the stand-in's own message when refused.

    Args:
        url: the stand-in's address.
        token: its control token.
    """

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/_standin/control", headers={"X-Standin-Control": token}, trust_env=False, timeout=30
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def set_webhook(self, url: str, secret: str) -> None:
        """Send the App's events there."""
        self._send("PUT", "/webhook", {"url": url, "secret": secret})

    def install(self, account: str, repository_ids: list[int] | None = None) -> Json:
        """Install the App on an account; the answer has its ``id``."""
        return self._send("POST", "/installations", {"account": account, "repository_ids": repository_ids})

    def uninstall(self, installation_id: int) -> None:
        """Remove the App."""
        self._send("DELETE", f"/installations/{installation_id}")

    def create_repository(self, full_name: str, files: Mapping[str, bytes], **more: object) -> Json:
        """A repository whose ``main`` holds these files; more: private, message, roles."""
        owner, _, name = full_name.partition("/")
        return self._send("POST", "/repositories", {"owner": owner, "name": name, "files": _encoded(files), **more})

    def push(self, full_name: str, branch: str, files: Mapping[str, bytes], message: str, author: str) -> str:
        """Make a branch hold exactly these files, in one commit; returns its SHA."""
        body = {"branch": branch, "files": _encoded(files), "message": message, "author": author}
        sha: str = self._send("POST", f"/repositories/{full_name}/pushes", body)["sha"]
        return sha

    def open_pull(self, full_name: str, *, title: str, author: str, head: str, **more: object) -> Json:
        """Open a pull request; more: body, base, draft."""
        body = {"title": title, "author": author, "head": head, **more}
        return self._send("POST", f"/repositories/{full_name}/pulls", body)

    def change_pull(self, full_name: str, number: int, action: str, sender: str) -> Json:
        """``close``, ``reopen``, ``draft`` or ``ready``."""
        return self._send("POST", f"/repositories/{full_name}/pulls/{number}", {"action": action, "sender": sender})

    def protect(self, full_name: str, context: str, app_id: int | None, branch: str = "main") -> None:
        """Demand one check on a branch, from one App or from any."""
        checks = [{"context": context, "app_id": app_id}]
        self._send("PUT", f"/repositories/{full_name}/protection", {"branch": branch, "checks": checks})

    def rerequest(self, full_name: str, check_run_id: int) -> None:
        """Press "Re-run"."""
        self._send("POST", f"/repositories/{full_name}/check-runs/{check_run_id}/rerequest")

    def _send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        response = self._client.request(method, path, json=body)
        answer: Json = response.json()
        if response.is_error:
            raise RuntimeError(f"the stand-in refused {method} {path}: {answer.get('message', response.text)}")
        return answer


def _encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(data).decode() for path, data in files.items()}
