"""The bank of questions that come back, and the warm-ups that draw from it."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.notebook_tools import CHAPTERS, client_for, code_of, notebook_of, session_environment, text_of
from workbook.author.notebooks import read
from workbook.course import log
from workbook.course.guess import questions
from workbook.course.items import ITEMS as ITEMS_FILE
from workbook.course.items import Answer, bank, history, record_item
from workbook.course.knowledge_test import load_items
from workbook.course.multiple_choice import LETTERS, Paper
from workbook.course.warmups import choose, record_warmup, warmup

ITEMS = list(bank().values())
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """No entries of other tests, and not in a working copy."""
    monkeypatch.setattr(log, "_in_memory", [])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def working_copy(tmp_path, monkeypatch):
    """A working copy; the notebook runs in its folder `notebooks`."""
    folder = tmp_path / "my"
    (folder / "notebooks").mkdir(parents=True)
    (folder / ".workbook").mkdir()
    (folder / ".workbook/layout.json").write_text("{}")
    monkeypatch.chdir(folder / "notebooks")
    return folder


def logged(working_copy, kind):
    path = working_copy / log.LOG_NAME
    entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [entry for entry in entries if entry["kind"] == kind]


def ids_on(paper):
    return [item.id for item in paper.questions]


def right_letters(items):
    return "".join(item.right_letter for item in items)


# ---- the bank


def test_each_chapter_that_has_guesses_has_four_or_five_items_numbered_in_order():
    counts = Counter(item.chapter for item in ITEMS)
    assert set(counts) == {path.name[:2] for path in CHAPTERS if questions(path.name[:2])}
    assert set(counts.values()) <= {4, 5}
    expected = [f"{chapter}-{number}" for chapter in sorted(counts) for number in range(1, counts[chapter] + 1)]
    assert [item.id for item in ITEMS] == expected == list(bank())


def test_no_id_is_given_twice():
    """`bank` would show the last of them only."""
    ids = re.findall(r'^id = "(.*)"$', ITEMS_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(ids) == len(set(ids)) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_has_three_answers_with_a_text_each_and_a_section_that_exists(item):
    assert len(set(item.answers)) == len(set(item.texts)) == 3
    assert item.right in range(3)
    assert all(40 < len(text) < 300 and text.endswith(".") for text in item.texts)
    assert not any(answer.endswith(".") for answer in item.answers)
    [path] = [path for path in CHAPTERS if path.name.startswith(item.chapter)]
    headings = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    assert re.search(rf"^## {item.section}\. ", headings, re.MULTILINE)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_stands_alone(item):
    """It is asked weeks later, among others: no letters, no figure, no guess, nothing above it."""
    words = " ".join([item.question, *item.answers, *item.texts])
    assert not re.search(r"\b(above|below|guess|figure|answer [abc])\b", words, re.IGNORECASE)


def test_no_letter_and_no_length_gives_the_right_answer_away():
    letters = Counter(right_letters(ITEMS))
    assert max(letters.values()) - min(letters.values()) <= 1
    assert not re.search(r"(.)\1\1", right_letters(ITEMS))
    for extreme in (max, min):
        given_away = [item.id for item in ITEMS if len(item.right_answer) == extreme(map(len, item.answers))]
        assert len(given_away) <= 0.42 * len(ITEMS), given_away


def test_the_items_do_not_use_the_words_of_the_test_nor_of_the_guesses():
    """Else the test would measure whether the words were seen before."""

    def runs(text, length=7):
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}

    taken = set().union(*(runs(" ".join([item.question, *item.answers])) for item in load_items()))
    for chapter in {item.chapter for item in ITEMS}:
        taken |= set().union(*(runs(question.question) for question in questions(chapter).values()))
    shared = {item.id: runs(item.question) & taken for item in ITEMS}
    assert {id: words for id, words in shared.items() if words} == {}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_the_verdict_has_the_text_for_the_answer_given(item):
    for letter, answer, text in zip(LETTERS, item.answers, item.texts, strict=True):
        said, why = item.verdict(letter)
        assert why == f"{text} (Shown in chapter {item.chapter}, section {item.section}.)"
        assert answer in said
        assert f"{item.right_letter}: {item.right_answer}." in said
        assert said.startswith("Right, ") == (letter == item.right_letter)
    said, why = item.verdict("-")
    assert said == f"Right is {item.right_letter}: {item.right_answer}."
    assert why.startswith(item.texts[item.right])


@pytest.mark.parametrize(
    "garbage",
    [{}, {"id": ["00-1"]}, {"id": "99-1", "right": True}, {"id": "00-1", "at": "?"}, {"id": "00-1", "at": 7}],
)
def test_lines_that_are_no_answers_are_passed_over(garbage):
    for letter in "cb-":
        record_item(bank()["00-1"], letter, where="test")
    log.write("item", **garbage)
    assert {id: [answer.right for answer in answers] for id, answers in history().items()} == {
        "00-1": [True, False, False]
    }


# ---- which three


def test_one_of_the_chapter_before_one_of_two_or_three_before_and_one_of_the_oldest():
    wanted = {
        "01": ("00", "00", "00"),
        "02": ("01", "00", "00"),
        "03": ("02", "01 00", "00"),
        "05": ("04", "03 02", "00"),
        "07": ("06", "05 04", "00"),
        "13": ("07", "06 05", "00"),
    }
    for chapter, expected in wanted.items():
        chosen = choose(chapter, {})
        assert len({item.id for item in chosen}) == 3
        assert all(item.chapter in chapters for item, chapters in zip(chosen, expected, strict=True)), chapter


@pytest.mark.parametrize(("known", "asked"), [("03", "02"), ("02", "03")])
def test_two_back_and_three_back_take_turns(known, asked):
    assert choose("05", {item.id: answered(True, 9) for item in ITEMS if item.chapter == known})[1].chapter == asked


def test_chapters_ask_different_questions():
    asked = [item.id for number in range(1, 9) for item in choose(f"{number:02}", {})]
    assert len(set(asked)) >= 0.6 * len(asked)


def answered(right, days_ago):
    return [Answer(NOW - timedelta(days=days_ago), right)]


def test_what_was_not_asked_comes_first_then_what_was_wrong_longest_ago_then_what_was_right():
    pool = [item.id for item in ITEMS if item.chapter == "04"]
    seen = dict(zip(pool, [answered(True, 9), answered(False, 2), answered(False, 5), answered(True, 20)], strict=True))
    order = []
    for days in range(4):
        first = choose("05", seen)[0].id
        order.append(first)
        seen[first] = answered(True, -1 - days)
    assert order == [pool[2], pool[1], pool[3], pool[0]]
    missing = {id: answers for id, answers in seen.items() if id != pool[1]}
    assert choose("05", missing)[0].id == pool[1]


def test_the_last_answer_to_an_item_counts():
    pool = [item.id for item in ITEMS if item.chapter == "04"]
    seen = {id: answered(True, 9) for id in pool} | {pool[2]: answered(False, 9) + answered(True, 1)}
    assert choose("05", seen)[0].id != pool[2]
    seen[pool[2]] = answered(True, 9) + answered(False, 1)
    assert choose("05", seen)[0].id == pool[2]


# ---- outside a working copy


def test_dots_show_the_same_three_each_time_and_record_nothing():
    papers = [repr(record_warmup("05", ...)) for _ in range(3)]
    assert len(set(papers)) == 1
    assert log._in_memory == []


def test_answers_outside_a_working_copy_change_no_warm_up():
    before = {chapter: ids_on(record_warmup(chapter, ...)) for chapter in ("05", "06")}
    card = record_warmup("05", right_letters(choose("05", {})))
    assert card.heading == "Warm-up: 3 of 3 right"
    assert card.lines[-1].startswith("(Kept until this kernel ends")
    assert {chapter: ids_on(record_warmup(chapter, ...)) for chapter in ("05", "06")} == before


def test_the_paper_says_the_same_as_text_and_as_html_and_how_to_answer():
    paper = record_warmup("05", ...)
    text, page = repr(paper), html.unescape(paper._repr_html_())
    assert isinstance(paper, Paper)
    assert 'warmup("05", "bac"); "-" means: I do not know.' in text
    for words in [paper.heading, paper.footer, *(word for item in paper.questions for word in item.answers)]:
        assert words in text
        assert words in page


@pytest.mark.parametrize("chapter", ["00"])
def test_before_the_first_chapter_there_is_nothing_to_ask(chapter):
    for answers in (..., "abc"):
        assert repr(record_warmup(chapter, answers)) == "No warm-up\nThere are no questions from before chapter 00."


@pytest.mark.parametrize("chapter", ["5", 5, None, "", "zz", "٠٥", ["05"]])
def test_what_is_no_chapter_is_said(chapter):
    card = record_warmup(chapter, ...)
    assert card.lines == [f'{chapter!r} is no chapter: give its two digits, "05" say.']


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ("ab", "There are 2 answers for 3 questions."),
        ("a", "There is 1 answer for 3 questions."),
        ("", "There are 0 answers for 3 questions."),
        ("abca", "There are 4 answers for 3 questions."),
        ("ab?", "'?' at question 3 is none of a, b, c and the dash."),
        (3, "3 is no text of letters."),
        (None, "None is no text of letters."),
        (["a", "b", "c"], "['a', 'b', 'c'] is no text of letters."),
    ],
)
def test_wrong_letters_are_said_and_nothing_is_recorded(working_copy, answers, reason):
    record_warmup("05", ...)
    card = record_warmup("05", answers)
    assert card.heading == "Not recorded"
    assert card.lines[0].startswith(reason)
    assert logged(working_copy, "item") == []


# ---- in a working copy


def test_the_letters_are_recorded_and_each_answer_is_told(working_copy):
    shown = record_warmup("05", ...).questions
    first, second, third = shown
    wrong = next(letter for letter in LETTERS if letter != second.right_letter)
    card = record_warmup("05", f"{first.right_letter.upper()} {wrong} -")
    assert (card.heading, card.accent) == ("Warm-up: 1 of 3 right", "wrong")
    for number, (item, letter) in enumerate(zip(shown, f"{first.right_letter}{wrong}-", strict=True), 1):
        start = card.lines.index(f"{number}. {item.question}")
        assert tuple(card.lines[start + 1 : start + 3]) == item.verdict(letter)
    entries = logged(working_copy, "item")
    assert [(entry["id"], entry["answer"], entry["right"]) for entry in entries] == [
        (first.id, first.right_letter, True),
        (second.id, wrong, False),
        (third.id, "-", False),
    ]
    assert {entry["where"] for entry in entries} == {"warmup 05"}


def test_letters_answer_what_was_shown_whatever_else_was_answered_meanwhile(working_copy):
    shown = record_warmup("05", ...).questions
    for item in shown:
        record_item(item, item.right_letter, where="review")
    assert choose("05", history()) != shown
    assert [entry["id"] for entry in logged(working_copy, "item")[3:]] == []
    assert record_warmup("05", right_letters(shown)).heading == "Warm-up: 3 of 3 right"
    assert [entry["id"] for entry in logged(working_copy, "item")[3:]] == [item.id for item in shown]


def test_letters_answer_what_was_shown_after_a_restart_and_as_often_as_the_cell_is_run(working_copy, monkeypatch):
    shown = record_warmup("05", ...).questions
    cards = []
    for _ in range(3):
        monkeypatch.setattr(log, "_in_memory", [])
        cards.append(repr(record_warmup("05", right_letters(shown))))
    assert len(set(cards)) == 1
    assert len(logged(working_copy, "item")) == 3


def test_the_first_answers_count_and_others_are_told_so(working_copy):
    shown = record_warmup("05", ...).questions
    record_warmup("05", "---")
    card = record_warmup("05", right_letters(shown))
    assert card.heading == "Warm-up: 3 of 3 right"
    assert '(Your first answers count: "---".)' in card.lines
    assert [entry["answer"] for entry in logged(working_copy, "item")] == ["-", "-", "-"]


def test_questions_not_answered_are_shown_again_and_answered_ones_make_room_for_others(working_copy):
    shown = ids_on(record_warmup("05", ...))
    assert ids_on(record_warmup("05", ...)) == shown
    record_warmup("05", "abc")
    second = ids_on(record_warmup("05", ...))
    assert not set(second) & set(shown)
    record_warmup("05", "aaa")
    assert [entry["id"] for entry in logged(working_copy, "item")] == shown + second
    assert [entry["sheet"] for entry in logged(working_copy, "item")] == [1, 1, 1, 2, 2, 2]


def test_each_chapter_has_questions_of_its_own(working_copy):
    fifth = ids_on(record_warmup("05", ...))
    assert ids_on(record_warmup("06", ...)) == [item.id for item in choose("06", {})] != fifth
    record_warmup("05", "abc")
    assert [entry["id"] for entry in logged(working_copy, "item")] == fifth


def test_the_same_questions_another_time_are_answered_anew(working_copy):
    shown = ids_on(record_warmup("05", ...))
    record_warmup("05", "---")
    log.write("warmup", chapter="05", items=shown)
    record_warmup("05", "abc")
    assert "".join(entry["answer"] for entry in logged(working_copy, "item")) == "---abc"


def test_letters_for_questions_that_were_never_shown_are_not_recorded(working_copy):
    paper = record_warmup("05", "abc")
    assert paper.heading == "Not recorded: these questions were not shown before"
    assert logged(working_copy, "item") == []
    assert record_warmup("05", "abc").heading.startswith("Warm-up: ")
    assert [entry["id"] for entry in logged(working_copy, "item")] == ids_on(paper)


def test_a_writer_killed_between_answers_loses_only_the_rest(working_copy):
    shown = record_warmup("05", ...).questions
    record_item(shown[0], "-", where="warmup 05", sheet=1)
    assert ids_on(record_warmup("05", ...)) == [item.id for item in shown]
    record_warmup("05", right_letters(shown))
    assert [entry["answer"] for entry in logged(working_copy, "item")] == ["-", *right_letters(shown[1:])]


@pytest.mark.parametrize("items", [None, "05-1", [], ["04-1"], [["04-1"], 2, None], ["04-1", "00-1", "99-9"]])
def test_a_sheet_of_another_course_is_passed_over(working_copy, items):
    log.write("warmup", chapter="05", items=items)
    assert ids_on(record_warmup("05", ...)) == [item.id for item in choose("05", {})]


def test_a_warm_up_in_a_kernel_shows_text_and_html(working_copy):
    notebook = notebook_of("from workbook import warmup", 'warmup("05", ...)', 'warmup("05", "---")')
    client_for(notebook, working_copy / "notebooks").execute(env=session_environment(working_copy))
    cells = code_of(notebook)
    [shown], [judged] = cells[1].outputs, cells[2].outputs
    assert {"text/plain", "text/html"} <= set(shown.data) & set(judged.data)
    assert all(item.question in text_of(cells[1]) for item in choose("05", {}))
    assert text_of(cells[2]).startswith("Warm-up: 0 of 3 right")


def test_outside_a_notebook_the_words_are_printed(capsys):
    warmup("05", ...)
    assert capsys.readouterr().out == f"{record_warmup('05', ...)!r}\n"
