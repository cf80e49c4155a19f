"""Webhook deliveries."""

from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.basics import stamp
from bot.demo.standin.state import Delivery, World


def short_delivery(one: Delivery) -> Json:
    """A delivery as lists answer it."""
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": stamp(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": round(one.seconds, 3),
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.payload.get("action"),
        "installation_id": _number(one.payload.get("installation")),
        "repository_id": _number(one.payload.get("repository")),
        "throttled_at": None,
    }


def full_delivery(world: World, one: Delivery) -> Json:
    """A delivery with its request and the receiver's response."""
    hook = world.webhook
    return {
        **short_delivery(one),
        "url": hook.url if hook else "",
        "request": {"headers": dict(one.headers), "payload": dict(one.payload)},
        "response": {"headers": dict(one.response_headers), "payload": one.response_body},
    }


def _number(part: object) -> object:
    return part.get("id") if isinstance(part, dict) else None
