"""What happens here, told to the App: the payloads of its webhooks."""

from fastapi import Request

from bot.demo.standin.identity import world_of
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.app import installation
from bot.demo.standin.shapes.basics import node_id, user
from bot.demo.standin.shapes.check import check_run
from bot.demo.standin.shapes.pull import full_pull
from bot.demo.standin.shapes.repository import repository
from bot.demo.standin.state import CheckRun, Installation, Pull, Repository, World
from bot.demo.standin.webhooks import Webhooks


def hooks_of(request: Request) -> Webhooks:
    """The deliverer behind a request."""
    hooks: Webhooks = request.app.state.webhooks
    return hooks


def pull_event(
    request: Request, action: str, repo: Repository, pull: Pull, sender: str, extra: Json | None = None
) -> None:
    """Tell of a pull request: opened, synchronize (with ``before`` and ``after``), closed, …"""
    world = world_of(request)
    body = {"number": pull.number, "pull_request": full_pull(world, repo, pull), **(extra or {})}
    _emit(request, "pull_request", action, repo, sender, body)


def check_event(request: Request, action: str, repo: Repository, run: CheckRun, sender: str) -> None:
    """Tell of a check run: created, completed, rerequested."""
    _emit(request, "check_run", action, repo, sender, {"check_run": check_run(world_of(request), repo, run)})


def installation_event(request: Request, action: str, one: Installation, sender: str) -> None:
    """Tell of the App being installed or removed."""
    world = world_of(request)
    covered = [
        {
            "id": repo.id,
            "node_id": node_id("Repository", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "private": repo.private,
        }
        for repo in world.repositories.values()
        if world.covers(one, repo)
    ]
    payload: Json = {
        "action": action,
        "installation": installation(world, one),
        "repositories": covered,
        "requester": None,
        "sender": user(world, sender),
    }
    hooks_of(request).emit("installation", payload)


def _emit(request: Request, event: str, action: str, repo: Repository, sender: str, body: Json) -> None:
    world = world_of(request)
    one = _installation(world, repo)
    if one is None:
        return
    payload: Json = {
        "action": action,
        **body,
        "repository": repository(world, repo),
        "sender": user(world, sender),
        "installation": {"id": one.id, "node_id": node_id("IntegrationInstallation", one.id)},
    }
    hooks_of(request).emit(event, payload)


def _installation(world: World, repo: Repository) -> Installation | None:
    one = world.installation_of(repo.owner)
    return one if one and world.covers(one, repo) else None
