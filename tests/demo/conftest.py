"""A running stand-in, the App's key, and a receiver for its webhooks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, Github, GithubIntegration
from github.Repository import Repository

from bot.demo.standin.config import AppConfig, Webhook
from bot.demo.standin.server import StandIn, running

SECRET = "a secret of the tests"
BASE = {"README.md": b"# Digits\n", "src/keep.py": b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"}
HEAD = {
    "README.md": b"# Digits\n",
    "src/keep.py": b"one\ntwo\nthree\nfour\nfive\nsix\nseven\nEIGHT\nnine\nten\n",
    "src/new.py": b"import os\n\nprint(os.name)\n",
}
NAME = "lab/digits"


class Key(NamedTuple):
    private: str
    public: str


@pytest.fixture(scope="session")
def key() -> Key:
    pair = rsa.generate_private_key(65537, 2048)
    private = pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = pair.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Key(private.decode(), public.decode())


class Received(NamedTuple):
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes webhooks; answers the statuses in ``answers`` first, then 202."""

    def __init__(self) -> None:
        self.queue: Queue[Received] = Queue()
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.queue.put(Received({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 202)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> Received:
        return self.queue.get(timeout=20)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture
def standin(key: Key, receiver: Receiver) -> Iterator[StandIn]:
    app = AppConfig(key.public, Webhook(receiver.url, SECRET))
    with running(app, user_tokens={"owner-token": "lab", "guest-token": "guest"}) as one:
        yield one


@pytest.fixture
def installation(standin: StandIn) -> int:
    number: int = standin.control.install("lab")["id"]
    return number


@pytest.fixture
def pull(standin: StandIn, installation: int) -> int:
    """A private repository with one open pull request; its number."""
    standin.control.create_repository(NAME, BASE)
    standin.control.push(NAME, "feature", HEAD, "Change a line, add a file", "mallory")
    number: int = standin.control.open_pull(NAME, title="Experiment", author="mallory", head="feature")["number"]
    return number


class Client(NamedTuple):
    integration: GithubIntegration
    github: Github
    repository: Repository


@pytest.fixture
def client(standin: StandIn, key: Key, installation: int, pull: int) -> Iterator[Client]:
    """PyGithub, as the App and as its installation."""
    auth = Auth.AppAuth(standin.config.app.id, key.private)
    quick = {"base_url": standin.config.api, "seconds_between_requests": None, "seconds_between_writes": None}
    with GithubIntegration(auth=auth, retry=None, **quick) as integration:  # type: ignore[arg-type]
        github = integration.get_github_for_installation(installation)
        yield Client(integration, github, github.get_repo(NAME))
        github.close()


@pytest.fixture
def owner(standin: StandIn) -> Iterator[Github]:
    """PyGithub, as the person who owns the account."""
    with Github(auth=Auth.Token("owner-token"), base_url=standin.config.api, retry=None) as github:
        yield github
