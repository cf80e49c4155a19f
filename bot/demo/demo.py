"""The whole flow on this machine: a stand-in for GitHub, the real server, a pull request, and a verdict to look at."""

import contextlib
import secrets
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

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
        client = stack.enter_context(
            httpx.Client(
                base_url=github.config.api, headers={"Authorization": f"Bearer {person}"}, trust_env=False, timeout=30
            )
        )
        published = _verdict(console, Watcher(client, opened, referee.check), referee)
        show.result(console, published)
        if not once:
            _stay(console, github, opened, published, referee, open_browser=open_browser)


def _verdict(console: Console, watcher: Watcher, referee: server.ServerProcess) -> Published:
    try:
        with console.status("waiting for the check run") as status:
            for state, title in watcher.states():
                show.step(console, f"check run: {state.replace('_', ' ')}", title)
                status.update(title or state)
        return watcher.published()
    except DemoError as error:
        raise DemoError(f"{error}{server.said(referee.log)}") from None


def _stay(
    console: Console,
    github: StandIn,
    opened: Scene,
    published: Published,
    referee: server.ServerProcess,
    *,
    open_browser: bool,
) -> None:
    show.pages(console, github.config.url, opened, published)
    if open_browser:
        webbrowser.open(f"{github.config.url}/{opened.repository}/pull/{opened.number}")
    console.print("\nPress Ctrl-C to end.")
    while True:
        referee.check()
        threading.Event().wait(0.5)


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


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the block as Ctrl-C does, so that nothing is left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            with contextlib.suppress(ValueError):
                signal.signal(number, handler)
