"""The App's webhook deliveries: list, look, send again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.demo.standin.bodies import HookBody
from bot.demo.standin.config import Webhook
from bot.demo.standin.errors import not_found
from bot.demo.standin.events import hooks_of
from bot.demo.standin.identity import AppOnly
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.delivery import full_delivery, short_delivery
from bot.demo.standin.state import Delivery, World

router = APIRouter()


@router.get("/app/hook/config")
async def get_config(world: AppOnly) -> Json:
    """Where the webhook goes."""
    return _config(world)


@router.patch("/app/hook/config")
async def update_config(world: AppOnly, body: HookBody) -> Json:
    """Send the webhook somewhere else."""
    old = world.webhook or Webhook("", "")
    world.webhook = Webhook(old.url if body.url is None else body.url, body.secret or old.secret)
    return _config(world)


def _config(world: World) -> Json:
    hook = world.webhook
    return {"url": hook.url if hook else "", "content_type": "json", "secret": "********", "insecure_ssl": "0"}


@router.get("/app/hook/deliveries")
async def list_deliveries(
    request: Request,
    response: Response,
    world: AppOnly,
    per_page: Annotated[int, Query(ge=1, le=100)] = 30,
    cursor: int | None = None,
) -> list[Json]:
    """The newest deliveries, newest first; pages go on from a cursor, not by number."""
    newest = sorted(world.deliveries.values(), key=lambda one: one.id, reverse=True)
    left = [one for one in newest if cursor is None or one.id < cursor]
    if len(left) > per_page:
        query = request.url.include_query_params(cursor=left[per_page - 1].id, per_page=per_page).query
        response.headers["Link"] = f'<{world.config.url}{request.url.path}?{query}>; rel="next"'
    return [short_delivery(one) for one in left[:per_page]]


@router.get("/app/hook/deliveries/{delivery_id}")
async def get_delivery(world: AppOnly, delivery_id: int) -> Json:
    """One delivery."""
    return full_delivery(world, _delivery(world, delivery_id))


@router.post("/app/hook/deliveries/{delivery_id}/attempts", status_code=202)
async def redeliver(request: Request, world: AppOnly, delivery_id: int) -> Json:
    """Send one delivery again, with the same GUID."""
    hooks_of(request).redeliver(_delivery(world, delivery_id))
    return {}


def _delivery(world: World, number: int) -> Delivery:
    if number not in world.deliveries:
        raise not_found()
    return world.deliveries[number]
