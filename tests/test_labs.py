"""The labs: their form, and the author's gate over them, which is also broken on purpose here."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shutil

import pytest
from rich.console import Console

from tests.notebook_tools import ROOT, code_of, tags_of
from workbook.author.build import drift
from workbook.author.gate import (
    cases,
    examine_question,
    examiner_of,
    gate,
    leaks,
    not_current,
    solution_of,
    unread_by_nbgrader,
)
from workbook.author.golden import GOLDEN_SEED
from workbook.author.nbgrader_gate import autograde
from workbook.author.notebooks import dump, read
from workbook.box.plain import PlainSlot
from workbook.check.answers import blank_of_lab, module_cells
from workbook.check.question import CheckError
from workbook.labs import find_lab, lab_numbers

LABS = lab_numbers()
READ_BY_NBGRADER = "07"
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


# ---- the gate, a question a test: shared out among the workers, each with a box that it keeps from one to the next


@pytest.fixture(scope="module")
def slot():
    """A slot, whose boxes are as new for each answer."""
    slot = PlainSlot()
    yield slot
    slot.close()


def each_question():
    """A lab and a question of it, in a group of their own."""
    for lab in map(find_lab, LABS):
        for question in lab.questions:
            name = f"{lab.number}-{question.id}"
            yield pytest.param(lab, question, id=name, marks=pytest.mark.xdist_group(f"gate-{name}"))


@pytest.mark.parametrize(("lab", "question"), list(each_question()))
def test_the_gate_is_passed(slot, lab, question):
    row, faults = examine_question(examiner_of(lab, ROOT, slot), question, ROOT, GOLDEN_SEED)
    assert faults == []
    assert len(row["solution"]) == len(row["blank"]) == 1


def test_a_blank_is_what_build_makes_and_gives_nothing_away(number):
    assert [*leaks(number, ROOT), *not_current(number, ROOT)] == []


def test_nbgrader_reads_the_lab_that_exercises_most():
    """A provider, a given module, blanks of their own, a test to write. All labs: `benchmarks/soak.py nbgrader`."""
    assert list(unread_by_nbgrader(find_lab(READ_BY_NBGRADER), ROOT)) == []


# ---- a gate that cannot fail proves nothing


def run_gate(root, keep=False):
    """The gate's exit code and what it printed."""
    said = io.StringIO()
    code = gate(["02"], Console(file=said, width=300), root, nbgrader=False, keep=keep)
    return code, said.getvalue()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A copy of lab 02 with two other right answers and one mutant a question, and what that one is told."""
    root = tmp_path_factory.mktemp("sound")
    for folder in ("labs", "solutions"):
        (root / folder).mkdir()
        shutil.copy(next((ROOT / folder).glob("02_*.ipynb")), root / folder)
    for question in find_lab("02").questions:
        folder = root / "solutions/answers/02" / question.id
        folder.mkdir(parents=True)
        answers = ROOT / "solutions/answers/02" / question.id
        for path in [*sorted(answers.glob("right_*.py"))[:2], *sorted(answers.glob("wrong_*.py"))[:1]]:
            shutil.copy(path, folder)
    assert run_gate(root, keep=True)[0] == 0
    return root


@pytest.fixture
def copied(sound, tmp_path):
    """A copy of the sound lab that may be spoiled."""
    return shutil.copytree(sound, tmp_path / "copied")


def test_a_sound_lab_passes_and_the_last_line_counts(sound):
    code, said = run_gate(sound)
    assert code == 0
    assert said.splitlines()[-1] == "5 questions, 5 of 5 mutants caught, 10 of 10 alternatives passed"


def test_the_gate_finds_each_fault_of_an_answer(copied):
    answers = copied / "solutions/answers/02"
    folder = answers / "q1"
    right, wrong = (next(folder.glob(f"{kind}_*.py")) for kind in ("right", "wrong"))
    (folder / "wrong_but_right.py").write_text("# says: no\n" + right.read_text())
    (folder / "wrong_message.py").write_text("# says: quite other words\n" + wrong.read_text())
    (folder / "right_not.py").write_text(wrong.read_text().partition("\n")[2])
    wrong.unlink()
    for path in (*answers.glob("q2/right_*.py"), *answers.glob("q3/wrong_*.py")):
        path.unlink()
    kept = copied / "tests/golden/02/q4.txt"
    kept.write_text(kept.read_text().replace("Tried", "Tired"))
    code, said = run_gate(copied)
    assert code == 1
    for fault in (
        "q1 wrong_but_right: right instead of not yet",
        "q1 wrong_message: the message lacks 'quite other words'",
        "q1 right_not: not yet instead of right",
        "q2: fewer than two other right answers",
        "q3: no mutant",
        "q4: wrong answers are told something else than before",
    ):
        assert f"lab 02 {fault}" in said
    assert "lab 02 q5" not in said
    assert said.splitlines()[-1] == "5 questions, 3 of 5 mutants caught, 8 of 9 alternatives passed"


def test_the_gate_finds_a_solution_in_a_blank(copied):
    shutil.copy(solution_of("02", copied), next((copied / "labs").glob("02_*.ipynb")))
    code, said = run_gate(copied)
    assert code == 1
    assert "lab 02: the blank gives away " in said
    assert "lab 02: labs/02_first_job.ipynb is not what `python3 -m workbook build` makes" in said
    assert "lab 02 q1 solution: not started instead of right" in said


def test_an_answer_file_without_its_words_is_refused(copied):
    (copied / "solutions/answers/02/q1/wrong_x.py").write_text("x = 1\n")
    with pytest.raises(CheckError, match=r"wrong_x\.py: call it"):
        list(cases(find_lab("02"), find_lab("02").question("q1"), blank_of_lab("02", ROOT / "labs"), copied))


def test_blanks_come_from_the_labs_folder(number):
    assert set(blank_of_lab(number).modules) >= {question.module for question in find_lab(number).questions}


def test_nbgrader_gives_no_points_where_nothing_could_be_judged(tmp_path):
    """The kernel ends, so that nbgrader reports the submission; an exception in a cell would count as 0 points."""
    notebook = read(solution_of("02", ROOT))
    cell = next(cell for cell in code_of(notebook) if cell.source.startswith("%%module"))
    magic, _, source = cell.source.partition("\n")
    unjudged = 'engine.judged = lambda *anything: could_not_judge("the server was ended", "check again")'
    imports = "from workbook.check import engine\nfrom workbook.check.trial import could_not_judge"
    cell.source = "\n".join([magic, imports, unjudged, source])
    path = tmp_path / "lab.ipynb"
    path.write_text(dump(notebook))
    before = dict(os.environ)
    result = autograde("02", ROOT, path)
    assert dict(os.environ) == before
    assert not result["success"]
    assert "Kernel died" in result["log"] + (result["error"] or "")


def test_no_judge_reads_by_classes_of_rq():
    """`Job.fetch` and its like unpickle what an answer may have written: that code would run in the judge's process."""
    reading = {"Job", "Result", "fetch", "fetch_many", "return_value", "latest_result", "results", "Worker", "loads"}
    for path in [*(ROOT / "workbook/labs").rglob("judge_*.py"), *(ROOT / "workbook/labs").rglob("stage.py")]:
        tree = ast.parse(path.read_text())
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not used & reading, path
