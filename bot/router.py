"""Which handler answers which event; knows nothing of HTTP, of the database or of GitHub's API."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.workflows.reviews import Reviews

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_LARGEST = 2**63 - 1


class PayloadError(Exception):
    """A body that is no webhook's, or lacks what a handler needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery, parsed.

    Args:
        guid: GitHub's identifier of the delivery.
        name: the event, for example ``pull_request``.
        payload: the body; read through the methods, which trust nothing about it.
    """

    guid: str
    name: str
    payload: Mapping[str, Any]

    @property
    def action(self) -> str | None:
        """The event's action, where it has one."""
        return action_of(self.payload)

    def number(self, *path: str) -> int:
        """The positive whole number at a path of keys; ``PayloadError`` when there is none."""
        value = self._at(path)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST:
            return value
        raise PayloadError(f"{'.'.join(path)} is not a positive whole number")

    def sha(self, *path: str) -> str:
        """The full commit SHA at a path of keys; ``PayloadError`` when there is none."""
        return self._text(path, _SHA, "a full commit SHA")

    def repository(self, *path: str) -> str:
        """The ``owner/name`` at a path of keys; ``PayloadError`` when there is none."""
        return self._text(path, _REPOSITORY, "owner/name")

    def _text(self, path: tuple[str, ...], shape: re.Pattern[str], what: str) -> str:
        value = self._at(path)
        if isinstance(value, str) and shape.fullmatch(value):
            return value
        raise PayloadError(f"{'.'.join(path)} is not {what}")

    def _at(self, path: tuple[str, ...]) -> object:
        value: object = self.payload
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


Handler = Callable[[Event, Reviews], None]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Router:
    """The table of handlers, by event and action."""

    table: dict[tuple[str, str], list[Handler]] = field(default_factory=dict)

    def register(self, event: str, *actions: str) -> Callable[[H], H]:
        """Decorator: the function answers the event with any of these actions."""

        def add(handler: H) -> H:
            for action in actions:
                self.table.setdefault((event, action), []).append(handler)
            return handler

        return add

    def handlers(self, event: Event) -> tuple[Handler, ...]:
        """The handlers of an event, in the order of their registration; none for an event that nobody wants."""
        return tuple(self.table.get((event.name, event.action or ""), ()))


router = Router()
"""The server's table; ``bot.handlers`` fills it."""


def parse(body: bytes) -> dict[str, Any]:
    """A webhook's body as an object; ``PayloadError`` for anything but an object in strict JSON and UTF-8."""
    try:
        payload = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise PayloadError("the body is nested too deeply") from None
    except ValueError as error:
        raise PayloadError(f"the body is not JSON: {str(error)[:100]}") from None
    if not isinstance(payload, dict):
        raise PayloadError("the body is not a JSON object")
    return payload


def action_of(payload: Mapping[str, Any]) -> str | None:
    """The ``action`` of a payload, where it looks like one."""
    action = payload.get("action")
    return action if isinstance(action, str) and re.fullmatch(r"[a-z0-9_]{1,64}", action) else None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text[:40])
