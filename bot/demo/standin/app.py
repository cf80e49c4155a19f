"""The stand-in as one ASGI application."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.routing import APIRoute

from bot.demo.standin.config import Config
from bot.demo.standin.errors import RefusedError, missing, on_invalid, on_no_route, on_refusal
from bot.demo.standin.routes import apps, archive, checks, control, hooks, pages, pulls, repositories, reviews
from bot.demo.standin.state import World
from bot.demo.standin.webhooks import Webhooks

API = "/api/v3"


async def known_parameters_only(request: Request) -> None:
    """Refuse a query parameter that the endpoint would ignore: an ignored filter is a wrong answer."""
    route: APIRoute = request.scope["route"]
    known = set(_parameters(route.dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise missing(f"the parameter {', '.join(unknown)} of {request.method} {request.url.path}")


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _parameters(below)


def create_app(config: Config) -> FastAPI:
    """A new stand-in without any repository."""
    world = World(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.webhooks = Webhooks(world)
        yield
        await app.state.webhooks.close()

    app = FastAPI(title="Stand-in for GitHub", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    app.exception_handler(RefusedError)(on_refusal)
    app.exception_handler(RequestValidationError)(on_invalid)
    for status in (404, 405):
        app.exception_handler(status)(on_no_route)
    api = APIRouter(prefix=API, dependencies=[Depends(known_parameters_only)])
    for part in (apps, hooks, archive, checks, pulls, reviews, repositories):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(archive.downloads)
    app.include_router(control.router)
    app.include_router(pages.router)
    app.middleware("http")(_mark)
    app.middleware("http")(_by_number)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[urlsplit(config.url).hostname or "", "localhost"])
    return app


Next = Callable[[Request], Awaitable[Response]]


async def _mark(request: Request, call_next: Next) -> Response:
    response = await call_next(request)
    response.headers["X-Referee-Standin"] = "a local stand-in, not GitHub"
    if request.url.path.startswith(API):
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    return response


async def _by_number(request: Request, call_next: Next) -> Response:
    """Serve ``/repositories/{id}/…`` as ``/repos/{owner}/{repo}/…``, as GitHub does."""
    prefix = f"{API}/repositories/"
    path: str = request.scope["path"]
    if path.startswith(prefix):
        number, _, rest = path.removeprefix(prefix).partition("/")
        repo = request.app.state.world.repositories.get(int(number) if number.isdecimal() else 0)
        name = repo.full_name if repo else "unknown/unknown"
        request.scope["path"] = f"{API}/repos/{name}" + (f"/{rest}" if rest else "")
    return await call_next(request)
