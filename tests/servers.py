"""Real servers for the tests: PostgreSQL from Debian's package, and Chroma's own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 60  # to wait for a server


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listening(port: int, process: subprocess.Popen[Any]) -> None:
    """Wait until a server takes connections."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{process.args!r} does not listen")


@contextmanager
def chroma_server(folder: Path, port: int = 0) -> Iterator[str]:
    """A Chroma server that keeps its data in `folder`: its URL."""
    port = port or free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--path", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        listening(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


class PostgreSQL:
    """A cluster in a folder of its own. It does not run as root, so that the folder is given to `postgres` then."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run([_binary("initdb"), "-D", self._folder / "data", *options], check=True, **self._quiet())
        self.start()

    def _quiet(self) -> dict[str, Any]:
        return {"cwd": self._folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **self._as}

    def start(self) -> None:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "fsync": "off"}
        command = [_binary("postgres"), "-D", str(self._folder / "data"), "-k", str(self._folder)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(command, **self._quiet())
        listening(self.port, self._process)
        deadline = time.monotonic() + SECONDS  # after a crash it recovers first
        while not self._answers() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _answers(self) -> bool:
        command = [_binary("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, **self._quiet()).returncode == 0

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT at once."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def database(self) -> str:
        """The URL of a new, empty database."""
        import psycopg

        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres", autocommit=True) as connection:
            number = connection.execute("SELECT count(*) FROM pg_database").fetchone()
            connection.execute(f"CREATE DATABASE test{number[0] if number else 0}")
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/test{number[0] if number else 0}"


def _binary(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name)
    assert found, f"there is no {name}; install Debian's package postgresql"
    return found
