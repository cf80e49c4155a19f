"""Pull requests: look, list, close, merge when the branch's checks allow it."""

from typing import Literal

from fastapi import APIRouter, Depends, Request

from bot.demo.standin.bodies import MergeBody, PullBody
from bot.demo.standin.changes import close, merge, reopen
from bot.demo.standin.errors import RefusedError, not_found
from bot.demo.standin.identity import Repo, TheWorld, Who, needs
from bot.demo.standin.merging import merge_state
from bot.demo.standin.paging import Paged
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes import pull as shape
from bot.demo.standin.shapes.repository import commit
from bot.demo.standin.state import Pull, Repository

router = APIRouter(prefix="/repos/{owner}/{repo}")
reads = Depends(needs("pull_requests", "read"))

FILES_LIMIT = 3000
"""Most files that the list of a pull request's files ever holds. Source: GitHub's documentation of that list."""


@router.get("/pulls", dependencies=[reads])
async def list_pulls(
    world: TheWorld,
    repo: Repo,
    pager: Paged,
    state: Literal["open", "closed", "all"] = "open",
    head: str | None = None,
    base: str | None = None,
) -> list[Json]:
    """Pull requests, newest first."""
    chosen = [
        pull
        for pull in sorted(repo.pulls.values(), key=lambda one: -one.number)
        if state in {"all", pull.state} and base in {None, pull.base} and head in {None, f"{repo.owner}:{pull.head}"}
    ]
    return [shape.short_pull(world, repo, pull) for pull in pager.cut(chosen)]


@router.get("/pulls/{number}", dependencies=[reads])
async def get_pull(world: TheWorld, repo: Repo, number: int) -> Json:
    """One pull request."""
    return shape.full_pull(world, repo, pull_of(repo, number))


@router.patch("/pulls/{number}", dependencies=[Depends(needs("pull_requests", "write"))])
async def update_pull(request: Request, world: TheWorld, repo: Repo, who: Who, number: int, body: PullBody) -> Json:
    """Change title or text, close or reopen."""
    pull = pull_of(repo, number)
    pull.title = body.title if body.title is not None else pull.title
    pull.body = body.body if body.body is not None else pull.body
    if body.state == "closed" and pull.state == "open":
        close(request, repo, pull, who.author(world))
    elif body.state == "open" and pull.state == "closed":
        reopen(request, repo, pull, who.author(world))
    return shape.full_pull(world, repo, pull)


@router.get("/pulls/{number}/files", dependencies=[reads])
async def list_files(world: TheWorld, repo: Repo, pager: Paged, number: int) -> list[Json]:
    """The files of its diff."""
    pull = pull_of(repo, number)
    changes = repo.changes(pull)[:FILES_LIMIT]
    return [shape.changed_file(world, repo, repo.head_sha(pull), change) for change in pager.cut(changes)]


@router.get("/pulls/{number}/commits", dependencies=[reads])
async def list_commits(world: TheWorld, repo: Repo, pager: Paged, number: int) -> list[Json]:
    """Its commits, oldest first."""
    own = repo.own_commits(pull_of(repo, number))[::-1]
    return [commit(world, repo, repo.commits[sha]) for sha in pager.cut(own)]


@router.get("/commits/{sha}/pulls", dependencies=[reads])
async def list_pulls_of_commit(world: TheWorld, repo: Repo, pager: Paged, sha: str) -> list[Json]:
    """The pull requests that a commit belongs to."""
    if sha not in repo.commits:
        raise RefusedError(422, f"No commit found for SHA: {sha}")
    chosen = [pull for pull in repo.pulls.values() if sha in repo.own_commits(pull)]
    return [shape.short_pull(world, repo, pull) for pull in pager.cut(chosen)]


@router.put("/pulls/{number}/merge", dependencies=[Depends(needs("contents", "write"))])
async def merge_pull(
    request: Request, world: TheWorld, repo: Repo, who: Who, number: int, body: MergeBody | None = None
) -> Json:
    """Merge; 405 while a required check is not satisfied on the head commit."""
    pull = pull_of(repo, number)
    wanted = body or MergeBody()
    state = merge_state(repo, pull)
    if state.name != "clean":
        raise RefusedError(405, state.reason)
    if wanted.sha not in {None, repo.head_sha(pull)}:
        raise RefusedError(409, "Head branch was modified. Review and try the merge again.")
    merged = merge(request, repo, pull, who.author(world), wanted.commit_title)
    return {"sha": merged.sha, "merged": True, "message": "Pull Request successfully merged"}


def pull_of(repo: Repository, number: int) -> Pull:
    """A pull request by number. Raises RefusedError (404) where there is none."""
    if number not in repo.pulls:
        raise not_found()
    return repo.pulls[number]
