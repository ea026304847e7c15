"""The verbs `assistant chat` and `assistant user`: their flags, and what they decide."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import re
import socket
import sys
from pathlib import Path

from assistant.page import auth
from assistant.page.serving import Serving
from corpus.console import print_json
from corpus.errors import AssistantError

_SHORTEST_PASSWORD = 8
_DEFAULT = Serving()


def add_arguments(chat: argparse.ArgumentParser) -> None:
    """The flags of `assistant chat`."""
    chat.epilog = (
        "Programs find REST endpoints at /gradio_api/info, MCP at /mcp, OpenAI's chat completions at /v1, and /healthz."
    )
    add = chat.add_argument
    add("--host", default="127.0.0.1", help="the address to listen at (default 127.0.0.1: this machine alone)")
    add("--port", type=int, default=7860, help="(default 7860; 0 takes a free one)")
    add("--auth", type=Path, metavar="FILE", help="let in only who stands in this file; see assistant user --help")
    add("--public", action="store_true", help="serve everybody who can reach it, without --auth")
    add("--root-path", type=_path, default="", metavar="PATH", help="where a reverse proxy shows it, such as /news")
    add("--max-upload", type=_size, default="20M", metavar="SIZE", help="largest file that may be added (default 20M)")
    add("--concurrency", type=_count, default=_DEFAULT.concurrency, metavar="N",
        help="answers in the making at once (default %(default)s)")  # fmt: skip
    add("--queue", type=_count, default=_DEFAULT.waiting, metavar="N", help="more that may wait (default %(default)s)")
    add("--allow-ingest", action="store_true",
        help="let programs take in articles, by address, and whoever is served change the library")  # fmt: skip


def add_user_arguments(user: argparse.ArgumentParser) -> None:
    """The flags of `assistant user`."""
    user.add_argument("name")
    user.add_argument("--auth", type=Path, required=True, metavar="FILE", help="the file; made if it is not there")
    user.add_argument("--token", action="store_true", help="a program: its token is made and shown, this once")
    user.epilog = "The password is asked for, or read from standard input. To remove someone, delete the line."


def serving(flags: argparse.Namespace) -> Serving | None:
    """How to serve; None, and the way out told, when it would be open to others than was meant."""
    alone = _is_loopback(flags.host)
    if not alone:
        print(_exposure(flags), file=sys.stderr)
        if not (flags.auth or flags.public):
            return None
    return Serving(
        users=auth.Users.read(flags.auth) if flags.auth else None,
        public=flags.public,
        root_path=flags.root_path,
        concurrency=flags.concurrency,
        waiting=flags.queue,
        max_upload=flags.max_upload,
        changes=flags.allow_ingest or (alone and not flags.public),
        allow_ingest=flags.allow_ingest,
    )


def _exposure(flags: argparse.Namespace) -> str:
    if flags.auth:
        return "Passwords and tokens go over the network as they are: put a proxy that speaks HTTPS before this server."
    if flags.public:
        return f"Everybody who can reach {flags.host} can read the articles and ask. To let in only some: --auth FILE"
    return (
        f"At {flags.host}, others could reach this server, and it has no users. Say who may come in with --auth FILE "
        "(assistant user NAME --auth FILE), or that everybody may with --public."
    )


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0])).is_loopback for *_, address in found)


def user(flags: argparse.Namespace) -> int:
    """Adds a person or a program to the file."""
    token = auth.add(flags.auth, flags.name, None if flags.token else _password(flags.name))
    if flags.json:
        print_json({"user": flags.name, "file": str(flags.auth)} | ({"token": token} if token else {}))
    elif token:
        print(token)
    print(f"{flags.name} stands in {flags.auth}. A running server reads it at its next start.", file=sys.stderr)
    return 0


def _password(name: str) -> str:
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
        if getpass.getpass("Again: ") != password:
            raise AssistantError("The two passwords differ. Nothing was changed.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < _SHORTEST_PASSWORD:
        raise AssistantError(f"A password needs at least {_SHORTEST_PASSWORD} characters. Nothing was changed.")
    return password


def _path(typed: str) -> str:
    if not re.fullmatch(r"(/[\w.~-]+)*/?", typed):
        raise argparse.ArgumentTypeError(f"{typed!r} is no path such as /news")
    return typed.rstrip("/")


def _size(typed: str) -> int:
    found = re.fullmatch(r"(\d+)([KMG]?)B?", typed.upper())
    if not found:
        raise argparse.ArgumentTypeError(f"{typed!r} is no size such as 500K or 20M")
    return int(found[1]) * int(1024 ** " KMG".index(found[2] or " "))


def _count(typed: str) -> int:
    if not typed.isdecimal() or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed!r} is no number from 1")
    return int(typed)
