"""GitHub over its REST interface; the only package that imports PyGithub."""

from bot.edges.github.host import GitHub

__all__ = ["GitHub"]
