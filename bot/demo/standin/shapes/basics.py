"""Small things that every shape uses: times, node identifiers, people."""

import base64
from datetime import datetime

from bot.demo.standin.shapes import Json
from bot.demo.standin.state import World


def stamp(when: datetime | None) -> str | None:
    """A time as GitHub writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def node_id(kind: str, number: object) -> str:
    """An opaque identifier in the style of GitHub's older node ids."""
    return base64.b64encode(f"0:{kind}{number}".encode()).decode()


def user(world: World, login: str) -> Json:
    """A person, an organisation or, for a login that ends in ``[bot]``, the App."""
    url = f"{world.config.api}/users/{login}"
    is_bot = login.endswith("[bot]")
    number = sum(ord(letter) * 31**place for place, letter in enumerate(login)) % 10_000_019
    return {
        "login": login,
        "id": number,
        "node_id": node_id("User", number),
        "avatar_url": f"{world.config.url}/_standin/avatar/{login}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.config.url}/{'apps/' if is_bot else ''}{login.removesuffix('[bot]')}",
        **{f"{name}_url": f"{url}/{name}" for name in ("followers", "subscriptions", "organizations", "repos")},
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": "Bot" if is_bot else "User",
        "site_admin": False,
    }
