"""The twelve questions before the course."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from workbook.course import log
from workbook.course.pretest import LETTERS, Paper, load_items, record_pretest, score_pretest, show_pretest

RIGHT = "".join(LETTERS[item.right] for item in load_items())
WRONG = "".join(LETTERS[(item.right + 1) % 3] for item in load_items())


@pytest.fixture(autouse=True)
def working_copy(monkeypatch, tmp_path):
    """The test is taken in a working copy."""
    (tmp_path / ".workbook").mkdir()
    (tmp_path / ".workbook/layout.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log, "_in_memory", [])
    return tmp_path


def logged(working_copy):
    path = working_copy / log.LOG_NAME
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_there_are_twelve_questions_with_three_different_answers_each():
    items = load_items()
    assert len(items) == 12
    assert len({item.question for item in items}) == 12
    for item in items:
        assert len(set(item.answers)) == 3
        assert 0 <= item.right < 3
        assert re.fullmatch(r"\d\d", item.chapter)


def test_no_letter_is_right_more_than_five_times_nor_three_times_in_a_row():
    assert max(Counter(RIGHT).values()) <= 5
    assert set(RIGHT) == set(LETTERS)
    assert not re.search(r"(.)\1\1", RIGHT)


def test_the_paper_looks_the_same_whichever_answers_are_right():
    shown = show_pretest()
    other = Paper([replace(item, right=(item.right + 1) % 3) for item in load_items()])
    assert repr(shown) == repr(other)
    assert shown._repr_html_() == other._repr_html_()


def test_the_paper_says_the_same_words_as_text_and_as_html():
    text, page = repr(show_pretest()), html.unescape(show_pretest()._repr_html_())
    for item in load_items():
        for words in (item.question, *item.answers):
            assert words in text
            assert words in page
    assert re.findall(r"^   ([abc])  ", text, re.MULTILINE) == list("abc" * 12)
    assert re.findall(r"<b>([abc])</b>", page) == list("abc" * 12)


def test_the_paper_escapes_what_it_shows():
    hostile = replace(load_items()[0], question="<script>", answers=["a & b", "<i>", "c"])
    page = Paper([hostile])._repr_html_()
    assert "<script>" not in page
    assert "<i>" not in page
    assert "a &amp; b" in page


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        (RIGHT, 12),
        (WRONG, 0),
        (RIGHT[:6] + WRONG[6:], 6),
        (RIGHT[:4] + "-" * 8, 4),
        ("-" * 11 + RIGHT[11], 1),
        (f" {RIGHT[:4]} {RIGHT[4:8]}\n{RIGHT[8:]} ".upper(), 12),
    ],
)
def test_the_score_is_the_number_of_right_letters_and_is_recorded(working_copy, answers, right):
    card = record_pretest(answers)
    assert card.heading == f"Recorded: {right} of 12 right"
    [entry] = logged(working_copy)
    assert list(entry) == ["schema", "at", "kind", "answers", "right"]
    assert (entry["schema"], entry["kind"], entry["right"]) == (1, "pretest", right)
    assert entry["answers"] == "".join(answers.lower().split())


@pytest.mark.parametrize("answers", ["- - - -  - - - -  - - - -", "------------", "", "---"])
def test_nothing_is_recorded_while_nothing_is_answered(working_copy, answers):
    assert record_pretest(answers).heading == "12 questions, none answered"
    assert logged(working_copy) == []


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (RIGHT[:11], "There are 11 answers for 12 questions."),
        (RIGHT + "a", "There are 13 answers for 12 questions."),
        (RIGHT[:4] + "d" + RIGHT[5:], "'d' at question 5 is none of a, b, c and the dash."),
        ("a,b,c," * 2, "',' at question 2 is none of a, b, c and the dash."),
        ("ä" * 12, "'ä' at question 1 is none of a, b, c and the dash."),
    ],
)
def test_letters_too_few_too_many_or_others_are_said_and_nothing_is_recorded(working_copy, answers, reason):
    assert repr(record_pretest(answers)) == f"Not recorded\n{reason}"
    assert logged(working_copy) == []


def test_the_first_answers_count(working_copy):
    record_pretest(WRONG)
    card = record_pretest(RIGHT)
    assert card.heading == "Not recorded again: 0 of 12 right"
    assert [entry["answers"] for entry in logged(working_copy)] == [WRONG]


def test_the_answers_may_come_in_pieces(working_copy, capsys):
    score_pretest(RIGHT[:4], RIGHT[4:8], RIGHT[8:])
    assert capsys.readouterr().out.startswith("Recorded: 12 of 12 right")
    assert len(logged(working_copy)) == 1


def test_the_card_does_not_say_which_answers_were_right(working_copy, monkeypatch):
    # Two papers with the same score, right in different places, get the same answer.
    cards = []
    for answers in (RIGHT[:6] + WRONG[6:], WRONG[:6] + RIGHT[6:]):
        (working_copy / log.LOG_NAME).unlink(missing_ok=True)
        monkeypatch.setattr(log, "_in_memory", [])
        cards.append(repr(record_pretest(answers)))
    assert cards[0] == cards[1]
    assert cards[0].startswith("Recorded: 6 of 12 right")
