"""One file an event; each reads what it needs, decides whether it matters, and starts a workflow."""

from bot.handlers import pull_request

__all__ = ["pull_request"]
