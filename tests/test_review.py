"""`review`: when a question is due again, which ones are asked, and the session in a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.notebook_tools import ROOT
from workbook.course import log
from workbook.course.items import Answer, bank
from workbook.course.review import due_items, next_due, nothing_due, opened_chapters

DAY = date(2026, 11, 24)


def on(day: int, right: bool = True) -> Answer:
    """An answer on the n-th day from DAY, at noon here."""
    noon = datetime(DAY.year, DAY.month, DAY.day, 12).astimezone()
    return Answer(noon + timedelta(days=day), right)


@pytest.mark.parametrize(
    ("answers", "days"),
    [
        ([on(0)], 1),
        ([on(0, False)], 1),
        ([on(0), on(1)], 1 + 7),
        ([on(0), on(1), on(8)], 8 + 21),
        ([on(0), on(1), on(8), on(29)], 29 + 21),
        ([on(0), on(3)], 3 + 7),  # late is as good
        ([on(0), on(1), on(8, False)], 8 + 1),
        ([on(0), on(1), on(8), on(29, False), on(30)], 30 + 7),
        ([on(0, False), on(1)], 1 + 7),
        ([on(0), on(0), on(0)], 1),  # a cell that was run three times
        ([on(0), on(1), on(2)], 1 + 7),  # remembered before it was due
        ([on(0), on(1), on(2, False)], 2 + 1),
    ],
)
def test_right_answers_move_an_item_on_and_a_wrong_one_brings_it_back_tomorrow(answers, days):
    assert next_due(answers) == DAY + timedelta(days=days)


def test_an_item_is_due_from_its_day_on_and_the_longest_overdue_comes_first():
    answered = {"00-1": [on(0)], "01-1": [on(-5)], "02-1": [on(-2)], "03-1": [on(0), on(1)]}
    assert due_items(DAY, answered, []) == [bank()["01-1"], bank()["02-1"]]
    assert [item.id for item in due_items(DAY + timedelta(days=1), answered, [])] == ["01-1", "02-1", "00-1"]


def test_new_questions_of_opened_chapters_fill_up_to_five_in_turn():
    answered = {"00-1": [on(-3)], "00-2": [on(0)]}
    asked = [item.id for item in due_items(DAY, answered, {"00", "02"})]
    assert asked == ["00-1", "02-1", "02-2", "00-3", "02-3"]


def test_no_more_than_five_are_asked_and_due_ones_go_before_new_ones():
    answered = {f"0{chapter}-1": [on(-chapter - 1)] for chapter in range(7)}
    asked = [item.id for item in due_items(DAY, answered, {"00", "07"})]
    assert asked == ["06-1", "05-1", "04-1", "03-1", "02-1"]


def test_nothing_of_a_chapter_that_was_not_opened_comes():
    assert due_items(DAY, {}, set()) == []
    assert {item.chapter for item in due_items(DAY, {}, {"03", "90"})} == {"03"}


def test_when_nothing_is_due_the_next_day_is_said():
    assert nothing_due({"00-1": [on(0)], "04-2": [on(-1), on(0)], "03-3": [on(0)]}) == (
        "Nothing is due today. The next question, from chapter 00, is due on 2026-11-25."
    )
    assert nothing_due({}).startswith("There is nothing to review yet")


def test_a_guess_a_reveal_or_an_answer_opens_a_chapter(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log, "_in_memory", [])
    log.write("guess", id="01a", answer="x")
    log.write("reveal", id="02a", value="x")
    log.write("item", id="03-1", answer="a")
    log.write("warmup", chapter="05", items=["04-1"])
    log.write("pretest", answers="a")
    log.write("guess", id=["06a"])
    assert opened_chapters() == {"01", "02", "03"}


# ---- the command

REVIEW = [sys.executable, "-c", "import sys; from workbook import cli; sys.exit(cli.main(['review']))"]


@pytest.fixture
def course(tmp_path):
    """A course that was never started."""
    shutil.copytree(ROOT / "workbook", tmp_path / "workbook", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def my(course):
    """The working copy of a course in which chapter 00 was opened."""
    folder = course / "my"
    (folder / ".workbook").mkdir(parents=True)
    (folder / ".workbook/layout.json").write_text("{}")
    note(folder, kind="reveal", id="00a", value="other")
    return folder


def environment(course, **more):
    names = {name: value for name, value in os.environ.items() if name != "CI"}
    return names | {"PYTHONPATH": str(course), **more}


def review(course):
    """Run `review` without a terminal."""
    done = subprocess.run(
        REVIEW,
        cwd=course,
        env=environment(course),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def note(folder, days_ago=0, **entry):
    at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(timespec="seconds")
    with open(folder / log.LOG_NAME, "a") as file:
        file.write(json.dumps({"schema": 1, "at": at, **entry}) + "\n")


def recorded(folder):
    entries = [json.loads(line) for line in (folder / log.LOG_NAME).read_text().splitlines()]
    return [(entry["id"], entry["answer"], entry["right"]) for entry in entries if entry["kind"] == "item"]


class Terminal:
    """`review` in a terminal of its own."""

    def __init__(self, course, **more):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            REVIEW, cwd=course, env=environment(course, **more), preexec_fn=lambda: os.login_tty(theirs)
        )
        os.close(theirs)
        self.said = ""

    def read_until(self, words, seconds=30):
        """Read on until these words come, or the end; whether they came in time."""
        deadline, start = time.monotonic() + seconds, len(self.said)
        while words not in self.said[start:]:
            if time.monotonic() > deadline:
                return False
            if select.select([self.ours], [], [], 0.1)[0]:
                try:
                    self.said += os.read(self.ours, 4096).decode(errors="replace")
                except OSError:  # the end
                    break
        return True

    def answer(self, text):
        assert self.read_until("do not know): "), self.said
        os.write(self.ours, text.encode())

    def leave(self, key):
        """Press a key to leave; again, should it come in the instant before Python begins to listen."""
        self.answer(key)
        for _ in range(30):
            if self.read_until("and kept.", seconds=1):
                return
            os.write(self.ours, key.encode())

    def end(self):
        assert self.read_until("(never said)"), self.said
        return self.process.wait(30)


@pytest.fixture
def in_terminal(course, my):
    """Starts `review` in a terminal, which ends with the test."""
    started = []

    def start(**more):
        started.append(Terminal(course, **more))
        return started[-1]

    yield start
    for terminal in started:
        terminal.process.kill()
        terminal.process.wait(30)
        os.close(terminal.ours)


def test_five_questions_are_asked_answered_and_told(in_terminal, my):
    terminal = in_terminal()
    items = [bank()[f"00-{number}"] for number in range(1, 6)]
    wrong = next(letter for letter in "abc" if letter != items[1].right_letter)
    given = [items[0].right_letter, wrong, "-", items[3].right_letter.upper(), items[4].right_letter]
    for letter in given:
        terminal.answer(letter + "\n")
    assert terminal.end() == 0
    said = re.sub(r"\x1b\[[0-9;]*m|\r", "", terminal.said)
    answers = [letter.lower() for letter in given]
    expected = [(item.id, letter, letter == item.right_letter) for item, letter in zip(items, answers, strict=True)]
    assert recorded(my) == expected
    joined = " ".join(said.split())
    for item, letter in zip(items, answers, strict=True):
        assert " ".join(item.question.split()) in joined
        for words in item.verdict(letter):
            assert " ".join(words.split()) in joined
    tomorrow = datetime.now().astimezone().date() + timedelta(days=1)
    assert f"3 of 5 right. The next question, from chapter 00, is due on {tomorrow}." in joined


def test_a_letter_that_is_no_answer_is_asked_again(in_terminal, my):
    terminal = in_terminal()
    terminal.answer("x\n")
    terminal.answer("b\n")
    terminal.leave("\x04")
    assert terminal.end() == 0
    assert "'x' is not one of" in terminal.said
    assert [letter for _, letter, _ in recorded(my)] == ["b"]


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "end of input"])
def test_who_leaves_keeps_what_was_answered(in_terminal, my, key):
    terminal = in_terminal()
    terminal.answer("a\n")
    terminal.answer("b\n")
    terminal.leave(key)
    assert terminal.end() == 0
    assert "Stopped: 2 of 5 answered, and kept." in terminal.said
    assert [(id, letter) for id, letter, _ in recorded(my)] == [("00-1", "a"), ("00-2", "b")]


def test_in_ci_nothing_is_asked_even_in_a_terminal(in_terminal, my):
    terminal = in_terminal(CI="true")
    assert terminal.end() == 0
    assert "To review today: 5." in terminal.said
    assert recorded(my) == []


def test_without_a_terminal_what_is_due_is_listed(course, my):
    note(my, days_ago=2, kind="item", id="04-2", answer="a", right=False)
    code, out = review(course)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "To review today: 5. Answer in a terminal."
    assert [line.split()[0] for line in lines[1:]] == ["04-2", "00-1", "04-1", "00-2", "00-3"]
    assert lines[1] == f"04-2  {bank()['04-2'].question}"
    assert recorded(my) == [("04-2", "a", False)]


def test_when_nothing_is_due_it_says_so(course, my):
    for number in range(1, 6):
        note(my, kind="item", id=f"00-{number}", answer="a", right=True)
    code, out = review(course)
    assert code == 0
    assert re.fullmatch(r"Nothing is due today\. The next question, from chapter 00, is due on [\d-]{10}\.\n", out)


def test_without_a_working_copy_it_says_how_to_begin(course):
    code, out = review(course)
    assert code == 0
    assert out == "There is nothing to review yet: python3 -m workbook opens the course, in a copy of your own.\n"


def test_with_a_working_copy_in_which_nothing_was_run_it_says_so(course, my):
    (my / log.LOG_NAME).unlink()
    code, out = review(course)
    assert (code, out) == (0, f"{nothing_due({})}\n")
