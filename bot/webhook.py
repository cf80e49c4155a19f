"""``POST /webhooks/github``: verify, store one row, acknowledge; nothing else happens in the request."""

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from typing import Protocol

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

from bot.edges.storage import StoreError
from bot.router import PayloadError, action_of, parse

HELD_BODIES = 4
"""How many bodies of the largest size may be in memory at once, before further ones are refused for the moment."""

SMALL_BODY = 256 * 1024
"""Bytes that every body may have in memory however many large ones there are: most deliveries are far smaller."""

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_GUID = re.compile(r"[A-Za-z0-9-]{1,64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")

_log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where deliveries are stored."""

    def add(self, guid: str, event: str, action: str | None, payload: bytes) -> bool:
        """Store a delivery; true when it is now to be handled. ``StoreError`` when it is not stored."""


class Webhook:
    """The endpoint.

    Args:
        secret: the App's webhook secret.
        inbox: where deliveries are stored.
        wake: called on the event loop after a row was committed.
        max_bytes: largest body, bytes.
        timeout_seconds: longest wait for a whole body.
    """

    def __init__(
        self, secret: str, inbox: Inbox, wake: Callable[[], None], max_bytes: int, timeout_seconds: float
    ) -> None:
        self._secret = secret.encode()
        self._inbox = inbox
        self._wake = wake
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds
        self._held = 0

    def routes(self) -> APIRouter:
        """The endpoint's route."""
        routes = APIRouter()
        routes.add_api_route("/webhooks/github", self.receive, methods=["POST"], status_code=202)
        return routes

    async def receive(self, request: Request) -> Response:
        """Answer a delivery: 202 stored or known; 400, 401, 408, 413, 415 refused; 503 not stored, send it again."""
        claimed = _SIGNATURE.fullmatch(request.headers.get("x-hub-signature-256", ""))
        if claimed is None:
            raise HTTPException(401, "X-Hub-Signature-256 is missing or malformed")
        body = bytearray()
        try:
            await self._read(request, body)
            if not hmac.compare_digest(await asyncio.to_thread(self._sign, body), claimed[1]):
                raise HTTPException(401, "the signature does not match")
            return await self._accept(request, bytes(body))
        finally:
            self._held -= len(body)

    async def _read(self, request: Request, body: bytearray) -> None:
        announced = request.headers.get("content-length", "0")
        if not announced.isascii() or not announced.isdigit() or int(announced[:20]) > self._max_bytes:
            raise HTTPException(413, f"the body is larger than {self._max_bytes} bytes")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                async for piece in request.stream():
                    if len(body) + len(piece) > self._max_bytes:
                        raise HTTPException(413, f"the body is larger than {self._max_bytes} bytes")
                    large = len(body) + len(piece) > SMALL_BODY
                    if large and self._held + len(piece) > HELD_BODIES * self._max_bytes:
                        raise HTTPException(503, "too many large bodies at once; send it again")
                    self._held += len(piece)
                    body += piece
        except TimeoutError:
            raise HTTPException(408, f"the body took longer than {self._timeout_seconds:g} s") from None
        except ClientDisconnect:
            raise HTTPException(400, "the body broke off") from None

    def _sign(self, body: bytearray) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    async def _accept(self, request: Request, body: bytes) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise HTTPException(415, "set the App's webhook content type to application/json")
        guid, event = request.headers.get("x-github-delivery", ""), request.headers.get("x-github-event", "")
        if not _GUID.fullmatch(guid) or not _EVENT.fullmatch(event):
            raise HTTPException(400, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed")
        try:
            payload = await asyncio.to_thread(parse, body)
            fresh = await asyncio.to_thread(self._inbox.add, guid, event, action_of(payload), body)
        except PayloadError as error:
            raise HTTPException(400, str(error)) from None
        except StoreError as error:
            _log.error("delivery not stored: %s", error, extra={"delivery": guid})
            raise HTTPException(503, "the delivery could not be stored; send it again") from None
        _log.info("delivery stored" if fresh else "delivery known", extra={"delivery": guid, "event": event})
        if fresh:
            self._wake()
        return Response(status_code=202)
