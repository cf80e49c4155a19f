"""Signed deliveries to the App's webhook, kept so that they can be listed and sent again."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import uuid
from collections.abc import Mapping

import httpx

from bot.demo.standin.shapes import Json
from bot.demo.standin.state import Delivery, World, now

TIMEOUT = 10.0
"""Seconds the receiver has to answer. Source: GitHub's documentation of webhooks."""

KEPT_BODY = 10_000
"""Characters of the receiver's answer that are kept."""

log = logging.getLogger(__name__)


def signature(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature-256`` for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """Sends events in the background, each as its own task, without ever retrying by itself; nor does GitHub."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT)
        self._tasks: set[asyncio.Task[None]] = set()

    def emit(self, event: str, payload: Json) -> str | None:
        """Deliver an event if the App subscribes to it and has a webhook; returns its GUID."""
        if self._world.webhook is None or event not in self._world.config.app.events:
            return None
        guid = str(uuid.uuid4())
        self._start(guid, event, json.loads(json.dumps(payload)), redelivery=False)
        return guid

    def redeliver(self, delivery: Delivery) -> None:
        """Send the same payload with the same GUID once more."""
        self._start(delivery.guid, delivery.event, delivery.payload, redelivery=True)

    async def close(self) -> None:
        """Drop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _start(self, guid: str, event: str, payload: Mapping[str, object], *, redelivery: bool) -> None:
        task = asyncio.create_task(self._deliver(guid, event, payload, redelivery=redelivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, guid: str, event: str, payload: Mapping[str, object], *, redelivery: bool) -> None:
        app, hook = self._world.config.app, self._world.webhook
        if hook is None:
            return
        body = json.dumps(payload).encode()
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/stand-in",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": signature(hook.secret, body),
        }
        began = time.monotonic()
        number, sent_at = self._world.number(), now()
        try:
            response = await self._client.post(hook.url, content=body, headers=headers)
            status, code, text = response.reason_phrase or "OK", response.status_code, response.text[:KEPT_BODY]
            answered = dict(response.headers)
        except httpx.HTTPError as error:
            log.warning("delivery %s of %s failed: %s", guid, event, error or type(error).__name__)
            status, code, text, answered = "failed to connect to host", 0, "", {}
        self._world.deliveries[number] = Delivery(
            id=number,
            guid=guid,
            event=event,
            payload=payload,
            headers=headers,
            delivered_at=sent_at,
            redelivery=redelivery,
            seconds=time.monotonic() - began,
            status=status,
            status_code=code,
            response_headers=answered,
            response_body=text,
        )
