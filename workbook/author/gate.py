"""`python3 -m workbook author gate`: prove that each lab tells right from wrong, in both directions.

For each question of each lab:

* the solution in `solutions/NN_*.ipynb` gets full points, the blank in `labs/` says "not started";
* each `solutions/answers/NN/qK/right_*.py`, another right answer, gets full points;
* each `solutions/answers/NN/qK/wrong_*.py`, a misconception, is "not yet", *with the words meant for it*, which its
  first line gives: `# says: words from the message`;
* no line of a solution stands in the blank, and the blank is what `build` derives;
* nbgrader reads the lab: a blank gets 0, the solution full marks (not with `--no-nbgrader`).

An answer file is the whole text of the question's module; the other modules are those of the solution.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workbook.author.derive import solution_lines
from workbook.author.nbgrader_gate import Grades, grade_by_nbgrader
from workbook.author.notebooks import ROOT, code_cells, read
from workbook.check.answers import Blank, blank_of_lab, module_cells
from workbook.check.engine import Examiner, Verdict
from workbook.check.labs import find_lab, lab_numbers
from workbook.check.question import CheckError, Lab, Question

SAYS = "# says: "


@dataclass(frozen=True)
class Case:
    """One answer to one question and what should be said of it."""

    question: Question
    name: str
    answers: dict[str, str]
    state: str
    says: str = ""

    def fault(self, verdict: Verdict) -> str:
        """Why the verdict is not the one that was meant, or ""."""
        outcome = verdict.outcome
        if outcome.state != self.state:
            return f"{outcome.state} instead of {self.state}: {outcome.got} {outcome.lesson}".strip()
        if self.state == "right" and outcome.points != self.question.points:
            return f"{outcome.points:g} of {self.question.points} points"
        said = " ".join((outcome.tried, outcome.got, outcome.expected, outcome.lesson))
        return f"the message lacks {self.says!r}; it says: {said}" if self.says not in said else ""


def gate(numbers: list[str], console: Console, root: Path = ROOT, nbgrader: bool = True) -> int:
    """Run the gate for the named labs (all, if none is named) and print its matrix; returns the exit code."""
    faults: list[str] = []
    questions = 0
    counts = {"right": [0, 0], "wrong": [0, 0]}  # passed or caught, of total
    table = Table("lab", "question", "solution", "blank", "other right answers", "mutants caught", title="The gate")
    for number in numbers or lab_numbers():
        lab = find_lab(number)
        faults += leaks(number, root)
        faults += unread_by_nbgrader(lab, root) if nbgrader else []
        with closing(Examiner(lab, blank_of_lab(number, root / "labs"))) as examiner:
            for question in lab.questions:
                questions += 1
                row: dict[str, list[bool]] = {"solution": [], "blank": [], "right": [], "wrong": []}
                for case in cases(lab, question, examiner.blank, root):
                    fault = case.fault(examiner.judge(question.id, case.answers))
                    row[case.name.partition("_")[0]].append(not fault)
                    if fault:
                        faults.append(f"lab {number} {question.id} {case.name}: {fault}")
                for kind, count in counts.items():
                    count[0] += sum(row[kind])
                    count[1] += len(row[kind])
                faults += [f"lab {number} {question.id}: {fault}" for fault in too_few(row)]
                table.add_row(number, question.id, *(f"{sum(row[kind])}/{len(row[kind])}" for kind in row))
    console.print(table)
    for fault in faults:
        console.print(fault, markup=False, highlight=False, soft_wrap=True)
    (passed, alternatives), (caught, mutants) = counts["right"], counts["wrong"]
    console.print(
        f"{questions} questions, {caught} of {mutants} mutants caught, {passed} of {alternatives} alternatives passed",
        highlight=False,
    )
    return 1 if faults else 0


def cases(lab: Lab, question: Question, blank: Blank, root: Path) -> Iterator[Case]:
    """The solution, the blank, and the answers in the folder of a question."""
    solution = module_cells(read(solution_of(lab.number, root)))
    yield Case(question, "solution", solution, "right")
    yield Case(question, "blank", dict(blank.modules), "not started")
    folder = root / "solutions" / "answers" / lab.number / question.id
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        answers = {**solution, question.module: text}
        if path.stem.startswith("right_"):
            yield Case(question, path.stem, answers, "right")
        elif path.stem.startswith("wrong_") and text.startswith(SAYS):
            says, _, _ = text.partition("\n")
            yield Case(question, path.stem, answers, "not yet", says.removeprefix(SAYS).strip())
        else:
            raise CheckError(
                f"{path}: call it right_….py, or wrong_….py with a first line `{SAYS}words of the message`."
            )


def too_few(row: dict[str, list[bool]]) -> Iterator[str]:
    """What a question lacks: two other right answers, and mutants."""
    if len(row["right"]) < 2:
        yield "fewer than two other right answers"
    if not row["wrong"]:
        yield "no mutant"


def leaks(number: str, root: Path) -> Iterator[str]:
    """Each line of a solution that stands in its blank."""
    solution = read(solution_of(number, root))
    (blank_path,) = sorted((root / "labs").glob(f"{number}_*.ipynb"))
    blank = {line.strip() for cell in code_cells(read(blank_path)) for line in cell.source.splitlines()}
    for cell in code_cells(solution):
        for line in solution_lines(cell):
            if line in blank and len(line) > 12:
                yield f"lab {number}: the blank gives away {line!r}"


def unread_by_nbgrader(lab: Lab, root: Path) -> Iterator[str]:
    """What nbgrader makes of a lab, where that is not what it should."""
    grades = grade_by_nbgrader(lab.number, root)
    if grades != Grades(0, lab.points, lab.points):
        yield f"lab {lab.number}: {grades} by nbgrader, instead of 0 and {lab.points} of {lab.points}"


def solution_of(number: str, root: Path) -> Path:
    """The solution's notebook. CheckError when there is none."""
    found = sorted((root / "solutions").glob(f"{number}_*.ipynb"))
    if not found:
        raise CheckError(f"There is no solution for lab {number} in solutions/.")
    return found[0]
