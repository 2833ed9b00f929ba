"""Looks at what this machine has for the course, and says what to do about what is missing."""

import platform
import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workbook.bench.binary import find_server, server_version
from workbook.bench.connect import connect
from workbook.bench.rights import require_usable
from workbook.errors import BenchError

State = Literal["ok", "missing", "not working"]
COLOURS: dict[State, str] = {"ok": "green", "missing": "yellow", "not working": "red"}
# A program that has not answered by then hangs.
ANSWER_SECONDS = 10


@dataclass(frozen=True)
class Finding:
    """What was found of one thing, or what to do about it, and what it is for."""

    thing: str
    state: State
    found_or_to_do: str
    use: str
    required: bool = False


def report(console: Console) -> int:
    """Print the table of findings; return 0 when the course can run, else 1."""
    findings = [find_python(), find_redis(), find_docker(), find_node(), find_chromium(), find_sandbox()]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Thing", "State", "Found, or what to do", "For"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        use = finding.use if finding.required else f"optional: {finding.use}"
        state = Text(finding.state, style=COLOURS[finding.state])
        table.add_row(finding.thing, state, Text(finding.found_or_to_do), use)
    console.print(table)
    lacking = [finding.thing for finding in findings if finding.required and finding.state != "ok"]
    console.print(f"The course cannot run yet: see {', '.join(lacking)}." if lacking else "The course can run.")
    return 1 if lacking else 0


def find_python() -> Finding:
    """Name this Python; it passed the bootstrap, so it will do."""
    return Finding("Python", "ok", f"Python {platform.python_version()}", "everything", required=True)


def find_redis() -> Finding:
    """Find the server that the notebooks will use, and ask it or its binary for the version."""
    thing, use = "Redis server", "everything"
    try:
        server = find_server()
        if server.url:
            with connect(server.url) as client:
                require_usable(client, server.url)
        version = server_version(server)
    except BenchError as error:
        return Finding(thing, "not working", str(error), use, required=True)
    return Finding(thing, "ok", f"{version}, from {server.source}", use, required=True)


def find_docker() -> Finding:
    """Find Docker and an engine that runs."""
    # Answered by the engine, not by the program alone.
    question = ["version", "--format", "Docker {{.Server.Version}}"]
    return find_program(
        "Docker",
        ["docker"],
        question,
        "`docker compose up`",
        missing="install Docker Engine and its compose plugin (docs.docker.com)",
        not_working="start Docker, and let your user talk to it",
    )


def find_node() -> Finding:
    """Find Node.js."""
    return find_program(
        "Node",
        ["node"],
        ["--version"],
        "BullMQ and NestJS",
        missing="install Node.js 20 or newer (nodejs.org)",
        not_working="install Node.js again (nodejs.org)",
    )


def find_chromium() -> Finding:
    """Find a Chromium that the browser tests can drive."""
    return find_program(
        "Chromium",
        ["chromium", "chromium-browser", "google-chrome"],
        ["--version"],
        "the browser tests",
        missing="install it (Debian: `apt install chromium`)",
        not_working="install it again (Debian: `apt install --reinstall chromium`)",
    )


def find_sandbox() -> Finding:
    """Find bubblewrap, and a kernel that lets it make its sandbox."""
    return find_program(
        "Sandbox",
        ["bwrap"],
        # Makes a sandbox, and prints the version inside it.
        ["--ro-bind", "/", "/", "--unshare-all", "bwrap", "--version"],
        "grading labs",
        missing="install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`)",
        not_working="allow unprivileged user namespaces (Ubuntu: an AppArmor profile for bwrap)",
    )


def find_program(
    thing: str, names: list[str], question: list[str], use: str, *, missing: str, not_working: str
) -> Finding:
    """Find an optional program under one of its names and ask it the question that only a working one answers."""
    path = next(filter(None, map(shutil.which, names)), None)
    if not path:
        return Finding(thing, "missing", missing, use)
    answer = ask([path, *question])
    if not answer:
        return Finding(thing, "not working", not_working, use)
    return Finding(thing, "ok", answer, use)


def ask(command: list[str]) -> str | None:
    """Return the first line that a program prints; None when it fails, hangs or says nothing."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().partition("\n")[0] or None
