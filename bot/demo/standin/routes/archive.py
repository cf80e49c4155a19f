"""Source archives: the API answers with a redirect that carries its own short-lived ticket, as GitHub's does."""

import io
import secrets
import tarfile

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from bot.demo.standin.errors import not_found
from bot.demo.standin.identity import Repo, TheWorld, needs
from bot.demo.standin.routes.repositories import commit_at
from bot.demo.standin.state import Commit, Repository

router = APIRouter(prefix="/repos/{owner}/{repo}")
downloads = APIRouter()


@router.get("/tarball/{ref:path}", dependencies=[Depends(needs("contents", "read"))])
async def get_tarball(world: TheWorld, repo: Repo, ref: str) -> Response:
    """Where the archive can be fetched, for a while and without the API's token."""
    commit = commit_at(repo, ref)
    ticket = secrets.token_hex(16)
    world.archive_tickets[ticket] = (repo.id, commit.sha)
    where = f"{world.config.url}/_standin/codeload/{repo.full_name}/legacy.tar.gz/{commit.sha}?token={ticket}"
    return RedirectResponse(where, status_code=302)


@downloads.get("/_standin/codeload/{owner}/{name}/legacy.tar.gz/{sha}")
async def download(world: TheWorld, sha: str, token: str = "") -> Response:
    """The archive behind a ticket."""
    number, allowed = world.archive_tickets.get(token, (0, ""))
    if allowed != sha or number not in world.repositories:
        raise not_found()
    repo = world.repositories[number]
    body = archive(repo, repo.commits[sha])
    name = f"{repo.owner}-{repo.name}-{sha}.tar.gz"
    return Response(
        body, media_type="application/x-gzip", headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def archive(repo: Repository, commit: Commit) -> bytes:
    """A commit's files as GitHub packs them: one folder ``owner-repo-<sha>``, the SHA in a global header."""
    buffer = io.BytesIO()
    top = f"{repo.owner}-{repo.name}-{commit.sha}"
    headers = {"comment": commit.sha}
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers=headers) as packed:
        for folder in ["", *sorted({path.rpartition("/")[0] for path in commit.files} - {""})]:
            entry = tarfile.TarInfo(f"{top}/{folder}".rstrip("/"))
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o775, int(commit.date.timestamp())
            packed.addfile(entry)
        for path, data in commit.files.items():
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size, entry.mode, entry.mtime = len(data), 0o664, int(commit.date.timestamp())
            packed.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
