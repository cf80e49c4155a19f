"""GitHub's answers and PyGithub's exceptions as the errors of ``protocols``."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from github import BadAttributeException, GithubException

from bot.edges.protocols import Gone, HostError, RateLimited, Refused, Unavailable

SECONDARY_WAIT = 60.0
"""Seconds to wait on a secondary rate limit that names none (GitHub, "Rate limits for the REST API")."""
_MISFITS = (BadAttributeException, ValueError, TypeError, LookupError, AttributeError, RuntimeError, AssertionError)
_LIMIT_WORDS = ("rate limit", "abuse detection", "please wait a few minutes", "please retry your request again later")


class CredentialsError(Unavailable):
    """GitHub refused the token or the JWT (401)."""


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into a ``HostError`` that says what was asked.

    Network errors of ``requests`` are all ``OSError``; PyGithub meets answers that its classes cannot hold with
    whatever its code runs into: an answer that is no JSON, null, or of another shape.
    """
    try:
        yield
    except GithubException as error:
        raise from_answer(what, error.status, error.data, error.headers or {}) from error
    except OSError as error:
        raise Unavailable(f"{what}: {type(error).__name__}, no answer from GitHub") from error
    except _MISFITS as error:
        raise Unavailable(f"{what}: GitHub's answer is not as its API describes ({type(error).__name__})") from error


def from_answer(what: str, status: int, data: Any, headers: Mapping[str, Any]) -> HostError:
    """The error that an answer with this status (300 or more) amounts to."""
    message = _message(data)
    told = f"{what}: {status} {message}".rstrip()
    limited = status == 429 or (status == 403 and _is_limit(message, headers))
    if limited:
        return RateLimited(told, _wait(headers))
    if status == 401:
        return CredentialsError(told)
    if status in {301, 302, 307, 308, 403, 404, 410, 451}:
        return Gone(told)
    return Refused(told) if 400 <= status < 500 and status != 408 else Unavailable(told)


def _message(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    details = data.get("errors")
    more = f" {details}" if details else ""
    return f"{data.get('message', '')}{more}"[:1000]


def _is_limit(message: str, headers: Mapping[str, Any]) -> bool:
    named = any(words in message.lower() for words in _LIMIT_WORDS)
    return named or "retry-after" in headers or str(headers.get("x-ratelimit-remaining")) == "0"


def _wait(headers: Mapping[str, Any]) -> float:
    asked, reset = str(headers.get("retry-after", "")), str(headers.get("x-ratelimit-reset", ""))
    if asked.isdecimal():
        return float(asked)
    if str(headers.get("x-ratelimit-remaining")) == "0" and reset.isdecimal():
        return max(1.0, float(reset) - time.time() + 1)
    return SECONDARY_WAIT
