"""What we ask of GitHub as the App itself: who we are, and tokens narrowed to one repository."""

import threading
from dataclasses import dataclass

from github import Auth, GithubIntegration
from github.InstallationAuthorization import InstallationAuthorization

from bot.edges.app_auth import ISSUED_AGO, VALID_FOR, AppKey, InstallationToken
from bot.edges.github.connection import Connection
from bot.edges.github.errors import asking
from bot.edges.protocols import Gone, Refused

PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"}
"""What a token may do: all that this package asks of GitHub, and nothing else."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The App as GitHub knows it: its number, and the login under which it writes."""

    id: int
    login: str


class App:
    """The App's own requests, authenticated by a JWT. Blocking; safe to use from many threads."""

    def __init__(self, app_id: str, key: AppKey, connection: Connection) -> None:
        auth = Auth.AppAuth(app_id, sign_func=key.sign, jwt_issued_at=-ISSUED_AGO, jwt_expiry=VALID_FOR)
        self._integration = GithubIntegration(auth=auth, **connection.options())
        self._lock = threading.Lock()
        self._identity: Identity | None = None

    @property
    def identity(self) -> Identity:
        """Who we are; asked once."""
        with self._lock:
            if self._identity is None:
                with asking("GET /app"):
                    app = self._integration.get_app()
                    self._identity = Identity(int(app.id), f"{app.slug}[bot]")
            return self._identity

    def token(self, installation_id: int, repository_id: int) -> InstallationToken:
        """A new token for one repository of one installation.

        Raises:
            Gone: the installation is not there, is suspended, or does not hold the repository or the permissions.
        """
        what = f"token for repository {repository_id} of installation {installation_id}"
        body = {"repository_ids": [repository_id], "permissions": PERMISSIONS}
        try:
            with self._lock, asking(what):
                requester = self._integration.requester
                path = f"/app/installations/{int(installation_id)}/access_tokens"
                headers, data = requester.requestJsonAndCheck("POST", path, input=body)
                made = InstallationAuthorization(requester, headers, data)
                names = [repository.full_name for repository in made.repositories if repository.id == repository_id]
                return InstallationToken(made.token, made.expires_at.timestamp(), names[0])
        except Refused as error:
            raise Gone(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._integration.close()
