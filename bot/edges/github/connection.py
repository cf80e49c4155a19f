"""How to reach GitHub, and how patiently."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypedDict
from urllib.parse import urlsplit

API = "https://api.github.com"
API_VERSION = "2022-11-28"
"""Version of the REST interface that this package was written for."""


class Options(TypedDict):
    """Keyword arguments that PyGithub's entry points share."""

    base_url: str
    timeout: int
    user_agent: str
    per_page: int
    retry: None
    seconds_between_requests: float | None
    seconds_between_writes: float | None
    lazy: bool
    api_version: str


@dataclass(frozen=True, slots=True)
class Connection:
    """Where GitHub is and how it is asked.

    Args:
        api_url: ``https://api.github.com``, or ``https://<host>/api/v3`` for GitHub Enterprise Server.
        timeout: seconds for a connection and between bytes.
        attempts: how often a request is tried that may be tried again.
        longest_wait: most seconds waited for a rate limit; one that asks for more is raised.
        between_requests: seconds between two requests on one connection.
        between_writes: seconds between two writes on one connection (GitHub asks for at least one).
        sleep: waits that many seconds.
    """

    api_url: str = API
    timeout: int = 15
    attempts: int = 3
    longest_wait: float = 90.0
    between_requests: float = 0.25
    between_writes: float = 1.0
    sleep: Callable[[float], None] = time.sleep

    def options(self) -> Options:
        """PyGithub's arguments. Its own retries are off: they would repeat a write, and wait without a bound."""
        return {
            "base_url": self.api_url.rstrip("/"),
            "timeout": self.timeout,
            "user_agent": user_agent(),
            "per_page": 100,
            "retry": None,
            "seconds_between_requests": self.between_requests,
            "seconds_between_writes": self.between_writes,
            "lazy": True,
            "api_version": API_VERSION,
        }

    @property
    def web_url(self) -> str:
        """Where people see what the interface at ``api_url`` holds."""
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def user_agent() -> str:
    """The name under which we ask; GitHub refuses requests without one."""
    return f"experiment-referee/{version('experiment-referee')}"
