"""The labs: their form, and the author's gate over them, which is also broken on purpose here."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from rich.console import Console

from tests.notebook_tools import ROOT, code_of, tags_of
from workbook.author.build import drift
from workbook.author.gate import gate, solution_of
from workbook.author.notebooks import read
from workbook.check.answers import blank_of_lab, module_cells
from workbook.check.question import CheckError
from workbook.labs import find_lab, lab_numbers

LABS = lab_numbers()
POINTS = 10
QUESTIONS = range(4, 6)
MOST_WORDS = 1000
MOST_LINES, MOST_MODULE_LINES = 10, 20
MACHINE = re.compile(r"/home/|/root\b|/Users/|/tmp/|/var/folders|site-packages|\.venv")


@pytest.fixture(params=LABS)
def number(request):
    return request.param


@pytest.fixture
def solution(number):
    return read(solution_of(number, ROOT))


def nbgrader_of(notebook):
    """The nbgrader metadata of the cells that have some, by grade_id, with the cell's source."""
    found = {}
    for cell in notebook.cells:
        if data := cell.metadata.get("nbgrader"):
            found[data["grade_id"]] = (dict(data), cell.source)
    return found


def test_there_is_a_lab_for_each_chapter_that_has_one():
    assert LABS == ["02", "03", "04", "05", "06", "07"]


def test_a_lab_has_ten_points_in_four_or_five_questions_with_three_hints_each(number):
    lab = find_lab(number)
    assert lab.points == POINTS
    assert len(lab.questions) in QUESTIONS
    assert [question.id for question in lab.questions] == [f"q{place}" for place, _ in enumerate(lab.questions, 1)]
    for question in lab.questions:
        assert len(set(question.hints)) == 3
        assert all(len(hint) > 15 for hint in question.hints)


@pytest.mark.parametrize("folder", ["solutions", "labs"])
def test_each_question_has_an_answer_cell_and_a_check_cell_as_nbgrader_wants_them(number, folder):
    (path,) = (ROOT / folder).glob(f"{number}_*.ipynb")
    cells = nbgrader_of(read(path))
    assert len(cells) == 2 * len(find_lab(number).questions)
    for question in find_lab(number).questions:
        answer, source = cells[question.id]
        assert {**answer, "schema_version": 3} == answer
        assert (answer["solution"], answer["grade"], answer["locked"], answer["task"]) == (True, False, False, False)
        assert source.startswith(f"%%module {question.module}\n")
        check, source = cells[f"{question.id}_check"]
        assert (check["solution"], check["grade"], check["locked"], check["task"]) == (False, True, True, False)
        assert (check["points"], check["cell_type"], check["schema_version"]) == (question.points, "code", 3)
        assert source == f'check("{question.id}")'


def test_a_lab_is_short_plain_and_executed_without_errors(number, solution):
    words = " ".join(cell.source for cell in solution.cells if cell.cell_type == "markdown")
    assert len(words.split()) <= MOST_WORDS
    for cell in code_of(solution):
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
        most = MOST_MODULE_LINES if cell.source.startswith("%%module") else MOST_LINES
        counted = [line for line in lines if not re.match(r"\s*(import |from \S+ import |%%)", line)]
        assert len(counted) <= most, cell.source
        assert set(tags_of(cell)) <= {"yours", "nbval-ignore-output", "solution-only"}
        assert not re.search(r"^\s*!|\binput\(|\bclear_output\b|;\s*$", cell.source, re.MULTILINE)
        assert all(output.output_type != "error" for output in cell.outputs)
    assert [cell.execution_count for cell in code_of(solution)] == list(range(1, len(code_of(solution)) + 1))
    assert not MACHINE.search(json.dumps(solution))
    assert drift(solution_of(number, ROOT)) is None


def test_every_question_is_right_in_the_committed_solution(number, solution):
    said = "\n".join(
        output.get("data", {}).get("text/plain", "") for cell in code_of(solution) for output in cell.outputs
    )
    for question in find_lab(number).questions:
        assert f"{question.id} {question.title}: right, {question.points} of {question.points} points" in said
    assert f"Lab {number}: {POINTS} of {POINTS} points" in said


def test_a_blank_has_no_output_and_every_module_of_the_solution(number, solution):
    blank = read(next((ROOT / "labs").glob(f"{number}_*.ipynb")))
    assert all(not cell.outputs and cell.execution_count is None for cell in code_of(blank))
    assert list(module_cells(blank)) == list(module_cells(solution))
    assert "SOLUTION" not in json.dumps(blank)


def test_the_gate_is_passed(capsys):
    console = Console(width=120, force_terminal=False)
    assert gate([], console) == 0, capsys.readouterr().out
    last = capsys.readouterr().out.splitlines()[-1]
    counts = [int(number) for number in re.findall(r"\d+", last)]
    assert re.fullmatch(r"\d+ questions, \d+ of \d+ mutants caught, \d+ of \d+ alternatives passed", last)
    assert counts[1] == counts[2]
    assert counts[3] == counts[4]
    assert counts[0] >= 4 * len(LABS)


# ---- a gate that cannot fail proves nothing


@pytest.fixture
def copied(tmp_path):
    """A copy of lab 02 that may be spoiled."""
    for folder in ("labs", "solutions"):
        (tmp_path / folder).mkdir()
        shutil.copy(next((ROOT / folder).glob("02_*.ipynb")), tmp_path / folder)
    shutil.copytree(ROOT / "solutions/answers/02", tmp_path / "solutions/answers/02")
    return tmp_path


def run_gate(root, capsys):
    """The gate's exit code and what it printed."""
    code = gate(["02"], Console(width=300, force_terminal=False), root, nbgrader=False)
    return code, capsys.readouterr().out


def first_answer(root, kind):
    """The text of an answer file of q1."""
    return sorted((root / "solutions/answers/02/q1").glob(f"{kind}_*.py"))[0].read_text()


def test_the_gate_finds_a_mutant_that_passes(copied, capsys):
    text = "# says: no\n" + first_answer(copied, "right")
    (copied / "solutions/answers/02/q1/wrong_but_right.py").write_text(text)
    code, said = run_gate(copied, capsys)
    assert code == 1
    assert "lab 02 q1 wrong_but_right: right instead of not yet" in said


def test_the_gate_finds_a_message_that_is_not_the_one_meant(copied, capsys):
    text = first_answer(copied, "wrong")
    (copied / "solutions/answers/02/q1/wrong_message.py").write_text("# says: quite other words\n" + text)
    code, said = run_gate(copied, capsys)
    assert code == 1
    assert "lab 02 q1 wrong_message: the message lacks 'quite other words'" in said


def test_the_gate_finds_a_right_answer_that_is_refused(copied, capsys):
    text = first_answer(copied, "wrong").partition("\n")[2]
    (copied / "solutions/answers/02/q1/right_not.py").write_text(text)
    code, said = run_gate(copied, capsys)
    assert code == 1
    assert "lab 02 q1 right_not: not yet instead of right" in said


def test_the_gate_finds_a_solution_in_a_blank(copied, capsys):
    shutil.copy(solution_of("02", copied), next((copied / "labs").glob("02_*.ipynb")))
    code, said = run_gate(copied, capsys)
    assert code == 1
    assert "lab 02: the blank gives away " in said
    assert "lab 02 q1 solution: not started instead of right" in said


def test_an_answer_file_without_its_words_is_refused(copied, capsys):
    (copied / "solutions/answers/02/q1/wrong_x.py").write_text("x = 1\n")
    with pytest.raises(CheckError, match=r"wrong_x\.py: call it"):
        run_gate(copied, capsys)


def test_blanks_come_from_the_labs_folder(number):
    assert set(blank_of_lab(number).modules) >= {question.module for question in find_lab(number).questions}
