"""The App, its installations and their tokens."""

from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.basics import node_id, stamp, user
from bot.demo.standin.shapes.repository import repository
from bot.demo.standin.state import Installation, Token, World


def app(world: World) -> Json:
    """The registered App."""
    config = world.config.app
    return {
        "id": config.id,
        "slug": config.slug,
        "node_id": node_id("Integration", config.id),
        "client_id": f"Iv1.{config.id:016x}",
        "owner": user(world, config.slug),
        "name": config.name,
        "description": "Registered on a local stand-in for GitHub",
        "external_url": world.config.url,
        "html_url": f"{world.config.url}/apps/{config.slug}",
        "created_at": stamp(world.started_at),
        "updated_at": stamp(world.started_at),
        "permissions": dict(config.permissions),
        "events": list(config.events),
    }


def installation(world: World, one: Installation) -> Json:
    """The App on one account."""
    config = world.config.app
    return {
        "id": one.id,
        "account": user(world, one.account),
        "repository_selection": "all" if one.repositories is None else "selected",
        "access_tokens_url": f"{world.config.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{world.config.api}/installation/repositories",
        "html_url": f"{world.config.url}/settings/installations/{one.id}",
        "app_id": config.id,
        "app_slug": config.slug,
        "target_id": user(world, one.account)["id"],
        "target_type": "User",
        "permissions": dict(config.permissions),
        "events": list(config.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }


def token(world: World, one: Token) -> Json:
    """An installation token with what it may do."""
    body: Json = {
        "token": one.value,
        "expires_at": stamp(one.expires_at),
        "permissions": dict(one.permissions),
        "repository_selection": "all" if one.repositories is None else "selected",
    }
    if one.repositories is not None:
        body["repositories"] = [repository(world, world.repositories[number]) for number in sorted(one.repositories)]
    return body
