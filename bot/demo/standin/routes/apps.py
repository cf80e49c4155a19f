"""The App's own endpoints: itself, its installations, their tokens, the repositories a token reaches."""

from fastapi import APIRouter

from bot.demo.standin import shapes
from bot.demo.standin.bodies import TokenBody
from bot.demo.standin.errors import RefusedError, not_found
from bot.demo.standin.identity import AppOnly, TheWorld, Who
from bot.demo.standin.paging import Paged
from bot.demo.standin.shapes import app as shape
from bot.demo.standin.shapes.repository import repository
from bot.demo.standin.state import Installation, World

router = APIRouter()

_LEVELS = {"read": 1, "write": 2, "admin": 3}


@router.get("/app")
async def get_app(world: AppOnly) -> shapes.Json:
    """The App itself."""
    return shape.app(world)


@router.get("/app/installations")
async def list_installations(world: AppOnly, pager: Paged) -> list[shapes.Json]:
    """Where the App is installed."""
    return [shape.installation(world, one) for one in pager.cut(list(world.installations.values()))]


@router.get("/app/installations/{installation_id}")
async def get_installation(world: AppOnly, installation_id: int) -> shapes.Json:
    """One installation."""
    return shape.installation(world, _installation(world, installation_id))


@router.get("/repos/{owner}/{repo}/installation")
async def get_repository_installation(world: AppOnly, owner: str, repo: str) -> shapes.Json:
    """The installation that may act on a repository."""
    found = world.find(owner, repo)
    one = world.installation_of(found.owner) if found else None
    if found is None or one is None or not world.covers(one, found):
        raise not_found()
    return shape.installation(world, one)


@router.post("/app/installations/{installation_id}/access_tokens", status_code=201)
async def create_token(world: AppOnly, installation_id: int, body: TokenBody | None = None) -> shapes.Json:
    """A token of one installation, narrowed as asked; never wider than what was granted."""
    one = _installation(world, installation_id)
    wanted = body or TokenBody()
    return shape.token(world, world.mint(one, _permissions(world, wanted), _repositories(world, one, wanted)))


@router.get("/installation/repositories")
async def list_repositories(world: TheWorld, who: Who, pager: Paged) -> shapes.Json:
    """The repositories that a token reaches."""
    if who.token is None:
        raise RefusedError(
            403, "You must authenticate with an installation access token in order to list repositories."
        )
    found = [repo for repo in world.repositories.values() if who.sees(world, repo)]
    return {
        "total_count": len(found),
        "repository_selection": "all" if who.token.repositories is None else "selected",
        "repositories": [repository(world, repo) for repo in pager.cut(found)],
    }


def _installation(world: World, number: int) -> Installation:
    if number not in world.installations:
        raise not_found()
    return world.installations[number]


def _permissions(world: World, body: TokenBody) -> dict[str, str]:
    granted = {"metadata": "read", **world.config.app.permissions}
    if not body.permissions:
        return granted
    for name, level in body.permissions.items():
        if _LEVELS[level] > _LEVELS.get(granted.get(name, ""), 0):
            raise RefusedError(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read", **body.permissions}


def _repositories(world: World, one: Installation, body: TokenBody) -> frozenset[int] | None:
    if body.repositories is None and body.repository_ids is None:
        return None
    covered = {repo.id: repo.name for repo in world.repositories.values() if world.covers(one, repo)}
    chosen = set(body.repository_ids or ())
    chosen |= {number for number, name in covered.items() if name in (body.repositories or ())}
    if not chosen <= covered.keys() or not set(body.repositories or ()) <= set(covered.values()):
        raise RefusedError(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return frozenset(chosen)
