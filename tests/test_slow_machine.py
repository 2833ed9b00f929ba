"""What chapters show does not depend on the machine's speed: sections that are slow at the worst moment."""

from __future__ import annotations

import pytest

from tests.notebook_tools import ROOT, client_for, code, code_of, session_environment, text_of, without_outputs
from tests.test_chapters import parts

# An import that a job needs takes longer than the second that its job_timeout once was.
SLOW_IMPORTS = """
import sys, time

class Slow:
    def find_spec(name, path=None, target=None):
        if name == "httpx":
            time.sleep(1.5)

sys.meta_path.insert(0, Slow)
"""
# Twenty seconds pass while an idle machine would need one, by the clock that RQ reads.
SLOW_JOBS = """
from datetime import timedelta
import sys
import rq.utils, rq.worker

now, began = rq.utils.now, rq.utils.now()
for name, module in list(sys.modules.items()):
    if name.startswith("rq.") and getattr(module, "now", None) is now:
        module.now = lambda: began + 20 * (now() - began)
"""
# The second worker to start is idle by its own word, but takes five seconds to ask for a job.
SLOW_TO_ASK = """
import os, time
from rq import Queue

ask = Queue.dequeue_any.__func__

def late(queue_class, queues, *args, **options):
    try:
        open(os.path.join(os.path.dirname(__file__), "asked"), "x").close()
    except FileExistsError:
        time.sleep(5)
    Queue.dequeue_any = classmethod(ask)
    return ask(queue_class, queues, *args, **options)

Queue.dequeue_any = classmethod(late)
"""
# The notebook comes back to what a worker did eleven seconds later.
LATE_LOOK = """
import time

clock = time.time
time.time = lambda: clock() + 11
"""


def in_each_worker(source: str) -> str:
    """A cell that writes a module which Python imports first of all in every worker that the bench starts."""
    return f"_ = (bench.modules.folder / 'sitecustomize.py').write_text({source!r})"


@pytest.mark.parametrize(
    ("chapter", "section", "slow"),
    [
        ("05", 5, in_each_worker(SLOW_IMPORTS)),
        ("05", 4, in_each_worker(SLOW_JOBS)),
        ("00", 5, in_each_worker(SLOW_TO_ASK)),
        ("90", 8, LATE_LOOK),
    ],
    ids=["a timeout", "a hundred retries", "two workers", "waits"],
)
def test_a_section_shows_the_same_on_a_slow_machine(chapter, section, slow, tmp_path):
    of = parts(chapter)
    notebook = without_outputs([*of[0], code(slow), *of[section], *of[-1][-1:]])
    client_for(notebook, ROOT / "notebooks").execute(env=session_environment(tmp_path))
    shown = code_of(notebook)[len(of[0]) + 1 : -1]
    for cell, committed in zip(shown, of[section], strict=True):
        assert text_of(cell) == text_of(committed)
