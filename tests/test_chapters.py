"""The chapters as readers treat them: sections alone, in any order, twice, on their own server, killed in the middle.

The many kernels run in the background, some at a time, while the tests wait for what each of them needs.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
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

AT_ONCE = 3
RESULT_SECONDS = 900
GONE_SECONDS = 60
NOTEBOOKS = ROOT / "notebooks"
chapters = pytest.mark.parametrize("chapter", [path.name[:2] for path in CHAPTERS])


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


SECTIONS = [(path.name[:2], section) for path in CHAPTERS for section in parts(path.name[:2]) if section > 0]


def blank(cells: list[NotebookNode]) -> NotebookNode:
    """A notebook of copies of cells, without outputs; a cell may come twice."""
    return notebook_of(*(code(cell.source, *tags_of(cell)) for cell in cells))


def revealed(notebook: NotebookNode) -> dict[str, str]:
    """What each reveal showed, by question."""
    lines = [text.splitlines()[0] for cell in code_of(notebook) for text in texts_of(cell) if text.strip()]
    return {line[:3]: line[5:] for line in lines if re.match(r"\d\d[a-z]: (?!no guess yet)", line)}


class Background:
    """Executes notebooks in a thread, AT_ONCE at a time, in the order given."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.free = asyncio.Semaphore(AT_ONCE)
        self.closing = False

    def start(self, notebooks: list[NotebookNode], environment: dict[str, str]) -> Future:
        """Execute notebooks one after the other; the future's result is those, executed."""

        async def execute() -> list[NotebookNode]:
            async with self.free:
                for notebook in notebooks:
                    if self.closing:
                        raise asyncio.CancelledError
                    await client_for(notebook, NOTEBOOKS).async_execute(env=environment)
                return notebooks

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
    """A server of the reader's own: database 0 holds another program's keys, database 5 is for the course."""
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
    """Everything that takes time, under way: the run on the reader's server first, as it is the longest."""
    url, _, _ = readers_server
    running = Background()
    # In reverse order. The last is run twice in one kernel, as "Run All" pressed twice does.
    numbers = [path.name[:2] for path in reversed(CHAPTERS)]
    cells = {number: code_of(chapter_notebook(number)) for number in numbers}
    cells[numbers[-1]] *= 2
    in_a_row = [blank(cells[number]) for number in numbers]
    results = {"in a row": running.start(in_a_row, session_environment(folder, REDIS_URL=f"{url}/5"))}
    environment = session_environment(folder)
    for chapter, section in SECTIONS:
        of = parts(chapter)
        results[chapter, section] = running.start([blank([*of[0], *of[section], *of[-1]])], environment)
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


@pytest.mark.parametrize(("chapter", "section"), SECTIONS)
def test_a_section_runs_alone_after_the_set_up_and_shows_the_same(background, chapter, section):
    [notebook] = background[chapter, section].result(RESULT_SECONDS)
    committed = revealed(notebook_of(*parts(chapter)[section]))
    assert revealed(notebook) == committed


def test_chapters_run_in_reverse_order_and_twice_on_a_readers_own_server_and_leave_it_as_it_was(
    background, readers_server
):
    url, foreign, before = readers_server
    notebooks = background["in a row"].result(RESULT_SECONDS)
    for notebook, path in zip(notebooks, reversed(CHAPTERS), strict=True):
        expected = revealed(chapter_notebook(path.name[:2]))
        assert revealed(notebook) == expected
    # It was the reader's server that they used.
    assert foreign.info("commandstats")["cmdstat_rpush"]["calls"] > len(CHAPTERS)
    with Redis.from_url(f"{url}/5") as database:
        wait_until(lambda: database.dbsize() == 0, 60, f"an empty database; it holds {database.keys()}")
    assert {key: foreign.dump(key) for key in foreign.scan_iter()} == before
    assert list(foreign.info("keyspace")) == ["db0"]


def test_when_all_are_through_nothing_is_left(background, folder):
    for future in background.values():
        future.exception(RESULT_SECONDS)
    assert_nothing_is_left_in(folder)
