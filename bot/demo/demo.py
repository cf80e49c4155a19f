"""The whole flow on this machine: a stand-in for GitHub, the real server, a pull request, and a verdict to look at."""

import io
import secrets
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from rich.console import Console

from bot.demo import scene, server, show
from bot.demo.failure import DemoError
from bot.demo.scene import Scene
from bot.demo.standin.config import AppConfig
from bot.demo.standin.server import StandIn
from bot.demo.standin.server import running as running_standin
from bot.demo.watch import Published, Watcher

FAILED = 1
"""Exit status when the flow did not work."""


def run(once: bool, port: int | None, open_browser: bool = False) -> int:
    """Show the whole flow.

    Args:
        once: end when the verdict is there, rather than at Ctrl-C.
        port: TCP port of the stand-in; any free one by default.
        open_browser: open the pull request's page when the verdict is there.

    Returns:
        0 when the flow worked, whatever the verdict, or Ctrl-C ended it; 1 when it did not.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    with _terminated_as_interrupted():
        try:
            _flow(console, once=once, port=port or 0, open_browser=open_browser)
        except KeyboardInterrupt:
            console.print("\nEnded; nothing is left running.")
        except (DemoError, OSError, RuntimeError) as error:
            sys.stderr.write(f"referee demo: {error}\n")
            return FAILED
    return 0


def _flow(console: Console, *, once: bool, port: int, open_browser: bool) -> None:
    with ExitStack() as stack:
        try:
            stage = _stage(console, stack, port)
            published = _verdict(console, stage)
            show.result(console, published)
            if not once:
                _stay(console, stage, published, open_browser=open_browser)
        finally:
            _answer_signals(signal.SIG_IGN)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and the pull request that was opened."""

    github: StandIn
    referee: server.ServerProcess
    scene: Scene
    watcher: Watcher


def _stage(console: Console, stack: ExitStack, port: int) -> Stage:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="referee-demo-")))
    person, secret = secrets.token_hex(16), secrets.token_hex(16)
    app = AppConfig(_key_pair(folder / "key.pem"))
    github = stack.enter_context(running_standin(app, port=port, user_tokens={person: scene.AUTHOR}))
    show.step(console, "a local stand-in for GitHub is running", github.config.url)
    with console.status("starting the server"):
        referee = stack.enter_context(server.running(folder, _settings(github, folder, secret)))
    github.control.set_webhook(f"{referee.url}/webhooks/github", secret)
    show.step(console, "the Referee server is running", referee.url)
    opened = scene.set_up(github)
    show.step(console, f"pull request #{opened.number} is open", f"{opened.repository}: {opened.title}")
    headers = {"Authorization": f"Bearer {person}"}
    client = httpx.Client(base_url=github.config.api, headers=headers, trust_env=False, timeout=30)
    return Stage(github, referee, opened, Watcher(stack.enter_context(client), opened, referee.check))


def _verdict(console: Console, stage: Stage) -> Published:
    try:
        with console.status("waiting for the check run") as status:
            for state, title in stage.watcher.states():
                show.step(console, f"check run: {state.replace('_', ' ')}", title)
                status.update(title or state)
        published = stage.watcher.published()
        if not show.verdict_fields(published.check_run["output"]["text"] or ""):
            raise DemoError(f"the check run holds no verdict: {published.check_run['output']['summary']}")
    except DemoError as error:
        raise DemoError(f"{error}{server.said(stage.referee.log)}") from None
    return published


def _stay(console: Console, stage: Stage, published: Published, *, open_browser: bool) -> None:
    url, opened = stage.github.config.url, stage.scene
    show.pages(console, url, opened, published)
    if open_browser:
        webbrowser.open(f"{url}/{opened.repository}/pull/{opened.number}")
    console.print("\nPress Ctrl-C to end.")
    while True:
        stage.referee.check()
        time.sleep(0.5)


def _settings(github: StandIn, folder: Path, secret: str) -> dict[str, object]:
    return {
        "app_id": github.config.app.id,
        "private_key_path": folder / "key.pem",
        "webhook_secret": secret,
        "github_api_url": github.config.api,
        "state_directory": folder / "state",
        "required_rungs": "static",
        "host": "127.0.0.1",
        "port": 0,
        "drain_seconds": 1,
    }


def _key_pair(path: Path) -> str:
    """Write a fresh private key for the App, readable by this user alone; returns the public key."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(0o600)
    path.write_bytes(private)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _answer_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> dict[signal.Signals, Any]:
    """Set what answers Ctrl-C, SIGTERM and a closed terminal; returns what did. Only a main thread has signals."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the block as Ctrl-C does, so that nothing is left behind."""
    before = _answer_signals(_interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
