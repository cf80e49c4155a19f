"""A stand-in that runs in a thread of this process, on a free port of the loopback interface."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from bot.demo.standin.app import create_app
from bot.demo.standin.client import Control
from bot.demo.standin.config import AppConfig, Config
from bot.demo.standin.state import World

START_SECONDS = 20.0
"""How long the server may take to come up, seconds."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in.

    Args:
        config: what it was started with.
        world: its state; look at it, and change it only through ``control``.
        control: plays the people.
    """

    config: Config
    world: World
    control: Control


@contextmanager
def running(app: AppConfig, *, port: int = 0, user_tokens: Mapping[str, str] | None = None) -> Iterator[StandIn]:
    """Run a stand-in for the time of the block.

    Args:
        app: the App it knows.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        user_tokens: personal access token to login.

    Raises:
        RuntimeError: the port cannot be listened on, or it did not come up.
    """
    listener = socket.socket()
    try:
        _bind(listener, port)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = Config(url, app, secrets.token_hex(16), user_tokens or {})
        application = create_app(config)
        with _serving(application, listener), Control(url, config.control_token) as control:
            yield StandIn(config, application.state.world, control)
    finally:
        listener.close()


def _bind(listener: socket.socket, port: int) -> None:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a port is a number from 0 to 65535"
        raise RuntimeError(f"cannot listen on 127.0.0.1:{port}: {reason}") from None


@contextmanager
def _serving(application: object, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, access_log=False, timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="stand-in", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    try:
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the stand-in for GitHub did not start")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
