"""What the App asks GitHub for, each with its reason; the manifest and its explanation are written from here."""

from typing import Any

PERMISSIONS: dict[str, tuple[str, str]] = {
    "checks": ("write", "to post the check run `referee / verdict` that gates the merge"),
    "contents": ("read", "to fetch the tree at the commit under review"),
    "metadata": ("read", "GitHub asks it of every App that reads a repository"),
    "pull_requests": (
        "write",
        "to read which lines a pull request changes and to post one review with inline comments",
    ),
}
"""Permission name to the level and the reason."""

EVENTS: dict[str, str] = {
    "pull_request": "a review starts when one is opened, reopened, pushed to or marked ready; closing ends it",
}
"""Webhook event to the reason."""


def manifest(url: str) -> dict[str, Any]:
    """The App manifest that GitHub's registration page takes, for a server reachable at ``url``."""
    return {
        "name": "Referee",
        "url": url,
        "description": "Reviews pull requests on machine-learning experiment repositories and decides by evidence.",
        "hook_attributes": {"url": f"{url}/webhooks/github", "active": True},
        "public": False,
        "default_permissions": {name: level for name, (level, _) in PERMISSIONS.items()},
        "default_events": list(EVENTS),
    }


def explanation() -> str:
    """The table of permissions and events with their reasons, as markdown."""
    permissions = "\n".join(f"| `{name}` | {level} | {reason} |" for name, (level, reason) in PERMISSIONS.items())
    events = "\n".join(f"| `{name}` | {reason} |" for name, reason in EVENTS.items())
    return (
        "# What the App asks for, and why\n\n"
        "Generated from `bot/core/manifest.py`; `app-manifest.json` asks for exactly this.\n\n"
        f"| permission | level | reason |\n| --- | --- | --- |\n{permissions}\n\n"
        f"| event | reason |\n| --- | --- |\n{events}\n"
    )
