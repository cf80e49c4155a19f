"""Repositories, their commits, branches, people and files."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from bot.demo.standin.errors import RefusedError, missing, not_found
from bot.demo.standin.identity import Repo, TheWorld, needs
from bot.demo.standin.objects import blob_id, tree_id
from bot.demo.standin.paging import Paged
from bot.demo.standin.patch import changed_files
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes import repository as shape
from bot.demo.standin.shapes.basics import user
from bot.demo.standin.shapes.pull import changed_file
from bot.demo.standin.state import Commit, Repository, World

router = APIRouter(prefix="/repos/{owner}/{repo}")
reads_contents = Depends(needs("contents", "read"))

ENCODED_BYTES = 1024 * 1024
"""Largest file that comes encoded in JSON; above it GitHub sends none either. Source: its contents API."""


@router.get("", dependencies=[Depends(needs("metadata", "read"))])
async def get_repository(world: TheWorld, repo: Repo) -> Json:
    """One repository."""
    return shape.repository(world, repo)


@router.get("/commits/{ref:path}", dependencies=[reads_contents])
async def get_commit(world: TheWorld, repo: Repo, pager: Paged, ref: str) -> Json:
    """A commit by SHA or branch with a page of its files. Must come after every ``/commits/{ref}/…`` route."""
    if "/" in ref and repo.resolve(ref) is None:
        raise missing(f"GET /repos/{{owner}}/{{repo}}/commits/{ref}")
    commit = commit_at(repo, ref)
    before = repo.commits[commit.parents[0]].files if commit.parents else {}
    changes = changed_files(before, commit.files)
    added, removed = sum(one.additions for one in changes), sum(one.deletions for one in changes)
    return {
        **shape.commit(world, repo, commit),
        "stats": {"additions": added, "deletions": removed, "total": added + removed},
        "files": [changed_file(world, repo, commit.sha, one) for one in pager.cut(changes)],
    }


@router.get("/git/commits/{sha}", dependencies=[reads_contents])
async def get_git_commit(world: TheWorld, repo: Repo, sha: str) -> Json:
    """A commit of the git database."""
    if sha not in repo.commits:
        raise not_found()
    return shape.git_commit(world, repo, repo.commits[sha])


@router.get("/git/ref/{ref:path}", dependencies=[reads_contents])
async def get_ref(world: TheWorld, repo: Repo, ref: str) -> Json:
    """Where a branch points."""
    name = ref.removeprefix("heads/")
    if name not in repo.branches or name == ref:
        raise not_found()
    api, sha = shape.repository_url(world, repo), repo.branches[name]
    return {
        "ref": f"refs/heads/{name}",
        "node_id": sha,
        "url": f"{api}/git/refs/heads/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{api}/git/commits/{sha}"},
    }


@router.get("/branches/{branch:path}/protection", dependencies=[Depends(needs("administration", "read"))])
async def get_protection(world: TheWorld, repo: Repo, branch: str) -> Json:
    """What a branch demands of a merge."""
    if branch not in repo.branches:
        raise RefusedError(404, "Branch not found")
    if branch not in repo.required:
        raise RefusedError(404, "Branch not protected")
    return shape.protection(world, repo, branch)


@router.get("/branches/{branch:path}", dependencies=[reads_contents])
async def get_branch(world: TheWorld, repo: Repo, branch: str) -> Json:
    """A branch and its tip."""
    if branch not in repo.branches:
        raise RefusedError(404, "Branch not found")
    url = f"{shape.repository_url(world, repo)}/branches/{branch}"
    required = repo.required.get(branch, ())
    return {
        "name": branch,
        "commit": shape.commit(world, repo, repo.commits[repo.branches[branch]]),
        "_links": {"self": url, "html": f"{world.config.url}/{repo.full_name}/tree/{branch}"},
        "protected": branch in repo.required,
        "protection": {
            "enabled": branch in repo.required,
            "required_status_checks": {
                "enforcement_level": "everyone" if required else "off",
                "contexts": [one.context for one in required],
                "checks": [{"context": one.context, "app_id": one.app_id} for one in required],
            },
        },
        "protection_url": f"{url}/protection",
    }


@router.get("/collaborators/{username}/permission", dependencies=[Depends(needs("metadata", "read"))])
async def get_permission(world: TheWorld, repo: Repo, username: str) -> Json:
    """What a person may do; someone unknown may read a public repository and nothing else."""
    role = repo.roles.get(username, "none" if repo.private else "read")
    levels = ("admin", "maintain", "push", "triage", "pull")
    held = levels[{"admin": 0, "write": 2, "read": 4, "none": 5}[role] :]
    person = {**user(world, username), "permissions": {name: name in held for name in levels}, "role_name": role}
    return {"permission": role, "role_name": role, "user": person}


@router.get("/contents", dependencies=[reads_contents], response_model=None)
async def get_root(world: TheWorld, repo: Repo, ref: str | None = None) -> Response | Json | list[Json]:
    """The files and directories at the root."""
    return await get_contents(world, repo, "", ref)


@router.get("/contents/{path:path}", dependencies=[reads_contents], response_model=None)
async def get_contents(
    world: TheWorld, repo: Repo, path: str, ref: str | None = None, accept: Annotated[str, Header()] = ""
) -> Response | Json | list[Json]:
    """A file (base64, or as it is with ``Accept: application/vnd.github.raw``) or a directory's entries."""
    commit = commit_at(repo, ref or repo.default_branch)
    path = path.strip("/")
    data = commit.files.get(path)
    if data is None:
        return _directory(world, repo, commit, path)
    if "raw" in accept:
        return Response(data, media_type="application/octet-stream")
    small = len(data) <= ENCODED_BYTES
    entry = _entry(world, repo, commit, path, "file", blob_id(data), len(data))
    return {
        **entry,
        "encoding": "base64" if small else "none",
        "content": base64.encodebytes(data).decode() if small else "",
    }


def commit_at(repo: Repository, ref: str) -> Commit:
    """The commit that a SHA or a branch names. Raises RefusedError: 422 for an unknown SHA, 404 for a branch."""
    commit = repo.resolve(ref)
    if commit is None:
        raise RefusedError(422, f"No commit found for SHA: {ref}") if _looks_like_sha(ref) else not_found()
    return commit


def _looks_like_sha(ref: str) -> bool:
    return len(ref) == 40 and set(ref) <= set("0123456789abcdef")


def _directory(world: World, repo: Repository, commit: Commit, path: str) -> list[Json]:
    prefix = f"{path}/" if path else ""
    inside = {name[len(prefix) :]: data for name, data in commit.files.items() if name.startswith(prefix)}
    if path and not inside:
        raise not_found()
    entries = []
    for name in sorted({inner.split("/")[0] for inner in inside}):
        if name in inside:
            data = inside[name]
            entries.append(_entry(world, repo, commit, prefix + name, "file", blob_id(data), len(data)))
        else:
            below = {k.removeprefix(f"{name}/"): v for k, v in inside.items() if k.startswith(f"{name}/")}
            entries.append(_entry(world, repo, commit, prefix + name, "dir", tree_id(below), 0))
    return entries


def _entry(world: World, repo: Repository, commit: Commit, path: str, kind: str, sha: str, size: int) -> Json:
    api = shape.repository_url(world, repo)
    web = f"{world.config.url}/{repo.full_name}"
    url = f"{api}/contents/{path}?ref={commit.sha}"
    git = f"{api}/git/{'blobs' if kind == 'file' else 'trees'}/{sha}"
    html = f"{web}/{'blob' if kind == 'file' else 'tree'}/{commit.sha}/{path}"
    return {
        "type": kind,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{web}/raw/{commit.sha}/{path}" if kind == "file" else None,
        "_links": {"self": url, "git": git, "html": html},
    }
