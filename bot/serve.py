"""What ``referee serve`` runs."""

import logging
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from bot.app import Server, build, connection, create_app
from bot.edges import logs
from bot.edges.app_auth import AppKey, PrivateKeyError
from bot.edges.github import GitHub
from bot.edges.storage import StoreError
from bot.impatient import ImpatientProtocol
from bot.settings import Settings, SettingsError, load, variable
from checks.review import RUNGS

CANNOT_START = 2
"""Exit status when the server cannot start; one line on standard error says why."""

_log = logging.getLogger(__name__)


def serve(settings_file: Path | None = None) -> int:
    """Run the App until SIGTERM or Ctrl-C; returns the exit status.

    Args:
        settings_file: ``NAME=value`` lines; the environment wins.
    """
    try:
        settings = load(settings_file)
        logs.configure(settings.log_level)
        key = AppKey(settings.private_key_text())
        listener = listen(settings.host, settings.port)
        server = build(settings, GitHub(str(settings.app_id), key, connection(settings)))
        server.engine.launch()
    except (SettingsError, PrivateKeyError, StoreError, AddressError) as error:
        sys.stderr.write(f"referee: {' '.join(str(error).split())}\n")
        return CANNOT_START
    warn_of_rungs(settings)
    status = run(server, listener)
    _leave(status)
    return status


def warn_of_rungs(settings: Settings) -> None:
    """Say in the log when no check run can ever succeed."""
    absent = [rung for rung in settings.required_rungs if rung not in RUNGS]
    if absent:
        _log.warning(
            "no check can succeed: this version has no rung %s; set %s to the rungs that are enough for you",
            ", ".join(absent),
            variable("required_rungs"),
        )


class AddressError(Exception):
    """The address cannot be listened on; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes a free one.

    Raises:
        AddressError: the host has no such address, or the port is taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except OSError as error:
        raise AddressError(f"cannot listen on {host}:{port}: {_why(error)}") from None


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or str(error)
    return os.strerror(error.errno)


def web_server(server: Server) -> uvicorn.Server:
    """The web server for one set of parts."""
    config = uvicorn.Config(
        create_app(server),
        http=ImpatientProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=server.settings.drain_seconds,
    )
    return uvicorn.Server(config)


def run(server: Server, listener: socket.socket) -> int:
    """Serve on a bound socket until told to end; the exit status."""
    address = listener.getsockname()
    _log.info("listening", extra={"host": address[0], "port": address[1]})
    web = web_server(server)
    try:
        web.run(sockets=[listener])
    except KeyboardInterrupt:
        _log.info("ended by Ctrl-C")
    return 0 if web.started else CANNOT_START


def _leave(status: int) -> None:
    # A step that outlived the drain must not hold the process up: it is repeated after the restart.
    left = [
        thread.name for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()
    ]
    if left:
        _log.warning("leaving with work in flight; a restart resumes it", extra={"threads": left})
        logging.shutdown()
        os._exit(status)
