"""The chapters as readers treat them: sections alone, in any order, twice, on their own server, killed in the middle.

nbval runs each chapter from top to bottom, on a server of the bench's. Here a chapter is one kernel on a server of the
reader's, where chapters follow one another in reverse order. In the kernel each section stands alone, the last one
first: nothing is left of another one but what the process keeps, and of what it could lean on nothing has run yet.
The kernels run in the background, while the tests wait for what each of them needs.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections import defaultdict
from concurrent.futures import Future
from contextlib import suppress
from functools import cache

import pytest
from jupyter_client.manager import start_new_kernel
from nbformat import NotebookNode
from redis import Redis

from tests.notebook_tools import (
    CHAPTERS,
    KERNEL_ARGUMENTS,
    ROOT,
    client_for,
    code,
    code_of,
    notebook_of,
    processes_of,
    session_environment,
    tags_of,
    texts_of,
)
from workbook.author.notebooks import read
from workbook.bench import BenchTimeout, wait_until
from workbook.bench.server import PrivateServer
from workbook.keeper.keeper import Keeper

DATABASES = (5, 6)  # of the reader's server; in each, one chapter after the other
RESULT_SECONDS = 900
GONE_SECONDS = 60
NOTEBOOKS = ROOT / "notebooks"
NEW_PROCESS = "bench.close()\nbench.modules.sources.clear()\nget_ipython().reset()"  # as far as one process can
TWICE = "00"
NUMBERS = [path.name[:2] for path in reversed(CHAPTERS)]  # the order in which they run
chapters = pytest.mark.parametrize("chapter", NUMBERS)


@cache
def chapter_notebook(chapter: str) -> NotebookNode:
    """A chapter's notebook; not to be changed."""
    return read(next(path for path in CHAPTERS if path.name.startswith(chapter)))


def parts(chapter: str) -> dict[int, list[NotebookNode]]:
    """The code cells of each section by its number: 0 is the set-up, -1 the close."""
    found: dict[int, list[NotebookNode]] = {0: []}
    section = 0
    for cell in chapter_notebook(chapter).cells:
        if cell.cell_type == "code":
            found.setdefault(section, []).append(cell)
            continue
        for heading in re.findall(r"^## (.*)$", cell.source, re.MULTILINE):
            numbered = re.match(r"(\d+)\. ", heading)
            # Whatever follows the last numbered section, up to the last cell, closes the chapter.
            section = int(numbered[1]) if numbered else -1 if section else 0
    return found


def sections(chapter: str) -> list[int]:
    """The numbers of a chapter's sections, in the order in which they run."""
    return sorted((section for section in parts(chapter) if section > 0), reverse=True)


def each_alone(chapter: str) -> NotebookNode:
    """A notebook of each section, last first, after the set-up and before the close; outputs are empty.

    Its code cells tell in their metadata of which section they are.
    """
    of = parts(chapter)
    found = []
    for section in sections(chapter):
        for cell in (*of[0], *of[section], *of[-1], code(NEW_PROCESS)):
            found.append(code(cell.source, *tags_of(cell)))
            found[-1].metadata["section"] = section
    return notebook_of(*found)


def twice(chapter: str) -> NotebookNode:
    """A notebook of all cells of a chapter and of all again, as "Run All" pressed twice is; outputs are empty."""
    cells = code_of(chapter_notebook(chapter))
    return notebook_of(*(code(cell.source, *tags_of(cell)) for cell in (*cells, *cells)))


def revealed(notebook: NotebookNode) -> dict[str, str]:
    """What each reveal showed, by question."""
    lines = [text.splitlines()[0] for cell in code_of(notebook) for text in texts_of(cell) if text.strip()]
    return {line[:3]: line[5:] for line in lines if re.match(r"\d\d[a-z]: (?!no guess yet)", line)}


class Background:
    """Executes notebooks in a thread; those in the same line one after the other."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.lines: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.closing = False

    def start(self, notebook: NotebookNode, environment: dict[str, str], line: str) -> Future:
        """Execute a notebook when those before it in its line have ended; the future's result is it, executed."""

        async def execute() -> NotebookNode:
            async with self.lines[line]:
                if self.closing:
                    raise asyncio.CancelledError
                await client_for(notebook, NOTEBOOKS).async_execute(env=environment)
                return notebook

        return asyncio.run_coroutine_threadsafe(execute(), self.loop)

    def close(self) -> None:
        """Wait for the notebooks that run still (each has its time limits), begin no other."""

        async def end() -> None:
            self.closing = True
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(RESULT_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The TMPDIR of the kernels in the background."""
    return tmp_path_factory.mktemp("chapters")


@pytest.fixture(scope="module")
def readers_server(folder):
    """A server of the reader's own: database 0 holds another program's keys, others are for the course."""
    keeper = Keeper()
    server = PrivateServer(keeper, "readers")
    url = server.url.removesuffix("/0")
    with Redis.from_url(f"{url}/0") as foreign:
        foreign.mset({"app:user:1": "ada", "rq:queue:default": "a list of another program", "workbook": "x"})
        foreign.rpush("bull:mail:wait", "1", "2")
        yield url, foreign, {key: foreign.dump(key) for key in foreign.scan_iter()}
    keeper.close()


@pytest.fixture(scope="module")
def background(folder, readers_server):
    """Everything that takes time, under way."""
    url, _, _ = readers_server
    running, results = Background(), {}
    # The chapter that is run twice goes first: the others find its database as it left it.
    for place, number in enumerate([TWICE, *NUMBERS]):
        address = f"{url}/{DATABASES[place % len(DATABASES)]}"
        name, notebook = (number, each_alone(number)) if place else ("twice", twice(number))
        results[name] = running.start(notebook, session_environment(folder, REDIS_URL=address), address)
    yield results
    running.close()


# ---- killed in the middle: in the foreground, while the others run


@pytest.fixture
def killed_folder(tmp_path):
    """The TMPDIR of a kernel that will be killed."""
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def left_in(folder) -> list[str]:
    """Processes and scratch folders that are left of a kernel."""
    return [*processes_of(folder).values(), *map(str, folder.glob("rq-workbook-*"))]


def assert_nothing_is_left_in(folder) -> None:
    with suppress(BenchTimeout):
        wait_until(lambda: not left_in(folder), GONE_SECONDS)
    assert left_in(folder) == []


@pytest.fixture
def busy_kernel(killed_folder, background):
    """A kernel in the middle of chapter 02, in the cell whose worker runs jobs: manager, client, message id.

    The jobs take so long that the cell does not end by itself, and what is sent to the kernel after it is run although
    it fails: JupyterLab's next cell is run, too, as it is sent when the kernel is idle again.
    """
    manager, client = start_new_kernel(
        kernel_name="python3",
        extra_arguments=KERNEL_ARGUMENTS,
        cwd=str(NOTEBOOKS),
        env=session_environment(killed_folder),
    )
    try:
        cells = code_of(chapter_notebook("02"))
        busy = next(number for number, cell in enumerate(cells) if "bench.start_rq(" in cell.source)
        for cell in cells[:busy]:
            source = cell.source.replace("time.sleep(0.2)", "time.sleep(600)")
            reply = client.execute_interactive(source, timeout=60, output_hook=lambda _: None)
            assert reply["content"]["status"] == "ok"
        endless = cells[busy].source.replace("jobs), what=", "jobs), 600, what=")
        assert "600" in endless
        message = client.execute(endless, stop_on_error=False)
        wait_until(lambda: has_work_horse(killed_folder), 60, "a worker at work")
        yield manager, client, message
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def has_work_horse(folder) -> bool:
    """Whether a worker's child is at work: two processes with the command line of one worker."""
    commands = [
        command for command in processes_of(folder).values() if "rq.cli worker" in command or "rq: Worker" in command
    ]
    return len(commands) > 1


def test_a_kernel_that_is_killed_while_its_worker_works_leaves_nothing(busy_kernel, killed_folder):
    manager, _, _ = busy_kernel
    running = " ".join(processes_of(killed_folder).values())
    assert "valkey-server" in running or "redis-server" in running
    assert list(killed_folder.glob("rq-workbook-*"))
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    assert_nothing_is_left_in(killed_folder)


def test_a_chapter_that_is_interrupted_half_way_and_closed_leaves_nothing(busy_kernel, killed_folder):
    manager, client, message = busy_kernel
    # The reader goes on: the bench is as it was, until the notebook is closed.
    again = client.execute("assert bench.redis.ping()")
    manager.interrupt_kernel()
    assert reply_to(client, message)["ename"] == "KeyboardInterrupt"
    assert reply_to(client, again)["status"] == "ok"
    assert left_in(killed_folder)
    manager.shutdown_kernel()
    assert_nothing_is_left_in(killed_folder)


def reply_to(client, message) -> dict:
    """The content of the kernel's reply to a message; replies to others are passed over."""
    while (reply := client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != message:
        pass
    return reply["content"]


# ---- in the background


@chapters
def test_a_chapter_has_a_set_up_numbered_sections_and_a_close(chapter):
    found = parts(chapter)
    assert sorted(found) == list(range(-1, len(found) - 1))
    assert all(found.values())


def test_a_chapter_runs_twice_in_a_row_in_one_kernel(background):
    notebook = background["twice"].result(RESULT_SECONDS)
    expected = chapter_notebook(TWICE)
    cells = code_of(notebook)
    for half in (cells[: len(cells) // 2], cells[len(cells) // 2 :]):
        assert revealed(notebook_of(*half)) == revealed(expected)


@pytest.mark.parametrize(("chapter", "section"), [(each, section) for each in NUMBERS for section in sections(each)])
def test_a_section_runs_alone_after_the_set_up_and_shows_the_same(background, chapter, section):
    executed = background[chapter].result(RESULT_SECONDS)
    cells = [cell for cell in code_of(executed) if cell.metadata["section"] == section]
    assert revealed(notebook_of(*cells)) == revealed(notebook_of(*parts(chapter)[section]))


def test_chapters_in_reverse_order_leave_a_readers_own_server_as_it_was(background, readers_server):
    url, foreign, before = readers_server
    for future in background.values():
        future.result(RESULT_SECONDS)
    # It was the reader's server that they used.
    assert foreign.info("commandstats")["cmdstat_rpush"]["calls"] > len(CHAPTERS)
    for number in DATABASES:
        with Redis.from_url(f"{url}/{number}") as database:
            wait_until(lambda: database.dbsize() == 0, 60, f"an empty database; it holds {database.keys()}")
    assert {key: foreign.dump(key) for key in foreign.scan_iter()} == before
    assert list(foreign.info("keyspace")) == ["db0"]


def test_when_all_are_through_nothing_is_left(background, folder):
    for future in background.values():
        future.exception(RESULT_SECONDS)
    assert_nothing_is_left_in(folder)
