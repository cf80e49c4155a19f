"""What GitHub shows of the review, asked through its API as a person with access to the repository."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from bot.demo.failure import DemoError
from bot.demo.scene import CHECK, Scene

VERDICT_SECONDS = 300.0
"""How long the verdict may take, seconds."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that the review left behind."""

    check_run: Json
    annotations: list[Json]
    reviews: list[Json]
    comments: list[Json]
    pull: Json


class Watcher:
    """Looks at one pull request.

    Args:
        client: speaks to the stand-in's API with a person's token.
        scene: which pull request.
        alive: raises when waiting has become pointless.
    """

    def __init__(self, client: httpx.Client, scene: Scene, alive: Callable[[], None]) -> None:
        self._client = client
        self._scene = scene
        self._alive = alive

    def states(self) -> Iterator[tuple[str, str]]:
        """Each new pair of status and title of the check run, until it is completed.

        Raises:
            DemoError: it took too long.
        """
        deadline = time.monotonic() + VERDICT_SECONDS
        last = ("", "")
        while last[0] != "completed":
            self._alive()
            if time.monotonic() > deadline:
                raise DemoError(f"there was no verdict within {VERDICT_SECONDS:.0f} seconds")
            run = self._check_run()
            state = (str(run["status"]), str(run["output"]["title"] or "")) if run else last
            if state != last:
                last = state
                yield state
            time.sleep(0.1)

    def published(self) -> Published:
        """What is there once the check run is completed."""
        run = self._check_run()
        if run is None:
            raise DemoError("the check run has gone")
        pull = f"/pulls/{self._scene.number}"
        return Published(
            check_run=run,
            annotations=self._all(f"/check-runs/{run['id']}/annotations"),
            reviews=self._all(f"{pull}/reviews"),
            comments=self._all(f"{pull}/comments"),
            pull=self._get(pull).json(),
        )

    def _check_run(self) -> Json | None:
        runs = self._get(f"/commits/{self._scene.head_sha}/check-runs", check_name=CHECK).json()["check_runs"]
        return runs[0] if runs else None

    def _all(self, path: str) -> list[Json]:
        items: list[Json] = []
        page = 1
        while found := self._get(path, page=page, per_page=100).json():
            items += found
            page += 1
        return items

    def _get(self, path: str, **parameters: str | int) -> httpx.Response:
        response = self._client.get(f"/repos/{self._scene.repository}{path}", params=parameters)
        if response.is_error:
            raise DemoError(f"the stand-in answered {response.status_code} to GET {path}: {response.text[:500]}")
        return response
