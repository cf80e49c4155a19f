"""Requests to one repository: the token kept fresh, renames followed, waits bounded, errors ours."""

import threading
from collections.abc import Callable
from typing import TypeVar

from github import Auth, Github
from github.Repository import Repository

from bot.edges.app_auth import InstallationToken, TokenCache, TokenKey
from bot.edges.github.connection import Connection
from bot.edges.github.errors import CredentialsError, asking
from bot.edges.protocols import Gone, RateLimited, Unavailable

T = TypeVar("T")


class Session:
    """One repository, known by number.

    PyGithub's connection object keeps the request under way in itself, so two threads must not share one: requests of a
    session go one after the other, which is also what GitHub asks for.

    Args:
        key: installation id and repository id.
        tokens: where tokens come from.
        connection: how GitHub is reached.
    """

    def __init__(self, key: TokenKey, tokens: TokenCache, connection: Connection) -> None:
        self._key = key
        self._tokens = tokens
        self._connection = connection
        self._lock = threading.Lock()
        self._open: tuple[InstallationToken, Github] | None = None

    def read(self, what: str, operation: Callable[[Repository], T]) -> T:
        """Do what changes nothing; tried again when no usable answer comes."""
        return self._patiently(lambda: self._with_token(lambda token: self._run(what, operation, token)), again=True)

    def write(self, what: str, operation: Callable[[Repository], T]) -> T:
        """Do one write; tried again only where GitHub said that it did nothing."""
        return self._patiently(lambda: self._with_token(lambda token: self._run(what, operation, token)), again=False)

    def fetch(self, operation: Callable[[InstallationToken], T]) -> T:
        """Do what changes nothing, and brings its own client, with the token at hand."""
        return self._patiently(lambda: self._with_token(operation), again=True)

    def _patiently(self, ask: Callable[[], T], *, again: bool) -> T:
        for attempt in range(1, self._connection.attempts):
            try:
                return ask()
            except RateLimited as limit:
                if limit.seconds > self._connection.longest_wait:
                    raise
                self._connection.sleep(limit.seconds)
            except Unavailable:
                if not again:
                    raise
                self._connection.sleep(0.5 * 2**attempt)
        return ask()

    def _with_token(self, ask: Callable[[InstallationToken], T]) -> T:
        token = self._tokens.get(self._key)
        try:
            return ask(token)
        except (CredentialsError, Gone) as error:
            # A new token also brings the repository's present name: one that was renamed is found again.
            self._tokens.drop(self._key, token)
            fresh = self._tokens.get(self._key)
            if isinstance(error, Gone) and fresh.repository == token.repository:
                raise
            return ask(fresh)

    def _run(self, what: str, operation: Callable[[Repository], T], token: InstallationToken) -> T:
        with self._lock, asking(f"{what} of {token.repository}"):
            return operation(self._github(token).get_repo(token.repository))

    def _github(self, token: InstallationToken) -> Github:
        if self._open is None or self._open[0] is not token:
            if self._open is not None:
                self._open[1].close()
            self._open = (token, Github(auth=Auth.Token(token.value), **self._connection.options()))
        return self._open[1]

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._open is not None:
                self._open[1].close()
                self._open = None
