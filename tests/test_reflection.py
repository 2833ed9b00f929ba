"""The reflection: its rubric, what is there of an answer, the looking back, and that its four files belong together."""

from __future__ import annotations

import json
import re
from copy import deepcopy

import pytest

from tests import test_policy as policy
from tests.notebook_tools import ROOT, client_for, code_of, session_environment, text_of
from workbook.author.build import drift, made_from
from workbook.author.derive import SOLUTION_ONLY, solution_lines
from workbook.author.notebooks import read
from workbook.author.reflection_document import SHORT_FORM, reflection_document
from workbook.check.presence import presence
from workbook.check.question import CheckError
from workbook.check.rubric import RubricError, load_rubric, mark_in_words, rubric_table, rule_in_words
from workbook.course import log
from workbook.course.reflection import check as check_reflection
from workbook.course.reflection import mark, most_wrong, most_wrong_card

SOLUTION = ROOT / "solutions/reflection.ipynb"
BLANK = ROOT / "labs/reflection.ipynb"
DOCUMENT = ROOT / "solutions/reflection.md"
RUBRIC = load_rubric()
IDS = [question.id for question in RUBRIC.questions]
MOST_SHORT_WORDS = 60
MOST_WORDS = 1300  # of the answers and their boundaries: about two screens


@pytest.fixture(autouse=True)
def empty_log(monkeypatch, tmp_path):
    """No guesses of other tests, and not in a working copy."""
    monkeypatch.setattr(log, "_in_memory", [])
    monkeypatch.chdir(tmp_path)


def sources(path):
    return [cell.source for cell in read(path).cells]


def json_of(path):
    return json.loads(path.read_text(encoding="utf-8"))


def graded(notebook, grade_id):
    """The cell of a notebook, as JSON, with this grade_id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


# ---- the rubric


def test_the_rubric_has_six_questions_of_three_points_and_four_levels():
    assert IDS == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert {(len(question.points), len(question.levels)) for question in RUBRIC.questions} == {(3, 4)}
    assert all(point.endswith("?") for question in RUBRIC.questions for point in question.points)


@pytest.mark.parametrize("yes", range(4))
@pytest.mark.parametrize("own_evidence", [False, True])
@pytest.mark.parametrize("boundary", [False, True])
def test_the_level_follows_from_the_points_and_four_asks_for_evidence_and_boundary(yes, own_evidence, boundary):
    expected = 4 if yes == 3 and own_evidence and boundary else [1, 2, 2, 3][yes]
    for shift in range(3):
        points = [(place + shift) % 3 < yes for place in range(3)]
        assert RUBRIC.level(points, own_evidence, boundary) == expected


def test_points_that_do_not_fit_are_refused():
    with pytest.raises(RubricError, match="3 points, not 2"):
        RUBRIC.level([True, True], True, True)


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ([3, 3, 3, 3, 3, 3], "pass"),
        ([4, 3, 3, 3, 3, 3], "pass"),
        ([4, 4, 3, 3, 3, 3], "distinction"),
        ([4, 4, 4, 4, 4, 4], "distinction"),
        ([4, 4, 4, 4, 4, 2], "not yet"),
        ([1, 3, 3, 3, 3, 3], "not yet"),
    ],
)
def test_what_the_levels_come_to(levels, verdict):
    assert RUBRIC.verdict(levels) == verdict


def test_levels_for_other_than_all_questions_are_refused():
    with pytest.raises(RubricError, match="6 questions, and 5 levels"):
        RUBRIC.verdict([3] * 5)


def test_a_question_that_is_not_there_is_told_the_choice():
    with pytest.raises(RubricError, match="no question 'q7'; use one of: q1, q2"):
        RUBRIC.question("q7")
    with pytest.raises(RubricError, match="no answer 'q5' to mark; use one of: q1, q2, q3, q4"):
        RUBRIC.anchor("q5")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('names = ["missing or wrong", ', "names = [", "Question q1 has 3 points, 4 levels"),
        ("level_by_yes = [1, 2, 2, 3]", "level_by_yes = [1, 2, 3]", "Question q1 has 3 points"),
        ("points = [true, false, false]", "points = [true]", "The answer to mark for q1 has 1 points"),
        ("distinction_count = 2\n", "", "not a rubric: .*distinction_count"),
        ("distinction_count = 2\n", "distinction_count = 2\nmore = 1\n", "not a rubric: .*more"),
        ('question = "q4"', 'question = "q9"', "no question 'q9'"),
    ],
)
def test_a_rubric_that_does_not_fit_itself_is_refused(tmp_path, old, new, told):
    text = (ROOT / "workbook/check/rubric.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "rubric.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RubricError, match=told):
        load_rubric(tmp_path / "rubric.toml")


# ---- mark first


def test_the_answers_to_mark_are_of_level_two_and_stand_in_the_notebook_word_for_word():
    assert [anchor.question for anchor in RUBRIC.anchors] == ["q1", "q2", "q3", "q4"]
    text = "\n".join(sources(BLANK))
    for anchor in RUBRIC.anchors:
        assert RUBRIC.anchor_level(anchor.question) == 2
        assert anchor.answer in text
        assert anchor.why not in text


def test_without_a_mark_nothing_of_the_experts_is_told():
    heading, lines, accent = mark_in_words("q1", ...)
    assert (heading, accent) == ("q1: not marked yet", "plain")
    assert lines == ["Put a level, 1 to 4, in place of the dots."]


@pytest.mark.parametrize("given", [1, 2, 3, 4])
def test_with_a_mark_the_experts_is_told_and_why(given):
    heading, lines, accent = mark_in_words("q3", given)
    assert heading == f"q3: you gave {given}, the expert 2 (recites)"
    assert accent == ("right" if given == 2 else "wrong")
    assert [line.split(":")[0] for line in lines[:3]] == ["no", "yes", "no"]
    assert lines[3] == RUBRIC.anchor("q3").why


@pytest.mark.parametrize("given", [0, 5, "2", True, None, 2.5, [2]])
def test_what_is_no_level_is_said_and_the_experts_mark_is_not(given):
    heading, lines, accent = mark_in_words("q1", given)
    assert heading.endswith("is no level")
    assert lines == ["Put 1, 2, 3 or 4."]
    assert accent == "wrong"


def test_a_mark_shows_a_card(capsys):
    mark("q1", 2)
    assert capsys.readouterr().out.startswith("q1: you gave 2, the expert 2 (recites)\n")


# ---- the most wrong guess


def guessed(id, answer, sure, happened, late=False):
    log.write("guess", id=id, answer=answer, sure=sure, late=late)
    if happened:
        log.write("reveal", id=id, value=happened, guessed=answer)


def test_without_a_log_there_is_nothing_to_look_back_at(capsys):
    most_wrong()
    assert capsys.readouterr().out.startswith("No guesses are recorded here.\n")


def test_only_certain_and_wrong_guesses_are_listed_with_what_happened():
    guessed("07b", "failed", 3, "finished, 0 charged")
    guessed("07a", "1", 1, "2")
    guessed("06a", "failed", 3, "failed")
    guessed("05a", "failed", 3, None)
    card = most_wrong_card()
    assert card.heading == "Certain, and wrong: 1 of your 4 guesses"
    [line] = card.lines
    assert line.startswith("07b: you guessed failed, it was finished, 0 charged. (")


def test_without_a_certain_one_the_others_are_listed():
    guessed("07a", "1", 2, "2")
    guessed("06a", "failed", 3, "failed")
    card = most_wrong_card()
    assert card.heading == "None of your 2 guesses was certain and wrong. Wrong, and less certain:"
    assert card.lines[0].startswith("07a: you guessed 1, it was 2. (")


def test_the_last_guess_made_in_time_and_the_first_measurement_count():
    guessed("07a", "0", 3, None)
    guessed("07a", "1", 3, "2")
    guessed("07a", "2", 3, "1", late=True)
    [line] = most_wrong_card().lines
    assert line.startswith("07a: you guessed 1, it was 2.")


def test_entries_of_questions_that_the_course_does_not_have_are_passed_over():
    for id in (None, ["a"], "99z", ""):
        log.write("guess", id=id, answer="x", sure=3)
        log.write("reveal", id=id, value="y")
    log.write("guess")
    assert most_wrong_card().heading == "No guesses are recorded here."


# ---- what of an answer is there


def test_of_a_blank_nothing_is_there():
    for id in IDS:
        found = presence(json_of(BLANK), json_of(BLANK), id)
        assert (found.answer_written, found.evidence_executed, found.boundary_written) == (False, False, False)
        assert found.sentences == (
            "The answer was not written.",
            "The evidence was not written.",
            "The boundary was not written.",
        )


def test_of_the_solution_everything_is_there():
    for id in IDS:
        found = presence(json_of(SOLUTION), json_of(BLANK), id)
        assert found.complete
        assert found.sentences[1] == "The evidence was executed and shows something."


def test_of_a_notebook_filled_in_by_half_the_half_is_there():
    notebook = json_of(BLANK)
    graded(notebook, "q1_answer")["source"] = [
        "A request holds a thread for as long as the call takes, and a server\n"
    ] * 2
    graded(notebook, "q2_evidence")["source"] = "print(connection.keys())"
    graded(notebook, "q3_boundary")["source"] = "**q3 is not true when** the error can never pass."
    assert [presence(notebook, json_of(BLANK), id).complete for id in IDS] == [False] * 6
    assert presence(notebook, json_of(BLANK), "q1").answer_written
    assert presence(notebook, json_of(BLANK), "q2").sentences[1] == "The evidence was written and not executed."
    assert presence(notebook, json_of(BLANK), "q3").boundary_written
    assert not presence(notebook, json_of(BLANK), "q4").boundary_written


def changed(cell, **fields):
    return {**deepcopy(cell), **fields}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"source": "1 + 1", "execution_count": 3, "outputs": []}, "executed and shows nothing"),
        (
            {"source": "1 / 0", "execution_count": 3, "outputs": [{"output_type": "error", "ename": "E"}]},
            "ended with an error",
        ),
        ({"source": "1 + 1", "execution_count": None, "outputs": [{"output_type": "stream"}]}, "not executed"),
        ({"execution_count": 3, "outputs": [{"output_type": "stream", "text": "x"}]}, "was not written"),
        ({"source": " \n", "execution_count": 3, "outputs": [{"output_type": "stream"}]}, "was not written"),
        ({"cell_type": "markdown", "source": "I measured it."}, "not a code cell"),
        ({"source": 3, "execution_count": "3", "outputs": "x"}, "was not written"),
        ({"source": ["1 + ", 1, "1"], "execution_count": 3, "outputs": "x"}, "executed and shows nothing"),
        ({"metadata": {"nbgrader": "x"}}, "there is no cell q1_evidence"),
        ({"metadata": None}, "there is no cell q1_evidence"),
    ],
)
def test_evidence_that_is_none_is_told_in_a_sentence(fields, told):
    notebook = json_of(BLANK)
    place = notebook["cells"].index(graded(notebook, "q1_evidence"))
    notebook["cells"][place] = changed(notebook["cells"][place], **fields)
    found = presence(notebook, json_of(BLANK), "q1")
    assert not found.evidence_executed
    assert told in found.sentences[1]


@pytest.mark.parametrize("notebook", [{}, {"cells": None}, {"cells": [None, 3, {}]}, {"cells": {"q1_answer": 1}}])
def test_a_file_that_is_hardly_a_notebook_has_nothing(notebook):
    found = presence(notebook, json_of(BLANK), "q1")
    assert not found.complete
    assert found.sentences[0] == "The answer is missing: there is no cell q1_answer."


def test_a_text_of_few_words_or_of_the_blanks_words_in_other_lines_is_no_answer():
    notebook = json_of(BLANK)
    cell = graded(notebook, "q1_answer")
    blank = "".join(cell["source"])
    cell["source"] = "A queue is faster."
    assert (
        presence(notebook, json_of(BLANK), "q1").sentences[0]
        == "The answer has 3 words beside what was handed out; it needs 15 at least."
    )
    graded(notebook, "q1_boundary")["source"] = "**q1 is not true when** never mind"
    assert not presence(notebook, json_of(BLANK), "q1").boundary_written
    cell["source"] = blank.replace(" ", "\n\n") + "\n"
    assert not presence(notebook, json_of(BLANK), "q1").answer_written


# ---- the notebook, its lab and its document


def test_solution_lab_and_document_belong_together():
    assert drift(SOLUTION) is None
    made = made_from(SOLUTION, read(SOLUTION), ROOT)
    assert sorted(path.relative_to(ROOT).as_posix() for path in made) == [
        "labs/reflection.ipynb",
        "solutions/reflection.md",
    ]
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "rule",
    [
        policy.short_code,
        policy.executed,
        policy.no_tricks,
        policy.figures,
        policy.errors,
        policy.no_machine,
        policy.modules_are_clean,
    ],
    ids=lambda rule: rule.__name__,
)
def test_the_solution_keeps_the_rules_of_chapters_that_apply_to_it(rule):
    assert list(rule(policy.load(SOLUTION))) == []


def test_the_rubric_in_the_notebook_is_the_machine_readable_one():
    text = sources(BLANK)
    assert rule_in_words(RUBRIC) in text[0]
    for question in RUBRIC.questions:
        assert f"## {question.id}. {question.title}\n\n{rubric_table(question, RUBRIC)}" in text


def test_each_question_has_its_cells_in_order_and_nbgraders_metadata():
    for path in (SOLUTION, BLANK):
        found = [cell.metadata["nbgrader"] for cell in read(path).cells if "nbgrader" in cell.metadata]
        parts = [f"{id}_{part}" for id in IDS for part in ("answer", "evidence", "boundary")]
        assert [entry["grade_id"] for entry in found] == parts
        for entry in found:
            by_hand = not entry["grade_id"].endswith("evidence")
            assert (
                entry.pop("points", None) == {"answer": 4, "evidence": None, "boundary": 0}[entry.pop("grade_id")[3:]]
            )
            assert entry == {"grade": by_hand, "solution": True, "locked": False, "schema_version": 3, "task": False}


def test_the_lab_contains_no_line_of_the_solution():
    solution, lab = read(SOLUTION), "\n".join(sources(BLANK))
    kept = [cell for cell in solution.cells if SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    left_out = [cell for cell in solution.cells if SOLUTION_ONLY in cell.metadata.get("tags", [])]
    lines = [line for cell in kept for line in solution_lines(cell)]
    lines += [line.strip() for cell in left_out for line in cell.source.splitlines()]
    imports = re.compile(r"(import|from) ")
    telling = [line for line in lines if len(line) > 20 and not imports.match(line)]
    assert len(telling) > 150
    assert [line for line in telling if line in lab] == []


def test_the_lab_is_empty_and_runs_from_top_to_bottom(session_folder, monkeypatch):
    lab = read(BLANK)
    assert all(cell.execution_count is None and not cell.outputs for cell in code_of(lab))
    for name, value in session_environment(session_folder).items():
        monkeypatch.setenv(name, value)
    client_for(lab, ROOT / "labs").execute()
    texts = "\n".join(text_of(cell) for cell in code_of(lab))
    assert texts.count("not marked yet") == 4
    assert "No guesses are recorded here." in texts


def test_the_answers_are_two_screens_and_the_short_ones_sixty_words():
    notebook = json_of(SOLUTION)
    parts = [graded(notebook, f"{id}_{part}")["source"] for id in IDS for part in ("answer", "boundary")]
    assert len(re.findall(r"\S+", "\n".join("".join(part) for part in parts))) <= MOST_WORDS
    [short] = [source for source in sources(SOLUTION) if source.startswith(SHORT_FORM)]
    paragraphs = short.split("\n\n")[1:]
    assert [paragraph[2:4] for paragraph in paragraphs] == ["q1", "q2", "q3", "q4"]
    for paragraph in paragraphs:
        answer, _, see = re.sub(r"^\*\*.*?\*\* ", "", paragraph).partition(" *See* ")
        assert len(answer.split()) <= MOST_SHORT_WORDS
        assert see.count("](reflection.ipynb#q") == 1
        assert "](../notebooks/" in see


def headings(path):
    """The headings of a notebook as JupyterLab names their places."""
    found = re.findall(r"^#+ (.*)$", "\n".join(sources(path)), re.MULTILINE)
    return {heading.replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", [SOLUTION, BLANK, DOCUMENT], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(path):
    text = path.read_text(encoding="utf-8") if path.suffix == ".md" else "\n".join(sources(path))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(targets) > 8
    for target in targets:
        name, _, place = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not place or place in headings(file), target


def test_the_document_links_each_question_to_its_cells_and_quotes_what_they_printed():
    text = reflection_document(read(SOLUTION))
    assert text.index(SHORT_FORM) < text.index("## q1.")
    for id in IDS:
        assert f"[reflection.ipynb, {id}](reflection.ipynb#{id}." in text
        assert f"**{id} is not true when** " in text
    assert "What I changed" not in text
    quoted = re.findall(r"In \[(\d+)\], [^\n]*:\n\n```text\n(.+?)\n```", text, re.DOTALL)
    assert len(quoted) >= 15
    outputs = {str(cell.execution_count): text_of(cell) for cell in code_of(read(SOLUTION))}
    for count, said in quoted:
        assert said.splitlines()[0] in outputs[count]


# ---- what is there, as saved


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A folder that a reflection was saved in; returns a function that saves one there, by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)

    def save(folder, name="reflection.ipynb"):
        (tmp_path / name).write_text((ROOT / folder / "reflection.ipynb").read_text())

    return save


def test_check_says_what_is_there_as_it_was_saved(saved):
    saved("labs")
    blank = check_reflection()
    assert blank.heading == "0 of 6 answers are there as saved, with evidence and boundary"
    assert blank.lines[0].startswith("q1: The answer was not written. The evidence was not written.")
    saved("solutions")
    assert check_reflection().heading == "6 of 6 answers are there as saved, with evidence and boundary"
    assert len(check_reflection("q3").lines) == 1


def test_check_reads_the_notebook_that_jupyterlab_names(saved, monkeypatch):
    saved("solutions", "my answers.ipynb")
    with pytest.raises(CheckError, match=r"save this one \(Ctrl-S\)"):
        check_reflection()
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/my answers.ipynb")
    assert check_reflection().accent == "right"


def test_check_knows_its_questions(saved):
    with pytest.raises(CheckError, match="There is no question 'q9'; the reflection has q1, q2, q3, q4, q5, q6"):
        check_reflection("q9")
