"""Who is asking: the App by its JSON web token, an installation or a person by theirs, and what they may do."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import jwt
from fastapi import Depends, Request

from bot.demo.standin.errors import RefusedError, forbidden, not_found
from bot.demo.standin.state import Repository, Token, World, now

LONGEST_JWT = 600
"""Most seconds that a token's ``exp`` may lie ahead. Source: GitHub's documentation of App authentication."""

CLOCK_SKEW = 5
"""Seconds of difference between two clocks that are let pass; GitHub allows about as much."""

_LEVELS = {"read": 1, "write": 2, "admin": 3}


def world_of(request: Request) -> World:
    """The state behind a request."""
    world: World = request.app.state.world
    return world


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request: an installation's token, or a person's login."""

    token: Token | None = None
    login: str | None = None

    def may(self, repository: Repository, permission: str, level: str) -> bool:
        """Whether the caller has a permission on a repository at this level or above."""
        if self.token is None:
            role = repository.roles.get(self.login or "", "read" if not repository.private else "")
            return _LEVELS.get(role, 0) >= _LEVELS[level]
        granted: Mapping[str, str] = {"metadata": "read", **self.token.permissions}
        return _LEVELS.get(granted.get(permission, ""), 0) >= _LEVELS[level]

    def sees(self, world: World, repository: Repository) -> bool:
        """Whether the repository exists as far as this caller is told."""
        if self.token is None:
            return not repository.private or (self.login or "") in repository.roles
        chosen = self.token.repositories
        return world.covers(self.token.installation, repository) and (chosen is None or repository.id in chosen)

    def author(self, world: World) -> str:
        """The login that what this caller writes is signed with."""
        return self.login or f"{world.config.app.slug}[bot]"


def _credentials(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not value:
        raise RefusedError(401, "Requires authentication")
    return value.strip()


async def app_only(request: Request) -> World:
    """Let the App itself pass, by its JSON web token (RS256, ``iss`` its id, at most ten minutes ahead)."""
    world = world_of(request)
    try:
        claims = jwt.decode(
            _credentials(request),
            world.config.app.public_key,
            algorithms=["RS256"],
            options={"require": ["iat", "exp", "iss"], "verify_iss": False},
            leeway=CLOCK_SKEW,
        )
    except jwt.ExpiredSignatureError:
        raise RefusedError(401, "'Expiration time' claim ('exp') must be in the future") from None
    except jwt.ImmatureSignatureError:
        raise RefusedError(401, "'Issued at' claim ('iat') must be in the past") from None
    except jwt.InvalidTokenError:
        raise RefusedError(401, "A JSON web token could not be decoded") from None
    if claims["exp"] > time.time() + LONGEST_JWT + CLOCK_SKEW:
        raise RefusedError(401, "'Expiration time' claim ('exp') is too far in the future")
    if str(claims["iss"]) != str(world.config.app.id):
        raise RefusedError(401, "Integration not found")
    return world


async def caller(request: Request) -> Caller:
    """The installation or the person behind a request; 401 for an unknown or expired token."""
    world = world_of(request)
    value = _credentials(request)
    if login := world.config.user_tokens.get(value):
        return Caller(login=login)
    token = world.tokens.get(value)
    if token is None or token.expires_at <= now() or token.installation.id not in world.installations:
        raise RefusedError(401, "Bad credentials")
    return Caller(token=token)


AppOnly = Annotated[World, Depends(app_only)]
Who = Annotated[Caller, Depends(caller)]
TheWorld = Annotated[World, Depends(world_of)]


async def repository(request: Request, who: Who) -> Repository:
    """The repository that the path names; 404 where the caller may not see it."""
    world = world_of(request)
    found = world.find(request.path_params["owner"], request.path_params["repo"])
    if found is None or not who.sees(world, found):
        raise not_found()
    return found


Repo = Annotated[Repository, Depends(repository)]


def needs(permission: str, level: str) -> Callable[..., Awaitable[None]]:
    """A dependency that refuses callers without a permission on the path's repository."""

    async def check(repo: Repo, who: Who) -> None:
        if not who.may(repo, permission, level):
            raise forbidden() if who.token else not_found()

    return check
