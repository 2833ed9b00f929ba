"""The twelve questions before the course and after it, and the gain."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from workbook.course import log
from workbook.course.knowledge_test import (
    Taken,
    gain,
    load_items,
    record_posttest,
    record_pretest,
    score_posttest,
    score_pretest,
    show_posttest,
    show_pretest,
)
from workbook.course.multiple_choice import LETTERS, Paper

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


@pytest.mark.parametrize("garbage", [{}, {"answers": 12}, {"answers": "abc"}, {"answers": "abcabcabcabd"}])
def test_an_entry_that_is_no_test_does_not_count(working_copy, garbage):
    log.write("pretest", right=3, **garbage)
    assert record_pretest(RIGHT).heading == "Recorded: 12 of 12 right"


def test_dots_left_in_place_are_no_answer(working_copy, capsys):
    score_pretest(...)
    score_posttest("----", ..., "----")
    assert capsys.readouterr().out.count("12 questions, none answered") == 2
    assert logged(working_copy) == []


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


# ---- after the course


def mixed(*right_ones: int) -> str:
    """Twelve answers of which those with these numbers are right."""
    return "".join((RIGHT if number in right_ones else WRONG)[number - 1] for number in range(1, 13))


def test_the_test_after_the_course_is_the_same():
    assert repr(show_posttest()) == repr(show_pretest())


def test_the_gain_is_reported_raw_and_normalised_with_what_moved(working_copy):
    record_pretest(mixed(1, 2, 3, 4, 5))
    card = record_posttest(mixed(1, 2, 3, 4, 6, 7, 8, 9, 10, 11))
    assert card.heading == "Recorded: 10 of 12 right"
    assert card.lines[:4] == [
        "From 5 to 10 of 12: 5 more. (Who guesses blindly gets about 4.)",
        "Normalised gain: 0.71, the gain as a share of the 7 that you lacked.",
        "Questions from wrong to right: 6, 7, 8, 9, 10, 11.",
        "Questions from right to wrong: 5.",
    ]
    assert [entry["kind"] for entry in logged(working_copy)] == ["pretest", "posttest"]
    assert logged(working_copy)[1]["right"] == 10


def test_each_item_is_told_with_its_right_answer_and_chapter():
    given = "-" + WRONG[1] + RIGHT[2:]
    shown = [line for line in record_posttest(given).lines if re.match(r"\d+\. ", line)]
    items = load_items()
    place = [f"{item.right_letter}, {item.right_answer} (chapter {item.chapter})" for item in items]
    wrong = items[1].answers[LETTERS.index(WRONG[1])]
    assert shown[0] == f"1. not answered; right is: {place[0]}"
    assert shown[1] == f"2. you said {WRONG[1]}, {wrong}; right is: {place[1]}"
    assert shown[2:] == [f"{number}. right: {place[number - 1]}" for number in range(3, 13)]


def test_without_a_test_before_the_course_there_is_no_gain_to_tell():
    text = repr(record_posttest(RIGHT))
    assert text.startswith("Recorded: 12 of 12 right\nYou did not take the test before the course")
    assert "ormalised" not in text


@pytest.mark.parametrize(
    ("pre", "post", "raw", "normalised"),
    [
        (RIGHT, RIGHT, "From 12 to 12 of 12: no change.", "there is no normalised gain."),
        (RIGHT, mixed(1, 2), "From 12 to 2 of 12: 10 fewer.", "there is no normalised gain."),
        (mixed(1, 2), mixed(3, 4), "From 2 to 2 of 12: no change.", "Normalised gain: 0.00,"),
        (mixed(1, 2), mixed(1), "From 2 to 1 of 12: 1 fewer.", "Normalised gain: -0.10,"),
        (WRONG, RIGHT, "From 0 to 12 of 12: 12 more.", "Normalised gain: 1.00,"),
    ],
)
def test_nothing_gained_and_nothing_to_gain_are_told_as_they_are(pre, post, raw, normalised):
    lines = gain(Taken("2026-11-01", pre), Taken("2026-12-01", post))
    assert lines[0].startswith(raw)
    assert normalised in lines[1]


def test_nothing_moved_is_said_in_a_word():
    assert gain(Taken("", RIGHT), Taken("", RIGHT))[2:] == [
        "Questions from wrong to right: none.",
        "Questions from right to wrong: none.",
    ]


def test_the_first_answers_after_the_course_count_and_are_shown_again(working_copy):
    record_pretest(WRONG)
    first = record_posttest(mixed(1, 2, 3))
    again = record_posttest(RIGHT)
    assert again.heading == "Not recorded again: 3 of 12 right"
    assert again.lines[0].startswith("Your answers of 20")
    assert again.lines[1:] == first.lines
    assert [entry["kind"] for entry in logged(working_copy)] == ["pretest", "posttest"]


def test_a_first_test_taken_when_the_answers_were_known_is_no_start():
    log.write("posttest", answers=WRONG)
    log._in_memory.append({"kind": "pretest", "at": "2999-01-01T00:00:00+00:00", "answers": RIGHT})
    path = log.log_path()
    path.write_text("".join(json.dumps(entry) + "\n" for entry in log._in_memory))
    assert "You did not take the test before the course" in repr(record_posttest(WRONG))


@pytest.mark.parametrize("answers", ["", "-" * 12, RIGHT[:11], RIGHT[:11] + "x"])
def test_the_test_after_the_course_refuses_what_the_one_before_refuses(working_copy, answers):
    assert repr(record_posttest(answers)) == repr(record_pretest(answers))
    assert logged(working_copy) == []


def test_outside_a_working_copy_it_is_said_that_nothing_is_kept(tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    record_pretest(WRONG)
    card = record_posttest(RIGHT)
    assert card.lines[0].startswith("(Kept until this kernel ends")
    assert card.lines[1].startswith("From 0 to 12 of 12")
