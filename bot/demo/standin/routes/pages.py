"""The web pages, for people to look at: a repository, a pull request, its files, a check run, a file, deliveries."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.demo.standin import views
from bot.demo.standin.errors import not_found
from bot.demo.standin.identity import TheWorld, world_of
from bot.demo.standin.markdown import render
from bot.demo.standin.routes.pulls import pull_of
from bot.demo.standin.routes.repositories import commit_at
from bot.demo.standin.state import Repository

HERE = Path(__file__).resolve().parent.parent

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every page: nothing but our own style sheet is loaded, and no script runs at all."""

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_templates.filters["markdown"] = render
router = APIRouter()


def page(name: str, **values: object) -> Response:
    """A page from its template."""
    return HTMLResponse(_templates.get_template(name).render(**values), headers=SECURITY)


async def _repository(request: Request, owner: str, name: str) -> Repository:
    found = world_of(request).find(owner, name)
    if found is None:
        raise not_found()
    return found


Repo = Annotated[Repository, Depends(_repository)]


@router.get("/")
async def index(world: TheWorld) -> Response:
    """Everything that is here."""
    deliveries = sorted(world.deliveries.values(), key=lambda one: -one.id)
    return page("index.html", world=world, repositories=list(world.repositories.values()), deliveries=deliveries)


@router.get("/_standin/style.css")
async def style() -> Response:
    """The style sheet."""
    return FileResponse(HERE / "static" / "style.css", media_type="text/css", headers=SECURITY)


@router.get("/_standin/avatar/{login}")
async def avatar(login: str) -> Response:
    """A picture of a login: its first letter."""
    letter = login[:1].upper() if login[:1].isalnum() else "?"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="20" fill="#4f5d75"/>'
        f'<text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">{letter}</text>'
        "</svg>"
    )
    return Response(svg, media_type="image/svg+xml", headers=SECURITY)


@router.get("/{owner}/{name}")
async def repository(repo: Repo) -> Response:
    """A repository: its files and its pull requests."""
    return page("repository.html", repo=repo, page=views.repository_page(repo))


@router.get("/{owner}/{name}/pull/{number}")
async def pull(world: TheWorld, repo: Repo, number: int) -> Response:
    """A pull request's conversation, checks and merge box."""
    return page("pull.html", repo=repo, page=views.pull_page(world, repo, pull_of(repo, number)))


@router.get("/{owner}/{name}/pull/{number}/files")
async def files(world: TheWorld, repo: Repo, number: int) -> Response:
    """A pull request's diff with the comments under their lines."""
    return page("files.html", repo=repo, page=views.files_page(world, repo, pull_of(repo, number)))


@router.get("/{owner}/{name}/runs/{run_id}")
async def check_run(world: TheWorld, repo: Repo, run_id: int) -> Response:
    """A check run: summary, annotations, text."""
    if run_id not in repo.checks:
        raise not_found()
    return page("run.html", repo=repo, page=views.run_page(world, repo, repo.checks[run_id]))


@router.get("/{owner}/{name}/blob/{ref}/{path:path}")
async def blob(repo: Repo, ref: str, path: str) -> Response:
    """A file with numbered lines."""
    data = commit_at(repo, ref).files.get(path)
    if data is None:
        raise not_found()
    lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return page("blob.html", repo=repo, ref=ref, path=path, lines=lines)


@router.get("/{owner}/{name}/tree/{ref}")
@router.get("/{owner}/{name}/commit/{ref}")
async def tree(repo: Repo, ref: str) -> Response:
    """The files of a commit or branch."""
    return page("repository.html", repo=repo, page=views.repository_page(repo, commit_at(repo, ref)))
