"""A whole deployment on loopback: emulator, gateway, and the real `referee serve` as a process of its own."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.databases import database_url, postgres_url
from tests.e2e.emulator import APP_ID, OWNER, REPOSITORY, Author, emulator, free_port, seed, wait_for
from tests.e2e.gateway import Gateway
from tests.peers.openapi import Checked, contract

SECRET = "It's a Secret to Everybody"
CHECK = "referee / verdict"


@dataclasses.dataclass
class Deployment:
    """Everything that a test of the whole needs."""

    folder: Path
    gateway: Gateway
    checked: Checked
    author: Author
    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the server printed, over all its lives."""
        return self.folder / "serve.log"

    def start(self) -> None:
        """Start `referee serve` and wait until it answers."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=self.folder)
        wait_for(f"{self.url}/healthz", self.process, self.log)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def check_runs(self, sha: str) -> list[dict[str, Any]]:
        """The check runs of a commit, as GitHub lists them."""
        listed: list[dict[str, Any]] = self.author.call("GET", f"/commits/{sha}/check-runs").json()["check_runs"]
        return listed

    def concluded(self, sha: str, seconds: float = 90) -> dict[str, Any]:
        """The commit's one check run, once it is completed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            runs = [run for run in self.check_runs(sha) if run["name"] == CHECK]
            if runs and all(run["status"] == "completed" for run in runs):
                assert len(runs) == 1, f"{len(runs)} check runs on one commit"
                return runs[0]
            time.sleep(0.2)
        pytest.fail(f"no verdict on {sha}: {self.log.read_text('utf-8', 'replace')[-4000:]}")


@contextlib.contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """Serve an ASGI application on a loopback port until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def private_key() -> str:
    """The App's private key, PEM."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def deployment(tmp_path: Path, private_key: str) -> Iterator[Deployment]:
    """Emulator, gateway and server; the webhook of the emulated App points at the server."""
    ports = {name: free_port() for name in ("emulator", "gateway", "server")}
    address = f"http://127.0.0.1:{ports['gateway']}"
    (tmp_path / "app.pem").write_text(private_key, "ascii")
    environment = {
        "PATH": os.environ["PATH"],
        "REFEREE_APP_ID": str(APP_ID),
        "REFEREE_WEBHOOK_SECRET": SECRET,
        "REFEREE_PRIVATE_KEY_PATH": str(tmp_path / "app.pem"),
        "REFEREE_GITHUB_API_URL": address,
        "REFEREE_STATE_DIRECTORY": str(tmp_path / "state"),
        "REFEREE_REQUIRED_RUNGS": "static",
        "REFEREE_PORT": str(ports["server"]),
    }
    gateway = Gateway(f"http://127.0.0.1:{ports['emulator']}")
    checked = Checked(gateway.app(), contract(), ours=("/_codeload/",))
    seeded = seed(private_key, f"http://127.0.0.1:{ports['server']}/webhooks/github", SECRET)
    with emulator(tmp_path, ports["emulator"], address, seeded) as peer, serving(checked, ports["gateway"]):
        whole = Deployment(tmp_path, gateway, checked, Author(peer), environment, ports["server"])
        whole.start()
        yield whole
        if whole.process is not None and whole.process.poll() is None:
            whole.process.terminate()
            whole.process.wait(30)


def deliver(deployment: Deployment, headers: dict[str, str], body: bytes) -> httpx.Response:
    """A webhook delivery as GitHub sends it."""
    return httpx.post(f"{deployment.url}/webhooks/github", headers=headers, content=body, timeout=30, trust_env=False)


__all__ = ["OWNER", "REPOSITORY", "Deployment", "database_url", "deliver", "postgres_url"]
