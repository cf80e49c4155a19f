"""What a stand-in is started with: the one App it knows, where that App's webhooks go, and the people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PERMISSIONS: Mapping[str, str] = {
    "actions": "write",
    "administration": "read",
    "checks": "write",
    "contents": "read",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
"""What the App is granted unless a test says otherwise: permission to level."""

EVENTS = ("check_run", "installation", "pull_request")
"""The events the App subscribes to unless a test says otherwise."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the App's events go.

    Args:
        url: receiver of the POST requests.
        secret: key of the ``X-Hub-Signature-256`` HMAC.
    """

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class AppConfig:
    """The GitHub App that is registered here.

    Args:
        public_key: PEM of the RSA key that its JSON web tokens are verified with.
        webhook: where its events go at first; None delivers nothing until it is set.
        id: App id, the ``iss`` of its tokens.
        slug: its name in URLs and, with ``[bot]``, its login.
        permissions: what every installation grants it.
        events: the events it subscribes to.
    """

    public_key: str
    webhook: Webhook | None = None
    id: int = 1001
    slug: str = "referee"
    name: str = "Referee"
    permissions: Mapping[str, str] = field(default_factory=lambda: PERMISSIONS)
    events: tuple[str, ...] = EVENTS


@dataclass(frozen=True, slots=True)
class Config:
    """A whole stand-in.

    Args:
        url: its own address without a trailing slash; the API is below ``/api/v3``, as on GitHub Enterprise Server.
        app: the App.
        control_token: what the control interface wants in ``X-Standin-Control``.
        user_tokens: personal access token to login.
        token_seconds: life of an installation token, seconds; GitHub's is an hour.
    """

    url: str
    app: AppConfig
    control_token: str
    user_tokens: Mapping[str, str] = field(default_factory=dict)
    token_seconds: int = 3600

    @property
    def api(self) -> str:
        """Root of the REST API."""
        return f"{self.url}/api/v3"
