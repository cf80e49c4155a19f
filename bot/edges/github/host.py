"""GitHub as the App sees it."""

from functools import lru_cache

import httpx

from bot.edges.app_auth import AppKey, TokenCache
from bot.edges.github.app import App
from bot.edges.github.archive import GitHubSnapshots
from bot.edges.github.checks import GitHubCheckRuns
from bot.edges.github.connection import Connection
from bot.edges.github.pulls import GitHubPullRequests
from bot.edges.github.session import Session

KEPT_OPEN = 256
"""Repositories whose connections are kept."""


class GitHubRepository:
    """``protocols.Repository`` on GitHub."""

    def __init__(self, session: Session, app: App, connection: Connection, http: httpx.Client) -> None:
        self._checks = GitHubCheckRuns(session, app)
        self._pulls = GitHubPullRequests(session, app)
        self._snapshots = GitHubSnapshots(session, connection, http)

    @property
    def checks(self) -> GitHubCheckRuns:
        """Its check runs."""
        return self._checks

    @property
    def pulls(self) -> GitHubPullRequests:
        """Its pull requests."""
        return self._pulls

    @property
    def snapshots(self) -> GitHubSnapshots:
        """Its contents."""
        return self._snapshots


class GitHub:
    """``protocols.Host``: every repository by number, through the installation that may act on it.

    Blocking; safe to use from many threads. Repositories are found by number and their names asked for with the token,
    since GitHub describes no route that takes the number.

    Args:
        app_id: the App's id, or its client id.
        key: the App's private key.
        connection: how GitHub is reached.
        http: client for archives, which must not follow redirects; one is made when none is given.
    """

    def __init__(
        self, app_id: str, key: AppKey, connection: Connection | None = None, http: httpx.Client | None = None
    ) -> None:
        self.connection = connection or Connection()
        self.app = App(app_id, key, self.connection)
        self._tokens = TokenCache(self.app.token)
        self._http = http or httpx.Client(timeout=self.connection.timeout)
        self._repository = lru_cache(KEPT_OPEN)(self._make)

    def repository(self, installation_id: int, repository_id: int) -> GitHubRepository:
        """A repository by GitHub's number. Asks nothing yet."""
        return self._repository(installation_id, repository_id)

    def _make(self, installation_id: int, repository_id: int) -> GitHubRepository:
        session = Session((installation_id, repository_id), self._tokens, self.connection)
        return GitHubRepository(session, self.app, self.connection, self._http)

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._http.close()
        self.app.close()
        self._repository.cache_clear()
