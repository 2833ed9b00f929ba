"""Guess, reveal, closing, and the log that they write."""

from __future__ import annotations

import html
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook_tools import ROOT, client_for, code_of, notebook_of, session_environment, text_of
from workbook.course import log
from workbook.course.card import Card
from workbook.course.chapter_end import summary
from workbook.course.guess import GUESSES, GuessError, questions, record_guess, record_reveal

# The package shows the function `guess` where its module stands.
guess_module = importlib.import_module("workbook.course.guess")
CHAPTERS = sorted(path.stem for path in GUESSES.glob("*.toml"))
MADE_UP = """
[[guess]]
id = "77a"
question = "Does <b>it</b> run?"
[guess.answers]
yes = "It <i>does</i> & more."
no = "It does run."

[[guess]]
id = "77b"
question = "How many: 3, Ada or None?"
[guess.answers]
"3" = "three it is"
Ada = "ada it is"
None = "none it is"
"""


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch, tmp_path):
    """No entries of other tests; not in a working copy; and a chapter "77" of made-up questions."""
    monkeypatch.setattr(log, "_in_memory", [])
    monkeypatch.setattr(guess_module, "_measured", {})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions/77.toml").write_text(MADE_UP, encoding="utf-8")
    for real in GUESSES.glob("*.toml"):
        (tmp_path / "questions" / real.name).write_bytes(real.read_bytes())
    monkeypatch.setattr(guess_module, "GUESSES", tmp_path / "questions")
    questions.cache_clear()
    yield
    questions.cache_clear()


@pytest.fixture
def working_copy(tmp_path, monkeypatch):
    """A working copy; the notebook runs in its folder `notebooks`."""
    folder = tmp_path / "my"
    (folder / "notebooks").mkdir(parents=True)
    (folder / ".workbook").mkdir()
    (folder / ".workbook/layout.json").write_text("{}")
    monkeypatch.chdir(folder / "notebooks")
    return folder


def logged(working_copy: Path) -> list[dict]:
    return [json.loads(line) for line in (working_copy / log.LOG_NAME).read_text(encoding="utf-8").splitlines()]


# ---- guess


def test_dots_record_nothing_and_offer_the_answers_in_sorted_order():
    card = record_guess("77b", ..., sure=...)
    assert card.heading == "77b: no guess yet"
    assert 'Put "3" or "Ada" or "None" in place' in repr(card)
    assert log.read("guess") == []


def test_dots_with_a_certainty_are_still_no_guess():
    assert record_guess("77a", ..., sure=3).heading == "77a: no guess yet"
    assert log.read("guess") == []


def test_a_guess_is_recorded_with_its_certainty():
    assert record_guess("77a", "no", sure=2).heading == "77a: you guess no (fairly sure)"
    [entry] = log.read("guess")
    assert {key: entry[key] for key in ("id", "answer", "sure", "late")} == {
        "id": "77a",
        "answer": "no",
        "sure": 2,
        "late": False,
    }


def test_a_guess_without_a_certainty_is_recorded():
    assert record_guess("77a", "no").heading == "77a: you guess no"
    assert log.read("guess")[0]["sure"] is None


@pytest.mark.parametrize(
    ("id", "given", "meant"),
    [
        ("77a", "YES", "yes"),
        ("77a", " yes ", "yes"),
        ("77a", True, "yes"),
        ("77a", False, "no"),
        ("77b", 3, "3"),
        ("77b", "3", "3"),
        ("77b", "aDA", "Ada"),
        ("77b", None, "None"),
        ("77b", "none", "None"),
    ],
)
def test_a_guess_counts_whatever_its_case_or_type(id, given, meant):
    record_guess(id, given, 1)
    assert [entry["answer"] for entry in log.read("guess")] == [meant]


@pytest.mark.parametrize("given", ["perhaps", 1, 1.5, "", ["yes"]])
def test_an_answer_that_is_not_offered_is_said_and_not_recorded(given):
    card = record_guess("77a", given, sure=2)
    assert repr(card) == f'77a: not recorded\n{given!r} is not one of the answers; put "no" or "yes".'
    assert log.read("guess") == []


@pytest.mark.parametrize("sure", [0, 4, "very", None, [1], {}])
def test_a_wrong_certainty_is_said_and_nothing_recorded(sure):
    card = record_guess("77a", "yes", sure=sure)
    assert repr(card) == "77a: not recorded\n`sure` is 1 (a hunch), 2 (fairly sure) or 3 (certain)."
    assert log.read("guess") == []


@pytest.mark.parametrize("id", ["77z", "99a", "zz", ""])
def test_a_question_that_does_not_exist_is_an_error_of_the_author(id):
    with pytest.raises(GuessError, match="There is no question"):
        record_guess(id, ...)
    with pytest.raises(GuessError, match="There is no question"):
        record_reveal(id, 1)


# ---- reveal


def test_a_right_guess_is_told_and_explained():
    record_guess("77b", "Ada", 3)
    card = record_reveal("77b", "ada")
    assert (card.heading, card.lines, card.accent) == ("77b: Ada, as you guessed", ["ada it is"], "right")


def test_a_wrong_guess_gets_the_text_for_the_misconception_behind_it():
    record_guess("77b", 3, 3)
    card = record_reveal("77b", None)
    assert (card.heading, card.lines, card.accent) == ("77b: None; you guessed 3", ["three it is"], "wrong")


def test_without_a_guess_what_happened_is_explained():
    card = record_reveal("77b", "Ada")
    assert (card.heading, card.lines) == ("77b: Ada", ["(You made no guess.)", "ada it is"])


def test_what_nobody_expected_is_said_with_what_to_do_and_not_recorded():
    card = record_reveal("77b", "<nothing>")
    assert card.heading == "77b: this cell measured <nothing>"
    assert "Restart the kernel" in card.lines[0]
    assert log.read("reveal") == []


def test_the_first_measurement_counts_and_another_is_said():
    record_guess("77b", "Ada")
    assert record_reveal("77b", "Ada").lines == ["ada it is"]
    card = record_reveal("77b", 3)
    assert card.heading == "77b: Ada, as you guessed"
    assert card.lines == ["ada it is", "(This time the cell measured 3; the first time counts.)"]
    assert [entry["value"] for entry in log.read("reveal")] == ["Ada", "Ada"]


def test_the_last_guess_before_the_reveal_counts():
    record_guess("77a", "no")
    record_guess("77a", "yes")
    assert record_reveal("77a", True).heading == "77a: yes, as you guessed"


def test_a_guess_after_the_reveal_is_kept_marked_and_never_counts():
    record_guess("77a", "no")
    record_reveal("77a", True)
    card = record_guess("77a", "yes")
    assert card.lines[0] == "The answer was shown before: recorded as late."
    assert [entry["late"] for entry in log.read("guess")] == [False, True]
    assert record_reveal("77a", True).heading == "77a: yes; you guessed no"


def test_a_reveal_of_another_question_makes_no_guess_late():
    record_reveal("77b", 3)
    assert "late" not in repr(record_guess("77a", "yes"))


# ---- the log in a working copy


def test_the_log_is_one_json_object_a_line_with_a_schema(working_copy):
    record_guess("77a", "no", 1)
    record_reveal("77a", True)
    guess, reveal = logged(working_copy)
    assert list(guess) == ["schema", "at", "kind", "id", "answer", "sure", "late"]
    assert list(reveal) == ["schema", "at", "kind", "id", "value", "guessed"]
    assert (guess["schema"], guess["kind"], reveal["kind"]) == (1, "guess", "reveal")
    assert (reveal["value"], reveal["guessed"]) == ("yes", "no")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", guess["at"])


def test_entries_are_appended(working_copy):
    first = b'{"schema": 1, "at": "2026-01-01T00:00:00+00:00", "kind": "guess", "id": "77a", "answer": "yes"}\n'
    (working_copy / log.LOG_NAME).write_bytes(first)
    record_guess("77b", "Ada")
    assert (working_copy / log.LOG_NAME).read_bytes().startswith(first)
    assert [entry["id"] for entry in logged(working_copy)] == ["77a", "77b"]


def test_a_guess_of_an_earlier_kernel_is_remembered(working_copy, monkeypatch):
    record_guess("77a", "no")
    monkeypatch.setattr(log, "_in_memory", [])
    assert record_reveal("77a", True).heading == "77a: yes; you guessed no"


def test_half_a_line_left_by_a_killed_writer_costs_that_line_only(working_copy):
    record_guess("77a", "no")
    with open(working_copy / log.LOG_NAME, "a") as file:
        file.write('{"schema": 1, "kind": "guess", "id": "77b", "ans')
    record_guess("77b", "Ada")
    assert [(entry["id"], entry["answer"]) for entry in log.read("guess")] == [("77a", "no"), ("77b", "Ada")]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xfe\x00\n",
        b"\n\n",
        b"[1, 2]\n",
        b'"guess"\n',
        b"null\n",
        b"{}\n",
        b'{"kind": "guess"}\n',
        b'{"kind": "reveal", "id": ["77a"]}\n',
        b'{"kind": "guess", "id": "77a", "answer": "of an older course"}\n',
        b'{"kind": "guess", "id": "77a", "answer": ["no"]}\n',
    ],
)
def test_lines_that_are_no_entries_are_passed_over(working_copy, garbage):
    record_guess("77a", "no")
    with open(working_copy / log.LOG_NAME, "ab") as file:
        file.write(garbage)
    assert record_reveal("77a", True).heading == "77a: yes; you guessed no"
    assert summary("77").lines == ["77a: you guessed no, it was yes"]


WRITER = """
import sys
from workbook.course import log
for number in range(200):
    log.write("guess", id=sys.argv[1], number=number, padding="ü" * 700)
"""


def test_two_notebooks_that_write_at_once_never_mix_their_lines(working_copy):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name], cwd=working_copy / "notebooks", env=session_environment(working_copy)
        )
        for name in ("one", "two")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    entries = logged(working_copy)
    for name in ("one", "two"):
        assert [entry["number"] for entry in entries if entry["id"] == name] == list(range(200))


def test_a_log_that_cannot_be_written_is_said_and_the_notebook_goes_on(working_copy, capsys):
    (working_copy / log.LOG_NAME).mkdir()
    record_guess("77a", "no")
    said = capsys.readouterr().out
    assert said.startswith("(not recorded: ")
    assert log.LOG_NAME in said
    assert record_reveal("77a", True).heading == "77a: yes; you guessed no"
    assert summary("77").heading.endswith("1 of 2 guesses made, 0 of them right.")


def test_outside_a_working_copy_nothing_is_written(tmp_path):
    before = sorted(tmp_path.rglob("*"))
    record_guess("77a", "yes", 1)
    record_reveal("77a", True)
    assert log.log_path() is None
    assert "not in a working copy" in repr(record_guess("77b", 3))
    assert sorted(tmp_path.rglob("*")) == before


def test_in_a_working_copy_a_guess_is_told_without_remarks(working_copy):
    assert repr(record_guess("77a", "no", sure=1)) == "77a: you guess no (a hunch)"


def test_a_notebook_deep_in_a_working_copy_finds_its_log(working_copy, monkeypatch):
    deep = working_copy / "notebooks/a/b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert log.log_path() == working_copy.resolve() / log.LOG_NAME


# ---- cards


def test_a_card_says_the_same_words_as_text_and_as_html():
    for card in (record_guess("77a", ...), record_reveal("77a", True), Card("heading", ["one", "two"], "wrong")):
        words = html.unescape(re.sub(r"<[^>]+>", "\n", card._repr_html_()))
        assert [line for line in words.split("\n") if line] == [line for line in repr(card).split("\n") if line]


def test_a_card_escapes_what_it_shows():
    markup = record_guess("77a", "<script>alert('x')</script>")._repr_html_()
    assert "<script" not in markup
    assert "&lt;script&gt;" in markup
    assert "<i>" not in record_reveal("77a", True)._repr_html_()
    assert "<b>it" not in record_reveal("77b", "<b>it")._repr_html_()


# ---- closing


def test_closing_without_guesses_says_so():
    card = summary("77")
    assert card.heading.endswith(" cells run, 0 of 2 guesses made.")
    assert len(card.lines) == 1


def test_closing_counts_what_was_right_and_names_what_was_not():
    record_guess("77a", "no")
    record_guess("77b", "Ada")
    record_reveal("77a", True)
    record_reveal("77b", "Ada")
    card = summary("77")
    assert card.heading.endswith(" cells run, 2 of 2 guesses made, 1 of them right.")
    assert card.lines == ["77a: you guessed no, it was yes"]


def test_a_guess_that_was_never_revealed_is_not_right():
    record_guess("77a", "yes")
    card = summary("77")
    assert card.heading.endswith("1 of 2 guesses made, 0 of them right.")
    assert card.lines == ["77a: you guessed yes, it was not revealed"]


CHAPTER = (
    "from workbook import closing, guess, reveal",
    'guess("00a", {a}, sure={sure})',
    'reveal("00a", "other")',
    'guess("00d", {d})',
    "1 / 0",
    'closing("00")',
)


@pytest.mark.parametrize(
    ("guesses", "expected"),
    [
        (
            {"a": "...", "sure": "...", "d": "..."},
            "{n} cells run, 0 of 5 guesses made.",
        ),
        (
            {"a": "'same'", "sure": 3, "d": "True"},
            "{n} cells run, 2 of 5 guesses made, 0 of them right.\n"
            "00a: you guessed same, it was other\n00d: you guessed yes, it was not revealed",
        ),
    ],
    ids=["without guesses", "with guesses"],
)
def test_closing_in_a_kernel_counts_each_cell_once_however_often_it_is_run(working_copy, guesses, expected):
    sources = [source.format(**guesses) for source in CHAPTER]
    notebook = notebook_of(*sources, *sources, *sources[:1], "closing('00') # once more")
    for cell in code_of(notebook):
        if cell.source == "1 / 0":
            cell.metadata["tags"] = ["raises-exception"]
    environment = session_environment(working_copy)
    client_for(notebook, working_copy / "notebooks").execute(env=environment)
    cells = code_of(notebook)
    assert text_of(cells[5]).startswith(expected.format(n=6))
    assert text_of(cells[11]).startswith(expected.format(n=6))
    assert text_of(cells[13]).startswith(expected.format(n=7))
    # What a kernel shows is both text and HTML, where the call stands.
    [shown] = cells[2].outputs
    assert shown.output_type == "display_data"
    assert {"text/plain", "text/html"} <= set(shown.data)


def test_outside_a_notebook_the_words_are_printed():
    program = "from workbook import guess, closing; guess('00a', ...); closing('00')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=session_environment(ROOT),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("00a: no guess yet\n")
    assert "0 of 5 guesses made." in done.stdout
    assert done.stderr == ""


# ---- the questions of the course


def test_there_are_questions():
    assert CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_question_of_a_chapter_has_two_or_three_answers_each_with_its_own_text(chapter):
    asked = questions(chapter)
    assert list(asked) == [f"{chapter}{letter}" for letter in "abcdefgh"[: len(asked)]]
    texts = [text for question in asked.values() for text in question.answers.values()]
    assert len(set(texts)) == len(texts)
    for question in asked.values():
        assert question.question.strip()
        assert 2 <= len(question.answers) <= 3
        assert all(len(text) > 40 for text in question.answers.values())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_answer_can_be_guessed_and_revealed(chapter):
    for question in questions(chapter).values():
        for answer in question.answers:
            assert guess_module.match(question, answer) == answer
            # Case does not count, so no two answers may differ by it only.
            assert sum(other.lower() == answer.lower() for other in question.answers) == 1


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_question_names_the_answers_that_it_offers(chapter):
    for question in questions(chapter).values():
        if set(question.answers) != {"yes", "no"}:
            missing = [
                answer for answer in question.answers if answer.split()[0].lower() not in question.question.lower()
            ]
            assert missing == [], question.id
