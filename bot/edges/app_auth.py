"""Who we are to GitHub: the App's private key, and installation tokens that are asked for once and kept until late."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ISSUED_AGO = 120
"""Seconds by which a JWT is backdated. GitHub recommends 60 against clock drift; 120 bears a clock 90 s ahead."""
VALID_FOR = 300
"""Seconds from now until a JWT expires; GitHub takes at most 600."""
REFRESH_EARLY = 300.0
"""Seconds before its end from which a token is no longer used: longer than any request, and than a clock is wrong."""
SMALLEST_KEY = 2048
"""Bits of the keys that GitHub makes for Apps."""


class PrivateKeyError(ValueError):
    """The App's private key cannot be used; the message says why and what to do."""


class AppKey:
    """The App's private key.

    Args:
        text: the ``.pem`` file that GitHub offers when a private key is generated; ``\\n`` may stand for line ends, as
            it does where the text went through an environment variable.

    Raises:
        PrivateKeyError: the text is not an unencrypted RSA private key of at least 2048 bits.
    """

    def __init__(self, text: str) -> None:
        self._key = _load(text.strip().replace("\\n", "\n"))

    def sign(self, payload: dict[str, Any]) -> str:
        """A JSON Web Token over the payload, signed as GitHub asks (RS256)."""
        return jwt.encode(payload, self._key, algorithm="RS256")


def _load(text: str) -> RSAPrivateKey:
    advice = "give the whole .pem file that GitHub offers when you generate a private key for the App"
    if "-----BEGIN" not in text:
        raise PrivateKeyError(f"the App's private key is not a PEM text (no -----BEGIN line): {advice}")
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise PrivateKeyError(f"the App's private key is protected by a password: {advice}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise PrivateKeyError(f"the App's private key cannot be read; it may be cut off: {advice}") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_KEY:
        raise PrivateKeyError(f"the App's private key is not an RSA key of at least {SMALLEST_KEY} bits: {advice}")
    return key


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """A token for one repository.

    Args:
        value: the secret.
        expires_at: seconds since the epoch.
        repository: the repository's ``owner/name`` when the token was made.
    """

    value: str = field(repr=False)
    expires_at: float
    repository: str


TokenKey = tuple[int, int]
"""Installation id and repository id."""


class TokenCache:
    """Installation tokens by installation and repository; many threads that need one make one request.

    Args:
        mint: asks GitHub for a token; may raise what it likes, and nothing is kept then.
        now: seconds since the epoch.
    """

    def __init__(self, mint: Callable[[int, int], InstallationToken], now: Callable[[], float] = time.time) -> None:
        self._mint = mint
        self._now = now
        self._tokens: dict[TokenKey, InstallationToken] = {}
        self._locks: Mapping[TokenKey, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def get(self, key: TokenKey) -> InstallationToken:
        """The token at hand, or a new one when there is none or its end is near."""
        with self._lock(key):
            token = self._tokens.get(key)
            if token is None or token.expires_at - self._now() <= REFRESH_EARLY:
                token = self._tokens[key] = self._mint(*key)
            return token

    def drop(self, key: TokenKey, token: InstallationToken) -> None:
        """Forget a token that GitHub refused, unless another thread has replaced it."""
        with self._lock(key):
            if self._tokens.get(key) is token:
                del self._tokens[key]

    def _lock(self, key: TokenKey) -> threading.Lock:
        with self._guard:
            return self._locks[key]
