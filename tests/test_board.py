"""The board: true numbers, one round trip, nothing changed, and a picture that moves while a cell is busy."""

import threading

import pytest
from notebook_tools import notebook_of
from redis import Redis
from rq import Queue

from workbook.author.execute import execute
from workbook.bench import open_bench
from workbook.view import board, trace


@pytest.fixture(scope="module")
def bench():
    bench = open_bench("board")
    bench.modules.save("work", "def good():\n    return 1\n\n\ndef bad():\n    raise ValueError\n")
    yield bench
    bench.close()


@pytest.fixture
def queue(bench):
    queue = Queue("default", connection=bench.redis)
    for key in bench.redis.keys("rq:*"):
        bench.redis.delete(key)
    return queue


def row(shown, queue="default"):
    table = shown.read()
    [found] = [row for row in table.rows if row[0] == queue]
    return dict(zip(table.headers[1:], map(int, found[1:]), strict=True))


def test_it_counts_jobs_by_state(bench, queue):
    queue.enqueue("work.good")
    queue.enqueue("work.bad", job_id="bad")
    bench.rq("worker --burst default")
    queue.enqueue("work.good", depends_on="bad")
    queue.enqueue("work.good")
    assert row(board(bench.redis)) == {
        "queued": 1, "taken": 0, "started": 0, "scheduled": 0, "deferred": 1, "finished": 1, "failed": 1,
    }  # fmt: skip


def test_several_queues_have_a_row_each_and_empty_ones_too(bench, queue):
    Queue("mail", connection=bench.redis).enqueue("work.good")
    shown = board(bench.redis, "default", "mail")
    assert (row(shown, "default")["queued"], row(shown, "mail")["queued"]) == (0, 1)


def test_it_names_workers_and_tells_the_dead_from_the_living(bench, queue):
    assert "No worker is registered." in repr(board(bench.redis))
    worker = bench.start_rq("worker default --name anna")
    bench.redis.sadd("rq:workers", "rq:worker:bert")
    assert "anna: idle, listens to default, 0 jobs done, 0 failed" in repr(board(bench.redis))
    assert "bert: gone without a word" in board(bench.redis)._repr_html_()
    worker.stop()


def test_one_look_is_one_round_trip_of_reading_commands(bench, queue):
    bench.redis.ping()
    with trace(bench.redis) as seen:
        board(bench.redis, "default", "mail").read()
    assert {command.name for command in seen.commands} == {"LLEN", "ZCARD", "SORT"}
    assert seen.round_trips == 1


def test_it_serves_a_client_that_decodes(bench, queue):
    queue.enqueue("work.good")
    with Redis.from_url(bench.url, decode_responses=True) as client:
        assert row(board(client))["queued"] == 1


def test_in_a_terminal_the_live_board_is_printed_once_at_the_end(bench, queue, capsys):
    before = threading.active_count()
    with board(bench.redis).live():
        queue.enqueue("work.good")
    printed = capsys.readouterr().out
    assert printed.count("Jobs by queue and state") == 1
    assert threading.active_count() == before


def test_in_a_notebook_it_moves_while_the_cell_is_busy(tmp_path):
    notebook = notebook_of(
        "from workbook import open_bench\nfrom workbook.view import board\nfrom rq import Queue\n"
        "bench = open_bench('b')\nqueue = Queue(connection=bench.redis)",
        "from workbook import wait_until\nupdates = []\n"
        "shown = board(bench.redis)\nread = shown.read\n"
        "shown.read = lambda: (updates.append(read()), updates[-1])[1]\n"
        "with shown.live(every=0.01):\n"
        "    queue.enqueue(len, 'Ada')\n"
        "    wait_until(lambda: any(table.rows[0][1] == '1' for table in updates))\n",
        "bench.close()",
    )
    execute(notebook, tmp_path / "board.ipynb")
    [output] = [output for output in notebook.cells[1].outputs if output.output_type == "display_data"]
    assert "Jobs by queue and state" in output.data["text/plain"]
    assert "<caption" in output.data["text/html"]


def test_a_server_that_goes_away_does_not_break_the_cell(bench):
    server = bench.private_server("board-goes-away")
    client = Redis.from_url(server.url)
    shown = board(client)

    class Handle:
        shown = ""

        def update(self, table):
            Handle.shown = repr(table)

    server.kill()
    shown._draw(Handle())
    assert "The server does not answer" in Handle.shown
