"""The composition root: builds every part from the settings and joins them to one web application."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from bot import handlers
from bot.dispatcher import Dispatcher, Pace
from bot.edges.deliveries import Deliveries
from bot.edges.durable import Engine, Patience, Queue
from bot.edges.github.connection import Connection
from bot.edges.protocols import Host
from bot.edges.storage import Database, StoreError
from bot.router import router
from bot.settings import Settings
from bot.webhook import Webhook
from bot.workflows.review import Judge, Reviewer, static_judge
from bot.workflows.reviews import REVIEW, SUPERSEDE, Reviews
from bot.workflows.supersede import Superseder

__all__ = ["Server", "build", "connection", "create_app", "handlers"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """The parts, joined but not yet started.

    Args:
        settings: what the operator set.
        database: opened and at the current schema.
        deliveries: the webhook's table.
        engine: knows its workflows, not launched.
        dispatcher: not started.
    """

    settings: Settings
    database: Database
    deliveries: Deliveries
    engine: Engine
    dispatcher: Dispatcher


def connection(settings: Settings) -> Connection:
    """How the settings say that GitHub is reached."""
    return Connection(str(settings.github_api_url).rstrip("/"))


def build(settings: Settings, host: Host, judge: Judge | None = None, patience: Patience | None = None) -> Server:
    """Join the parts.

    Args:
        settings: what the operator set.
        host: GitHub.
        judge: what decides; by default the static rung.
        patience: how often a workflow's step is repeated.

    Raises:
        StoreError: the database cannot be used.
    """
    database = Database(settings.database())
    database.keep_others_out(settings.executor_id)
    engine = Engine(database.url, settings.executor_id, patience)
    reviewer = Reviewer(host, judge or static_judge(settings.required_rungs), connection(settings).web_url)
    queue = Queue("reviews", settings.parallel_reviews, settings.parallel_reviews_per_repository)
    engine.register(REVIEW, reviewer, queue)
    engine.register(SUPERSEDE, Superseder(host, engine), Queue("housekeeping", 8))
    deliveries = Deliveries(database)
    pace = Pace(
        attempts=settings.delivery_attempts,
        poll_seconds=settings.poll_seconds,
        retention_days=settings.payload_retention_days,
        record_days=settings.record_retention_days,
    )
    dispatcher = Dispatcher(deliveries, router, Reviews(engine), settings.executor_id, pace)
    return Server(settings, database, deliveries, engine, dispatcher)


def create_app(server: Server) -> FastAPI:
    """The web application; its lifespan launches the engine and the dispatcher and, at the end, drains them."""
    settings = server.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not server.engine.launched:
            await asyncio.to_thread(server.engine.launch)
        await server.dispatcher.start()
        _log.info("ready")
        yield
        await server.dispatcher.stop()
        await asyncio.to_thread(server.engine.destroy, settings.drain_seconds)
        server.database.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    webhook = Webhook(
        settings.webhook_secret.get_secret_value(),
        server.deliveries,
        server.dispatcher.wake,
        settings.max_payload_bytes,
        settings.body_timeout_seconds,
    )
    app.include_router(webhook.routes())
    app.add_api_route("/healthz", _health)
    app.add_api_route("/readyz", _readiness(server))
    return app


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _readiness(server: Server) -> Callable[[], object]:
    def ready() -> JSONResponse:
        parts = {
            "database": _database(server.database),
            "engine": "ok" if server.engine.launched else "not launched",
            "dispatcher": "ok" if server.dispatcher.alive else "not running",
        }
        return JSONResponse(parts, 200 if set(parts.values()) == {"ok"} else 503)

    return ready


def _database(database: Database) -> str:
    try:
        database.ping()
    except StoreError as error:
        _log.error("the database does not answer: %s", error)
        return "does not answer"
    return "ok"
