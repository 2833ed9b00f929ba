"""The figures: drawn from real jobs, whatever is in Redis; nothing is unpickled, no setting of the reader changed."""

from __future__ import annotations

import io
import pickle
import warnings
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex
from redis import Redis
from rq import Queue

from tests.notebook_tools import client_for, code_of, notebook_of, session_environment
from workbook.bench import Bench
from workbook.view import latency, timeline
from workbook.view.lanes import parse_time
from workbook.view.latency import WAYS, in_words
from workbook.view.style import SETTINGS, STATE_COLORS

mpl.use("agg")


@pytest.fixture(scope="module")
def jobs():
    """A bench whose burst worker has run a job that succeeds and one that fails; a third was enqueued afterwards."""
    bench = Bench("view")
    queue = Queue("default", connection=bench.redis)
    queue.enqueue("time.sleep", 0.05, job_id="good")
    queue.enqueue("math.sqrt", -1, job_id="bad")
    assert bench.rq("worker --burst default").returncode == 0
    queue.enqueue("time.sleep", 0, job_id="waiting")
    yield bench
    bench.close()


def drawn(figure):
    """Draw a figure to its last pixel, warnings being errors but for letters that the font lacks; returns it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Glyph")
        figure.savefig(file := io.BytesIO(), format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure


def words(figure):
    """The words that stand in the lanes."""
    return [text.get_text() for text in figure.axes[0].texts]


def names(figure):
    """The names of the lanes."""
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def bars(figure):
    """Lane, colour, begin and width of each bar."""
    return [
        (round(bar.get_y() + bar.get_height() / 2), to_hex(bar.get_facecolor()), bar.get_x(), bar.get_width())
        for bar in figure.axes[0].patches
    ]


def put(redis, job_id, **fields):
    """Write a job's hash by hand, raw."""
    redis.hset(f"rq:job:{job_id}", mapping=fields)


# ---- timeline


def test_a_timeline_shows_each_jobs_waiting_running_and_end(jobs):
    figure = drawn(timeline(jobs.redis, ["good", "bad", "waiting"], title="One fails, one waits"))
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "One fails, one waits"
    assert names(figure) == ["good", "bad", "waiting"]
    assert words(figure) == ["finished", "failed", "queued"]
    queued, started = STATE_COLORS["queued"], STATE_COLORS["started"]
    found = bars(figure)
    assert [(lane, color) for lane, color, _, _ in found] == [
        (0, queued),
        (0, started),
        (1, queued),
        (1, started),
        (2, queued),
    ]
    # Of the two jobs of one worker, the second begins after the first has ended; the sleep takes its 50 ms.
    (_, _, _, _), (_, _, first_start, first_width), _, (_, _, second_start, _), _ = found
    assert first_width >= 0.05
    assert second_start >= first_start + first_width
    assert {to_hex(line.get_color()) for line in axes.lines} == {STATE_COLORS["finished"], STATE_COLORS["failed"]}
    assert len({line.get_marker() for line in axes.lines}) == 2  # not by colour alone
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["queued", "started"]


def test_the_times_drawn_are_those_that_rq_wrote(jobs):
    began, ended = jobs.redis.hmget("rq:job:good", "started_at", "ended_at")
    _, (_, _, _, width) = bars(timeline(jobs.redis, ["good"], title="t"))
    assert width == pytest.approx(parse_time(ended) - parse_time(began))


def test_all_colours_come_from_the_style(jobs):
    figure = timeline(jobs.redis, ["good", "bad", "waiting"], title="t")
    assert {color for _, color, _, _ in bars(figure)} <= set(STATE_COLORS.values())
    assert {to_hex(line.get_color()) for line in figure.axes[0].lines} <= set(STATE_COLORS.values())


def test_a_job_that_is_gone_gets_a_lane_that_says_so(jobs):
    figure = drawn(timeline(jobs.redis, ["good", "gone"], title="t"))
    assert names(figure) == ["good", "gone"]
    assert words(figure) == ["finished", "no such job"]
    assert {lane for lane, _, _, _ in bars(figure)} == {0}


def test_no_jobs_or_only_jobs_that_are_gone_make_an_empty_figure(jobs):
    assert words(drawn(timeline(jobs.redis, ["gone"], title="t"))) == ["no such job"]
    assert words(drawn(timeline(jobs.redis, [], title="t"))) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "finished", "enqueued_at": "yesterday", "started_at": "", "ended_at": "x" * 10_000},
        {"status": b"\xff\xfe", "enqueued_at": b"\xff\xfe", "started_at": b"\x00", "ended_at": b"\x80\x04."},
        {"status": "finished", "ended_at": "2026-11-24T10:00:00.000000Z"},
        {"status": "started", "started_at": "2026-11-24T10:00:00.000000Z"},
        {
            "status": "finished",
            "enqueued_at": "2026-11-24T10:00:09Z",
            "started_at": "2026-11-24T10:00:05Z",
            "ended_at": "2026-11-24T10:00:01Z",
        },
        {"status": "finished", "enqueued_at": "0001-01-01T00:00:00Z", "ended_at": "9999-12-31T23:59:59Z"},
        {"status": "invented"},
        {"status": "$\\frac$ 5 $"},
        {"status": ""},
        {"other": "1"},
    ],
)
def test_whatever_stands_in_a_hash_a_figure_is_drawn(jobs, fields):
    put(jobs.redis, "odd", **fields)
    figure = drawn(timeline(jobs.redis, ["good", "odd", "bad"], title="t"))
    assert names(figure) == ["good", "odd", "bad"]
    assert [words(figure)[0], words(figure)[2]] == ["finished", "failed"]
    assert all(width >= 0 for _, _, _, width in bars(figure))
    jobs.redis.delete("rq:job:odd")


@pytest.mark.parametrize("job_id", ["costs $5 and $6", "$\\frac$", "a\nb", "ümläut", "<b>&amp;", "%s {x}", "x" * 40])
def test_whatever_a_job_is_called_a_figure_is_drawn(jobs, job_id):
    put(jobs.redis, job_id, status="queued", enqueued_at="2026-11-24T10:00:00Z")
    assert names(drawn(timeline(jobs.redis, [job_id], title=f"About {job_id}"))) == [job_id]
    jobs.redis.delete(f"rq:job:{job_id}")


class Poison:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, proof):
        self.proof = proof

    def __reduce__(self):
        return Path.touch, (self.proof,)


def test_nothing_is_unpickled(jobs, tmp_path):
    poison = pickle.dumps(Poison(tmp_path / "control"))
    pickle.loads(poison)
    assert (tmp_path / "control").exists()  # the poison works
    proof = tmp_path / "proof"  # a file that nothing must make
    poison = pickle.dumps(Poison(proof))
    fields = ("data", "result", "exc_info", "meta", "enqueued_at", "started_at", "ended_at")
    put(jobs.redis, "poisoned", status="finished", **dict.fromkeys(fields, poison))
    drawn(timeline(jobs.redis, ["poisoned"], title="t"))
    assert not proof.exists()
    jobs.redis.delete("rq:job:poisoned")


def test_nothing_but_the_hashes_named_is_read_and_nothing_written(jobs):
    before = {key: jobs.redis.dump(key) for key in jobs.redis.scan_iter()}
    timeline(jobs.redis, ["good", "gone"], title="t")
    assert {key: jobs.redis.dump(key) for key in jobs.redis.scan_iter()} == before


def test_another_prefix_can_be_looked_at(jobs):
    jobs.redis.hset("other:job:1", mapping={"status": "queued", "enqueued_at": "2026-11-24T10:00:00Z"})
    assert words(timeline(jobs.redis, ["1"], title="t", prefix="other")) == ["queued"]
    assert words(timeline(jobs.redis, ["1"], title="t")) == ["no such job"]


def test_a_client_that_decodes_responses_can_be_given_too(jobs):
    with Redis.from_url(jobs.url, decode_responses=True) as client:
        assert words(drawn(timeline(client, ["good", "gone"], title="t"))) == ["finished", "no such job"]


# ---- latency


def test_a_latency_figure_has_a_row_for_each_measured_time(jobs):
    seconds = {"calm": {"inline": 0.061, "enqueue": 0.004}, "busy": {"inline": 2.5, "enqueue": 0.004}}
    figure = drawn(latency(seconds, title="Busy is slow"))
    assert names(figure) == ["calm: inline", "calm: enqueue", "busy: inline", "busy: enqueue"]
    assert words(figure) == ["61 ms", "4 ms", "2.5 s", "4 ms"]
    colors = [color for _, color, _, _ in bars(figure)]
    assert colors == [*WAYS[:2], *WAYS[:2]]
    assert set(colors) <= set(STATE_COLORS.values())
    assert figure.axes[0].get_title(loc="left") == "Busy is slow"


@pytest.mark.parametrize(
    "seconds", [{"a": {"b": 1e-5}}, {"a": {"b": 1e-9, "c": 1e5}}, {"a": {str(n): 1.0 for n in range(9)}}]
)
def test_extreme_times_are_drawn(seconds):
    figure = drawn(latency(seconds, title="t"))
    left, right = figure.axes[0].get_xlim()
    assert all(left < value * 1000 < right for ways in seconds.values() for value in ways.values())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.004, "4 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1, "1 s"),
        (2.51, "2.5 s"),
        (9.96, "10 s"),
        (12, "12 s"),
        (100, "100 s"),
        (123, "123 s"),
    ],
)
def test_times_are_said_as_a_person_would(seconds, said):
    assert in_words(seconds) == said


# ---- beside the figure


def test_the_readers_own_settings_stay_as_they_are(jobs):
    with mpl.rc_context({"axes.titlesize": 33, "axes.spines.top": True}):
        before = dict(mpl.rcParams)
        drawn(timeline(jobs.redis, ["good"], title="t"))
        drawn(latency({"a": {"b": 1.0}}, title="t"))
        assert dict(mpl.rcParams) == before
    assert mpl.rcParams["axes.titlesize"] != SETTINGS["axes.titlesize"]


def test_a_cell_that_returns_a_figure_shows_it_once_and_one_that_keeps_it_not_at_all(jobs, tmp_path):
    notebook = notebook_of(
        "import os\nfrom redis import Redis\nfrom workbook.view import latency, timeline\n"
        "redis = Redis.from_url(os.environ['URL'])",
        "timeline(redis, ['good', 'bad'], title='t')",
        "latency({'a': {'b': 1.0}}, title='t')",
        "figure = timeline(redis, ['good'], title='t')",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums(), plt.rcParams['axes.titlesize'])",
    )
    client_for(notebook, tmp_path).execute(env=session_environment(tmp_path, URL=jobs.url))
    cells = code_of(notebook)
    for cell in cells[1:3]:
        [shown] = cell.outputs
        assert shown.output_type == "execute_result"
        assert "image/png" in shown.data
    assert [cell.outputs[0].data["text/plain"] for cell in cells[1:3]] == [
        "Timeline: t\n  good: queued, started, finished\n  bad: queued, started, failed",
        "Figure: t\n  a: b",
    ]
    assert cells[3].outputs == []
    assert cells[4].outputs[0].text == "[] large\n"
