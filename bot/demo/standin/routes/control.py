"""The stand-in's own interface, by which a test or the demonstration plays the people: push, open, close, protect.

It is not part of GitHub. Every request carries the control token, so that no web page open in a browser on this
machine can use it.
"""

import hmac
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import AfterValidator, Base64Bytes, Field

from bot.demo.standin import changes
from bot.demo.standin.bodies import Body
from bot.demo.standin.config import Webhook
from bot.demo.standin.errors import RefusedError, not_found
from bot.demo.standin.events import check_event, installation_event
from bot.demo.standin.identity import TheWorld, world_of
from bot.demo.standin.routes.pulls import pull_of
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.app import installation
from bot.demo.standin.shapes.pull import full_pull
from bot.demo.standin.shapes.repository import repository
from bot.demo.standin.state import Installation, Repository, RequiredCheck, now
from checks.tree import is_safe_path


def _safe(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for path in files:
        if not is_safe_path(path):
            raise ValueError(f"{path!r} is not a relative, normalised path")
    if not files:
        raise ValueError("a commit needs at least one file")
    return files


Files = Annotated[dict[str, Base64Bytes], AfterValidator(_safe)]


class InstallationBody(Body):
    """Install the App on an account, on all its repositories or on the named ones."""

    account: str
    repository_ids: list[int] | None = None


class WebhookBody(Body):
    """Where the App's events go."""

    url: str
    secret: str


class RepositoryBody(Body):
    """A repository with its first commit on ``main``."""

    owner: str
    name: str
    files: Files
    private: bool = True
    message: str = "Initial commit"
    roles: dict[str, Literal["read", "write", "admin"]] = Field(default_factory=dict)


class PushBody(Body):
    """A commit that makes a branch hold exactly these files; a new branch starts at ``main``."""

    branch: str
    files: Files
    message: str
    author: str


class PullBody(Body):
    """A pull request between two branches."""

    title: str
    body: str = ""
    author: str
    head: str
    base: str = "main"
    draft: bool = False


class StateBody(Body):
    """What a person does with a pull request."""

    action: Literal["close", "reopen", "draft", "ready"]
    sender: str


class CheckBody(Body):
    """One required check; without an App any may satisfy it."""

    context: str
    app_id: int | None = None


class ProtectionBody(Body):
    """What a branch demands."""

    branch: str = "main"
    checks: list[CheckBody]


async def _allowed(world: TheWorld, x_standin_control: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(x_standin_control.encode(), world.config.control_token.encode()):
        raise RefusedError(401, "The control interface wants its token in X-Standin-Control")


async def _repository(request: Request, owner: str, name: str) -> Repository:
    found = world_of(request).find(owner, name)
    if found is None:
        raise not_found()
    return found


Repo = Annotated[Repository, Depends(_repository)]
router = APIRouter(prefix="/_standin/control", dependencies=[Depends(_allowed)])


@router.post("/installations", status_code=201)
async def install(request: Request, world: TheWorld, body: InstallationBody) -> Json:
    """Install the App."""
    chosen = None if body.repository_ids is None else frozenset(body.repository_ids)
    one = Installation(world.number(), body.account, now(), chosen)
    world.installations[one.id] = one
    installation_event(request, "created", one, body.account)
    return installation(world, one)


@router.delete("/installations/{installation_id}")
async def uninstall(request: Request, world: TheWorld, installation_id: int) -> Json:
    """Remove the App; its tokens stop working."""
    one = world.installations.pop(installation_id, None)
    if one is None:
        raise not_found()
    installation_event(request, "deleted", one, one.account)
    return {}


@router.put("/webhook")
async def set_webhook(world: TheWorld, body: WebhookBody) -> Json:
    """Send the App's events somewhere."""
    world.webhook = Webhook(body.url, body.secret)
    return {}


@router.post("/repositories", status_code=201)
async def create_repository(world: TheWorld, body: RepositoryBody) -> Json:
    """Make a repository."""
    if world.find(body.owner, body.name):
        raise RefusedError(422, f"There is a repository {body.owner}/{body.name} already")
    roles: dict[str, str] = {body.owner: "admin", **body.roles}
    repo = Repository(world.number(), body.owner, body.name, body.private, now(), roles=roles)
    repo.commit(repo.default_branch, body.files, body.message, body.owner)
    world.repositories[repo.id] = repo
    return repository(world, repo)


@router.post("/repositories/{owner}/{name}/pushes", status_code=201)
async def push(request: Request, repo: Repo, body: PushBody) -> Json:
    """Push a commit."""
    commit = changes.push(request, repo, body.branch, body.files, body.message, body.author)
    return {"sha": commit.sha, "tree_sha": commit.tree_sha}


@router.post("/repositories/{owner}/{name}/pulls", status_code=201)
async def open_pull(request: Request, world: TheWorld, repo: Repo, body: PullBody) -> Json:
    """Open a pull request."""
    return full_pull(world, repo, changes.open_pull(request, repo, changes.NewPull(**body.model_dump())))


@router.post("/repositories/{owner}/{name}/pulls/{number}")
async def change_pull(request: Request, world: TheWorld, repo: Repo, number: int, body: StateBody) -> Json:
    """Close, reopen, turn into a draft or mark as ready."""
    pull = pull_of(repo, number)
    if body.action == "close":
        changes.close(request, repo, pull, body.sender)
    elif body.action == "reopen":
        changes.reopen(request, repo, pull, body.sender)
    else:
        changes.set_draft(request, repo, pull, body.sender, draft=body.action == "draft")
    return full_pull(world, repo, pull)


@router.put("/repositories/{owner}/{name}/protection")
async def protect(repo: Repo, body: ProtectionBody) -> Json:
    """Demand checks on a branch."""
    repo.required[body.branch] = tuple(RequiredCheck(one.context, one.app_id) for one in body.checks)
    return {}


@router.post("/repositories/{owner}/{name}/check-runs/{check_run_id}/rerequest")
async def rerequest(request: Request, repo: Repo, check_run_id: int) -> Json:
    """Press "Re-run" on a check run."""
    if check_run_id not in repo.checks:
        raise not_found()
    check_event(request, "rerequested", repo, repo.checks[check_run_id], repo.owner)
    return {}
