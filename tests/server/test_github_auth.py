"""The App's key and the token cache."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.edges.app_auth import REFRESH_EARLY, AppKey, InstallationToken, PrivateKeyError, TokenCache
from bot.edges.github.connection import Connection
from tests.server.github_server import private_key, private_key_text


def pem(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, encryption: KeySerializationEncryption | None = None
) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


@pytest.mark.parametrize(
    "text",
    [private_key_text(), pem(private_key()), private_key_text().replace("\n", "\\n"), f"\n{private_key_text()}\n\n"],
    ids=["pkcs1", "pkcs8", "escaped", "blank-lines"],
)
def test_key_is_taken_in_every_usual_spelling(text: str) -> None:
    assert AppKey(text).sign({"iss": "5"}).count(".") == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no -----BEGIN line"),
        ("/etc/referee/key.pem", "no -----BEGIN line"),
        (private_key_text()[:400], "cut off"),
        (pem(private_key(), BestAvailableEncryption(b"x")), "password"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "not an RSA key"),
        (private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), "read"),
    ],
    ids=["empty", "path", "cut-off", "encrypted", "ed25519", "public"],
)
def test_unusable_key_is_refused_with_one_clear_line(text: str, reason: str) -> None:
    with pytest.raises(PrivateKeyError, match=reason) as told:
        AppKey(text)
    assert "\n" not in str(told.value)
    assert "-----END" not in str(told.value)


class Mint:
    """Hands out numbered tokens that end an hour after the clock's present time."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.made: list[tuple[int, int]] = []
        self.slow = threading.Event()

    def __call__(self, installation_id: int, repository_id: int) -> InstallationToken:
        self.slow.wait(0.2)
        self.made.append((installation_id, repository_id))
        return InstallationToken(f"t{len(self.made)}", self.time + 3600, "o/r")

    def cache(self) -> TokenCache:
        return TokenCache(self, lambda: self.time)


def test_eight_threads_get_one_token() -> None:
    mint = Mint()
    cache = mint.cache()
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(lambda _: cache.get((1, 2)).value, range(8)))
    assert set(tokens) == {"t1"}
    assert len(mint.made) == 1


def test_token_is_renewed_before_its_end() -> None:
    mint = Mint()
    mint.slow.set()
    cache = mint.cache()
    assert cache.get((1, 2)).value == "t1"
    mint.time += 3600 - REFRESH_EARLY - 1
    assert cache.get((1, 2)).value == "t1"
    mint.time += 2
    assert cache.get((1, 2)).value == "t2"


def test_tokens_of_two_repositories_are_apart() -> None:
    mint = Mint()
    mint.slow.set()
    cache = mint.cache()
    assert cache.get((1, 2)).value != cache.get((1, 3)).value != cache.get((9, 2)).value


def test_dropping_a_token_twice_keeps_its_successor() -> None:
    mint = Mint()
    mint.slow.set()
    cache = mint.cache()
    old = cache.get((1, 2))
    cache.drop((1, 2), old)
    assert cache.get((1, 2)).value == "t2"
    cache.drop((1, 2), old)
    assert cache.get((1, 2)).value == "t2"


def test_token_does_not_show_in_logs() -> None:
    assert "secret" not in repr(InstallationToken("secret", 0.0, "o/r"))


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://git.corp.example/api/v3", "https://git.corp.example"),
        ("https://api.corp.ghe.com", "https://corp.ghe.com"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
    ],
)
def test_links_go_to_the_site_that_the_interface_belongs_to(api: str, web: str) -> None:
    assert Connection(api).web_url == web
