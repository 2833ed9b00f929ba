"""`python3 -m workbook author gate`: prove that each lab tells right from wrong, in both directions.

For each question of each lab:

* the solution in `solutions/NN_*.ipynb` gets full points, the blank in `labs/` says "not started";
* each `solutions/answers/NN/qK/right_*.py`, another right answer, gets full points;
* each `solutions/answers/NN/qK/wrong_*.py`, a misconception, is "not yet", *with the words meant for it*, which its
  first line gives: `# says: words from the message`;
* what is said to each wrong answer is, word for word, what `tests/golden` keeps (written by `--keep`);
* no line of a solution stands in the blank, and the blank is what `build` derives;
* nbgrader reads the lab: a blank gets 0, the solution full marks (not with `--no-nbgrader`).

An answer file is the whole text of the question's module; the other modules are those of the solution.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workbook.author import golden
from workbook.author.build import is_current, made_from
from workbook.author.derive import solution_lines
from workbook.author.nbgrader_gate import Grades, grade_by_nbgrader
from workbook.author.notebooks import ROOT, code_cells, read
from workbook.box.box import Slot
from workbook.box.plain import PlainSlot
from workbook.check.answers import Blank, blank_of_lab, model_of_lab, module_cells
from workbook.check.engine import Examiner, Verdict
from workbook.check.question import CheckError, Lab, Question
from workbook.course.lab import VerdictCard
from workbook.labs import find_lab, lab_numbers

SAYS = "# says: "
AT_ONCE = 3
KINDS = {"solution": "solution", "blank": "blank", "right": "other right answers", "wrong": "mutants caught"}


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
        outcome, finding = verdict.outcome, verdict.outcome.finding
        if outcome.state != self.state:
            return f"{outcome.state} instead of {self.state}: {finding.got} {finding.lesson}".strip()
        if self.state == "right" and outcome.points != self.question.points:
            return f"{outcome.points:g} of {self.question.points} points"
        said = " ".join((finding.tried, finding.got, finding.expected, finding.lesson))
        return f"the message lacks {self.says!r}; it says: {said}" if self.says not in said else ""


@dataclass(frozen=True)
class Report:
    """What the gate found for one lab: for each question, of each kind of case whether it went as meant; the faults."""

    rows: dict[str, dict[str, list[bool]]]
    faults: list[str]


def gate(
    numbers: list[str],
    console: Console,
    root: Path = ROOT,
    nbgrader: bool = True,
    seed: int = golden.GOLDEN_SEED,
    keep: bool = False,
) -> int:
    """Run the gate for the named labs (all, if none is named) and print its matrix; returns the exit code.

    `seed` chooses the inputs of every check. `keep` writes what wrong answers are told into `tests/golden`.
    """
    labs = [find_lab(number) for number in numbers or lab_numbers()]
    # A judge mostly waits for the processes of its box, and each lab has a box of its own.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reports = dict(zip(labs, pool.map(lambda lab: examine(lab, root, seed, keep), labs), strict=True))
    faults = [fault for report in reports.values() for fault in report.faults]
    if nbgrader:
        faults += [fault for lab in labs for fault in unread_by_nbgrader(lab, root)]
    console.print(matrix(reports))
    for fault in faults:
        console.print(fault, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(reports), highlight=False)
    return 1 if faults else 0


def examine(lab: Lab, root: Path, seed: int, keep: bool = False) -> Report:
    """Look at a lab's files, then judge every case of every question."""
    report = Report({}, [*leaks(lab.number, root), *not_current(lab.number, root)])
    with closing(examiner_of(lab, root)) as examiner:
        for question in lab.questions:
            row, faults = examine_question(examiner, question, root, seed, keep)
            report.rows[question.id] = row
            report.faults.extend(f"lab {lab.number} {question.id}{fault}" for fault in faults)
    return report


def examiner_of(lab: Lab, root: Path, slot: Slot | None = None) -> Examiner:
    """An examiner for a lab, with this slot or one of its own; the caller closes it."""
    solution = partial(model_of_lab, lab.number, root / "solutions")
    return Examiner(lab, blank_of_lab(lab.number, root / "labs"), slot or PlainSlot(), solution)


def examine_question(
    examiner: Examiner, question: Question, root: Path, seed: int, keep: bool = False
) -> tuple[dict[str, list[bool]], list[str]]:
    """Judge every case of a question: for each kind of case whether it went as meant, and the faults."""
    lab, faults = examiner.lab, list[str]()
    row: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    said: dict[str, str] = {}
    for case in cases(lab, question, examiner.blank, root):
        verdict = examiner.judge(question.id, case.answers, seed)
        fault, kind = case.fault(verdict), case.name.partition("_")[0]
        row[kind].append(not fault)
        if fault:
            faults.append(f" {case.name}: {fault}")
        if kind == "wrong":
            said[case.name] = repr(VerdictCard(verdict))
    path = golden.golden_path(root, lab.number, question.id)
    if keep:
        golden.keep(path, said)
    elif seed == golden.GOLDEN_SEED and (changed := golden.difference(path, said)):
        faults.append(f": wrong answers are told something else than before (`--keep` keeps it):\n{changed}")
    return row, [*faults, *(f": {fault}" for fault in too_few(row))]


def matrix(reports: dict[Lab, Report]) -> Table:
    """A row for each question: how many cases of each kind went as meant, of how many."""
    table = Table("lab", "question", *KINDS.values(), title="The gate")
    for lab, report in reports.items():
        for id, row in report.rows.items():
            table.add_row(lab.number, id, *(f"{sum(row[kind])}/{len(row[kind])}" for kind in KINDS))
    return table


def summary(reports: dict[Lab, Report]) -> str:
    """The last line: questions, mutants caught of total, alternatives passed of total."""
    rows = [row for report in reports.values() for row in report.rows.values()]
    wrong, right = ([found for row in rows for found in row[kind]] for kind in ("wrong", "right"))
    return (
        f"{len(rows)} questions, {sum(wrong)} of {len(wrong)} mutants caught, "
        f"{sum(right)} of {len(right)} alternatives passed"
    )


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


def not_current(number: str, root: Path) -> Iterator[str]:
    """Whether the blank is what `build` makes of the solution."""
    path = solution_of(number, root)
    for made, text in made_from(path, read(path), root).items():
        if not is_current(made, text):
            yield f"lab {number}: {made.relative_to(root)} is not what `python3 -m workbook build` makes"


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
