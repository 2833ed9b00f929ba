"""The engine of the checks: what is said of an answer, in every state it can be in; with a small lab of our own."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from tests.notebook_tools import ROOT, code, notebook_of
from workbook.author.notebooks import dump
from workbook.box.box import QUEUE
from workbook.box.plain import PlainSlot
from workbook.check.answers import Blank, module_cells, read_answers, same_code
from workbook.check.engine import Examiner
from workbook.check.evidence import UNREADABLE, places, ran, read_job, read_value
from workbook.check.outcome import Finding, expect, right
from workbook.check.question import CheckError, Lab, Question
from workbook.course import lab as lab_in_notebook

HINTS = ("think", "look", "write")


def judge_double(box, rng):
    number = rng.randrange(1000)
    value = ran(box.call("double.double", number), "`double(n)`").value
    expect(
        type(value) is int and value == 2 * number,
        Finding(f"`double({number})`", repr(value), str(2 * number), "It is added."),
        points=1,
    )
    return right(3, "`double` of a number")


def judge_send(box, rng):
    number = rng.randrange(1000)
    id = ran(box.call("send.send", QUEUE, number), "`send(queue, n)`").value
    ran(box.work(), "a worker")
    job = read_job(box.redis, str(id))
    finding = Finding("a worker", job.failure, "finished", "It must run.")
    expect(job.status == "finished" and job.value == number, finding)
    return right(2, "`send`, then a worker")


def judge_broken(box, rng):
    raise KeyError("ours")


SMALL = Lab(
    "99",
    "a small one",
    (
        Question("q1", "double", 3, "double", judge_double, HINTS),
        Question("q2", "send", 2, "send", judge_send, HINTS, needs=("q1",)),
        Question("q3", "ours", 1, "ours", judge_broken, HINTS),
    ),
)
BLANK = Blank(
    {
        "double": "def double(number):\n    ...\n",
        "send": "def send(queue, number):\n    ...\n",
        "ours": "x = 1\n",
        "given": "def same(value):\n    return value\n",
    }
)
RIGHT = {
    **BLANK.modules,
    "double": "def double(number):\n    return number + number\n",
    "send": "from given import same\n\ndef send(queue, number):\n    return queue.enqueue(same, number).id\n",
}


@pytest.fixture(scope="module")
def slot():
    slot = PlainSlot()
    yield slot
    slot.close()


@pytest.fixture
def box(slot):
    return slot.renew(0)


@pytest.fixture
def examiner(slot):
    return Examiner(SMALL, BLANK, slot, lambda: RIGHT)


def outcome_of(examiner, id, **answers):
    return examiner.judge(id, {**RIGHT, **answers}).outcome


def test_a_right_answer_has_all_points_and_reads_the_same_twice(examiner):
    first, second = outcome_of(examiner, "q1"), outcome_of(examiner, "q1")
    assert (first.state, first.points) == ("right", 3)
    assert first == second


def test_a_wrong_answer_is_told_what_came_back_and_why_it_matters(examiner):
    verdict = examiner.judge("q1", {**RIGHT, "double": "def double(number):\n    return number\n"}, seed=7)
    again = examiner.judge("q1", {**RIGHT, "double": "def double(number):\n    return number\n"}, seed=7)
    assert verdict.outcome == again.outcome
    assert (verdict.outcome.state, verdict.outcome.points, verdict.outcome.hint) == ("not yet", 1, 1)
    assert int(verdict.outcome.finding.expected) == 2 * int(verdict.outcome.finding.got)
    assert verdict.outcome.finding.lesson == "It is added."
    assert json.loads(json.dumps(verdict.outcome.as_json()))["public"] is True


@pytest.mark.parametrize(
    "source", ["def double(number):\n    ...\n", "# a comment\ndef double(number):\n\n    ...  # soon\n"]
)
def test_an_untouched_answer_is_not_started(examiner, source):
    assert outcome_of(examiner, "q1", double=source).state == "not started"


def test_a_cell_that_was_never_run_is_not_started(examiner):
    outcome = examiner.judge("q1", {}).outcome
    assert (outcome.state, outcome.finding.got) == ("not started", "The cell `%%module double` was not run yet.")


def test_a_half_written_cell_is_told_with_its_line(examiner):
    outcome = outcome_of(examiner, "q1", double="def double(number:\n    return 2\n")
    assert outcome.state == "not yet"
    assert "double.py, line 1: def double(number:" in outcome.finding.got


def test_a_question_waits_for_the_one_it_builds_on(examiner):
    outcome = outcome_of(examiner, "q2", double="def double(number):\n    return 0\n")
    assert (outcome.state, outcome.finding.got) == ("not yet", "q1 is not right yet")
    assert outcome_of(examiner, "q2").state == "right"


def test_given_modules_are_those_that_were_handed_out(examiner):
    assert outcome_of(examiner, "q2", given="def same(value):\n    return 0\n").state == "right"


def test_a_fault_of_ours_is_called_ours(examiner):
    outcome = outcome_of(examiner, "q3", ours="x = 2\n")
    assert outcome.state == "could not judge"
    assert "fault of the course" in outcome.finding.lesson


HOSTILE = {
    "raises": ("raise ValueError('no')", "ValueError: no\ndouble.py, line 2: raise ValueError('no')"),
    "loops": ("while True: pass", "did not end"),
    "exits": ("import sys; sys.exit()", "called exit"),
    "leaves": ("import os; os._exit(0)", "ended its own process (exit 0)"),
    "asks": ("input()", "asked for input"),
    "floods": ("while True: print('x' * 100_000)", "more than 8 MB"),
    "grows": ("bytearray(4 << 30)", "more than 1 GiB"),
    "kills": ("import os; os.kill(os.getppid(), 9); import time; time.sleep(9)", "ended or blocked"),
    "recurses": ("return double(number)", "RecursionError"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_answer_does_is_said_and_the_next_check_works(examiner, name):
    line, said = HOSTILE[name]
    outcome = outcome_of(examiner, "q1", double=f"def double(number):\n    {line}\n")
    assert outcome.state == "not yet"
    assert said in outcome.finding.got
    assert "Traceback" not in outcome.finding.got
    assert outcome_of(examiner, "q1").state == "right"


def test_an_object_equal_to_everything_convinces_nobody(examiner):
    source = (
        "class Equal(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = int.__hash__\n\n"
        "def double(number):\n    return Equal()\n"
    )
    assert outcome_of(examiner, "q1", double=source).state == "not yet"


def test_a_job_that_returns_such_an_object_is_not_unpickled(examiner, tmp_path):
    proof = tmp_path / "ran"
    source = (
        "import os\n\nclass Evil:\n    def __reduce__(self):\n"
        f"        return os.system, ('touch {proof}',)\n\n"
        "def evil(number):\n    return Evil()\n\ndef send(queue, number):\n    return queue.enqueue(evil, number).id\n"
    )
    assert outcome_of(examiner, "q2", send=source).state == "not yet"
    assert not proof.exists()


def test_what_cannot_be_read_as_plain_data_has_one_name():
    import base64
    import pickle

    assert read_value(base64.b64encode(pickle.dumps({"a": [1, None]}))) == {"a": [1, None]}
    assert read_value(base64.b64encode(pickle.dumps(print))) == UNREADABLE
    assert read_value(b"\x00") == UNREADABLE


def test_places_are_read_at_once(box):
    box.put({"jobs.py": "def works():\n    return 1\n\ndef fails():\n    raise OSError('down')\n"})
    assert places(box.redis).settled
    box.enqueue("jobs.works", job_id="a")
    assert places(box.redis).queued == ("a",)
    box.enqueue("jobs.fails", job_id="b")
    box.work()
    there = places(box.redis)
    assert (there.settled, there.finished, there.failed) == (True, ("a",), ("b",))
    job = read_job(box.redis, "b")
    assert (job.status, job.failure, job.lines) == ("failed", "OSError: down", "jobs.py, line 5: raise OSError('down')")
    assert read_job(box.redis, "none").status == ""


def test_a_failure_is_the_line_that_names_the_exception(box):
    box.put({"jobs.py": "def fails():\n    raise OSError('down\\nsee the manual')\n"})
    box.enqueue("jobs.fails", job_id="a")
    box.work()
    assert read_job(box.redis, "a").failure == "OSError: down"


def test_answers_are_found_in_a_notebook_without_a_kernel(tmp_path):
    notebook = notebook_of(code("%%module one\nx = 1"), code("print()"), code("%%module one\nx = 2"), "%%module two")
    path = tmp_path / "lab.ipynb"
    path.write_text(dump(notebook))
    assert read_answers(path) == {"one": "x = 2"}
    path.write_text("{")
    with pytest.raises(CheckError, match="is not a notebook that can be read"):
        read_answers(path)


@pytest.mark.parametrize("strange", [None, [], {}, {"cells": 3}, {"cells": [3, {"cell_type": "code", "source": 5}]}])
def test_a_strange_notebook_has_no_answers(strange):
    assert module_cells(strange) == {}


def test_the_same_code_is_the_same_whatever_its_layout():
    assert same_code("x = 1  # one", "x=1")
    assert not same_code("x = 1", "x = 2")
    assert same_code("def f(:", "def f(:")
    assert not same_code("def f(:", "def g(:")


# ---- in a notebook


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The small lab, open as a notebook opens it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab_in_notebook, "find_lab", lambda number: SMALL)
    monkeypatch.setattr(lab_in_notebook, "blank_of_lab", lambda number: BLANK)
    bench = lab_in_notebook.open_lab("99")
    yield bench
    lab_in_notebook._open.examiner.close()
    bench.close()
    lab_in_notebook._open = None


def test_check_hint_and_progress_in_a_notebook(opened, capsys):
    assert "not started" in repr(lab_in_notebook.check("q1"))
    opened.modules.save("double", "def double(number):\n    return 1\n")
    card = lab_in_notebook.check("q1")
    assert repr(card).startswith("q1 double: not yet, 1 of 3 points\nTried: `double(")
    assert 'Stuck? hint("q1")' in repr(card)
    steps = [lab_in_notebook.hint("q1") for _ in range(4)]
    assert [step.lines[0] for step in steps] == ["think", "look", "write", "write"]
    assert lab_in_notebook.hint("q1", 2).lines[0] == "look"
    with pytest.raises(CheckError, match="the steps are 1 to 3"):
        lab_in_notebook.hint("q1", 4)
    opened.modules.save("double", RIGHT["double"])
    assert lab_in_notebook.check("q1").heading == "q1 double: right, 3 of 3 points"
    assert lab_in_notebook.progress().lines[0] == "q1 double: right, 3 of 3, 3 hints"
    assert lab_in_notebook.progress().heading == "Lab 99: 3 of 6 points"


def test_text_and_html_have_the_same_words(opened):
    import html
    import re

    opened.modules.save("double", "def double(number):\n    return '<b>'\n")
    card = lab_in_notebook.check("q1")
    words = re.sub(r"<[^>]*>", " ", card._repr_html_())
    assert "<code>double(" in card._repr_html_()
    assert html.unescape(words).split() == repr(card).replace("`", " ").split()


def test_nbgrader_gets_a_plain_number(opened, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    opened.modules.save("double", BLANK.modules["double"])
    assert lab_in_notebook.check("q1") == 0
    opened.modules.save("double", RIGHT["double"])
    assert lab_in_notebook.check("q1") == 3


def test_check_judges_what_was_run_last_though_it_is_not_python(opened):
    opened.modules.save("double", "def double(number):\n    return 2 * number\n")
    with pytest.raises(SyntaxError):
        opened.modules.save("double", "def double(number)\n    return 2 * number\n")
    assert "double.py, line 1: def double(number)" in repr(lab_in_notebook.check("q1"))
    opened.modules.save("double", "def double(number):\n    return 2 * number\n")
    assert "right" in repr(lab_in_notebook.check("q1"))


def test_a_function_of_another_name_is_named(opened):
    opened.modules.save("double", "def doubled(number):\n    return 2 * number\n")
    assert "Expected: a function double in `%%module double`" in repr(lab_in_notebook.check("q1"))


def test_without_an_open_lab_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(lab_in_notebook, "_open", None)
    with pytest.raises(CheckError, match="No lab is open"):
        lab_in_notebook.check("q1")
    with pytest.raises(CheckError, match="There is no lab '77'"):
        lab_in_notebook.open_lab("77")


# ---- on the command line


def test_the_command_judges_the_saved_labs(monkeypatch, tmp_path, capsys):
    from workbook.course import check_command

    monkeypatch.setattr(check_command, "find_lab", lambda number: SMALL)
    monkeypatch.setattr(check_command, "blank_of_lab", lambda number, folder: BLANK)
    console = Console(width=200, force_terminal=False)
    with pytest.raises(CheckError, match="Lab 99 is not in"):
        check_command.check_labs(["99"], console, tmp_path)
    (tmp_path / "my/labs").mkdir(parents=True)
    cells = [f"%%module {name}\n{text}" for name, text in RIGHT.items() if name != "ours"]
    (tmp_path / "my/labs/99_small.ipynb").write_text(dump(notebook_of(*cells)))
    assert check_command.check_labs(["99"], console, tmp_path) == 1
    said = capsys.readouterr().out
    assert "Lab 99 a small one: 5 of 6 points" in said
    assert "q3 ours: not started, 0 of 1" in said


def test_a_seed_is_shown_on_request_and_chooses_the_same_inputs_again(monkeypatch, tmp_path, capsys):
    from workbook.course import check_command

    monkeypatch.setattr(check_command, "find_lab", lambda number: SMALL)
    monkeypatch.setattr(check_command, "blank_of_lab", lambda number, folder: BLANK)
    console = Console(width=200, force_terminal=False)
    (tmp_path / "my/labs").mkdir(parents=True)
    wrong = "%%module double\ndef double(number):\n    return 3 * number + 1\n"
    (tmp_path / "my/labs/99_small.ipynb").write_text(dump(notebook_of(wrong)))
    check_command.check_labs(["99"], console, tmp_path, show_seed=True)
    first = capsys.readouterr().out
    seed = int(re.search(r"not yet, 1 of 3 \(seed (\d+)\)", first)[1])
    check_command.check_labs(["99"], console, tmp_path, seed=seed)
    again = capsys.readouterr().out
    assert re.search(r"Tried: .*", again)[0] == re.search(r"Tried: .*", first)[0]


def test_with_debug_a_fault_of_ours_is_raised(slot):
    with pytest.raises(KeyError, match="ours"):
        Examiner(SMALL, BLANK, slot, debug=True).judge("q3", {**RIGHT, "ours": "x = 2\n"})


def test_a_question_that_needs_another_is_judged_by_one_seed(slot):
    seeds = []
    needed = replace(SMALL.questions[0], judge=lambda box, rng: seeds.append(rng.random()) or right(3, "it"))
    lab = replace(SMALL, questions=(needed, *SMALL.questions[1:]))
    for _ in range(2):
        Examiner(lab, BLANK, slot).judge("q2", RIGHT, seed=5)
    assert seeds[0] == seeds[1]


def test_an_unknown_lab_is_a_sentence_on_the_command_line():
    command = [sys.executable, "-c", "import sys; from workbook.cli import main; sys.exit(main(sys.argv[1:]))"]
    done = subprocess.run([*command, "check", "77"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("There is no lab '77'; the course has ")
