"""Who may come in: people by name and password, programs by a token, as a file of users has them.

A line of the file is `NAME:HASH` for a person and `token:NAME:HASH` for a program; `#` begins a comment. Passwords are
hashed with scrypt at OWASP's parameters (Password Storage Cheat Sheet: N=2^14, r=8, p=5), each with a salt of its own.
Tokens are 256 random bits, which nobody guesses, so their SHA-256 does.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from corpus.errors import AssistantError

_N, _R, _P = 2**14, 8, 5
# Memory that a hash of the file may ask for (128 · N · r, and a little).
_MAX_MEMORY = 2**26
_NAME = re.compile(r"[^\s:#][^\s:]*")
_PASSWORD = re.compile(r"scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w+/]+=*)\$([\w+/]+=*)", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{64}")
# Wrong passwords that an address may send in so many seconds; a person mistypes a few times, a guesser needs millions.
_FAILURES, _WINDOW = 10, 60.0
_SESSION = 7 * 24 * 3600.0  # seconds until a person is asked for the password again


@dataclass(frozen=True, slots=True)
class Users:
    """Hashes by name: of passwords, and of tokens."""

    passwords: dict[str, str]
    tokens: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Users:
        """The users in a file. Raises `AssistantError` that names the line which cannot be used."""
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise AssistantError(
                f"The file of users {path} cannot be read: {error}. Make one: assistant user NAME --auth {path}"
            ) from None
        users = cls({}, {})
        for number, line in enumerate(map(str.strip, lines), 1):
            if line and not line.startswith("#") and not users._take(line):
                raise AssistantError(
                    f"Line {number} of the file of users {path} is neither NAME:HASH nor token:NAME:HASH. Delete it, "
                    f"and add whom it stood for anew: assistant user NAME --auth {path}"
                )
        if not users.passwords and not users.tokens:
            raise AssistantError(f"The file of users {path} names nobody. Add one: assistant user NAME --auth {path}")
        return users

    def _take(self, line: str) -> bool:
        first, _, rest = line.partition(":")
        if first == "token":
            name, _, hashed = rest.partition(":")
            self.tokens[name] = hashed
            return bool(_NAME.fullmatch(name) and _TOKEN.fullmatch(hashed))
        self.passwords[first] = rest
        return bool(_NAME.fullmatch(first) and _PASSWORD.fullmatch(rest))

    def check(self, name: str, password: str) -> bool:
        """Whether the password is this person's. Takes as long for an unknown name, a fifth of a second or so."""
        hashed = self.passwords.get(name)
        return _matches(password, hashed or _NOBODY) and hashed is not None

    def knows(self, token: str) -> bool:
        """Whether the token is one of the programs'."""
        digest = _digest(token)
        return any([hmac.compare_digest(digest, known) for known in self.tokens.values()])


def add(path: Path, name: str, password: str | None) -> str | None:
    """Adds a person, or for want of a password a program, whose new token is returned; who was there is replaced.

    The file is made if need be, readable by its owner alone. Raises `AssistantError` when that cannot be done.
    """
    if not _NAME.fullmatch(name) or name == "token":
        raise AssistantError(f"{name!r} cannot be a name: it needs letters without spaces or colons, and not “token”.")
    token = secrets.token_urlsafe(32) if password is None else None
    start = f"token:{name}:" if token else f"{name}:"
    hashed = _digest(token) if token else _hashed(password or "")
    try:
        kept = path.read_text("utf-8").splitlines() if path.exists() else []
        lines = [line for line in kept if not line.startswith(start)] + [start + hashed]
        _replace(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise AssistantError(f"The file of users {path} cannot be written: {error.strerror}.") from None
    return token


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by its owner alone
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY)
    return f"scrypt${_N}${_R}${_P}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def _matches(password: str, hashed: str) -> bool:
    parts = _PASSWORD.fullmatch(hashed)
    if parts is None:
        return False
    n, r, p = map(int, parts.groups()[:3])
    salt, digest = map(b64decode, parts.groups()[3:])
    try:
        found = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=len(digest))
    except ValueError:  # parameters beyond the memory
        return False
    return hmac.compare_digest(found, digest)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_NOBODY = f"scrypt${_N}${_R}${_P}${b64encode(bytes(16)).decode()}${b64encode(bytes(64)).decode()}"


@dataclass
class Failures:
    """How often each address has lately failed to sign in."""

    now: Callable[[], float] = monotonic
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def allow(self, address: str) -> bool:
        """Counts one more attempt as failed, which `forgive` undoes; False when there were too many of them."""
        now = self.now()
        for each in list(self._times):
            times = self._times[each]
            while times and times[0] <= now - _WINDOW:
                times.popleft()
            if not times:
                del self._times[each]
        times = self._times.setdefault(address, deque())
        if len(times) >= _FAILURES:
            return False
        times.append(now)
        return True

    def forgive(self, address: str) -> None:
        """The password was right: nothing is held against the address any more."""
        self._times.pop(address, None)


@dataclass
class Sessions:
    """Who has signed in, until the server ends. What the browser keeps is known here by its hash alone."""

    now: Callable[[], float] = monotonic
    _ends: dict[str, float] = field(default_factory=dict)

    def begin(self) -> str:
        """A new session's secret, for the browser's cookie."""
        now = self.now()
        self._ends = {digest: end for digest, end in self._ends.items() if end > now}
        secret = secrets.token_urlsafe(32)
        self._ends[_digest(secret)] = now + _SESSION
        return secret

    def holds(self, secret: str) -> bool:
        """Whether the session has begun and not ended."""
        return self._ends.get(_digest(secret), 0.0) > self.now()

    def end(self, secret: str) -> None:
        """Signs out."""
        self._ends.pop(_digest(secret), None)
