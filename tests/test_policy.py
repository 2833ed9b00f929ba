"""What every committed chapter keeps to: the house style that a program can check.

Each rule is a function from a chapter to what it finds wrong, in words. `test_a_chapter_keeps_the_rule` runs all rules
over all chapters; `test_the_rule_catches` breaks a sound chapter on purpose, once a rule or more.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebook_tools import CHAPTERS, ROOT, code, code_of, markdown, printed, tags_of, text_of, texts_of
from workbook.author.build import drift
from workbook.course.guess import questions

CELLS = range(20, 31)
MOST_SECTIONS = 6
MOST_WORDS = 1300
MOST_MINUTES = 25
WORDS_A_MINUTE, MINUTES_A_CODE_CELL = 200, 0.4
MOST_LINES, MOST_MODULE_LINES = 10, 20
PAIRS = range(4, 7)
YOURS_IN_CODE_CELLS = 1 / 4
TAGS = {"yours", "nbval-ignore-output", "raises-exception"}
# Paths of the machine on which the notebook was executed.
MACHINE = re.compile(r"/home/|/root\b|/Users/|/tmp/|/var/folders|site-packages|ipykernel_\d|\.venv")


@dataclass(frozen=True)
class Chapter:
    """A notebook and where it stands."""

    path: Path
    notebook: NotebookNode

    @property
    def number(self) -> str:
        return self.path.name[:2]

    @property
    def code(self) -> list[NotebookNode]:
        return code_of(self.notebook)

    @property
    def words(self) -> list[str]:
        """The sources of the markdown cells."""
        return [cell.source for cell in self.notebook.cells if cell.cell_type == "markdown"]

    @property
    def pairs(self) -> list[NotebookNode]:
        """Each cell with the one after it."""
        return list(zip(self.notebook.cells, [*self.notebook.cells[1:], None], strict=True))


def name_of(cell: NotebookNode) -> str:
    """How findings name a cell."""
    first = next(iter(cell.source.splitlines()), "")
    return (
        f"In [{cell.get('execution_count')}] ({first[:50]})" if cell.cell_type == "code" else f"the cell {first[:50]!r}"
    )


def is_module(cell: NotebookNode) -> bool:
    return cell.source.startswith("%%module")


def is_warmup(cell: NotebookNode) -> bool:
    return bool(re.search(r"^warmup\(", cell.source, re.MULTILINE))


def plain_words(markdown_source: str) -> str:
    """What is read of a markdown cell: not its diagrams."""
    return re.sub(r"```mermaid.*?```", "", markdown_source, flags=re.DOTALL)


def counted_lines(source: str) -> list[str]:
    """The lines of a code cell that count: no blank ones, comments, imports, magics."""
    return [
        line
        for line in source.splitlines()
        if line.strip() and not re.match(r"\s*(#|import |from \S+ import |%%)", line)
    ]


def calls(chapter: Chapter, function: str) -> Iterator[tuple[int, str]]:
    """Each call `function("02a", …)` in a chapter, in order: the code cell's index and the id."""
    for index, cell in enumerate(chapter.code):
        for id in re.findall(rf"^\s*{function}\(\"([^\"]+)\"", cell.source, re.MULTILINE):
            yield index, id


# ---- the rules


def file_name(chapter: Chapter) -> Iterator[str]:
    """NN_verb_phrase.ipynb."""
    if not re.fullmatch(r"\d\d(_[a-z0-9]+){2,}\.ipynb", chapter.path.name):
        yield f"the file is called {chapter.path.name}"


def size(chapter: Chapter) -> Iterator[str]:
    """20 to 30 cells beside the warm-up, at most six sections and 1,300 words."""
    cells = [cell for cell in chapter.notebook.cells if not is_warmup(cell)]
    if len(cells) not in CELLS:
        yield f"{len(cells)} cells"
    words = len(plain_words("\n".join(chapter.words)).split())
    if words > MOST_WORDS:
        yield f"{words} words"
    numbers = [int(number) for source in chapter.words for number in re.findall(r"^## (\d+)\. ", source, re.MULTILINE)]
    if numbers != list(range(1, len(numbers) + 1)) or not 1 <= len(numbers) <= MOST_SECTIONS:
        yield f"its sections are numbered {numbers}"


def minutes(chapter: Chapter) -> Iterator[str]:
    """The minutes in the title cell suffice for an estimate from words and code cells, and are at most 25."""
    stated = re.search(r"\*\*You need:\*\* (\d+) minutes", chapter.words[0])
    if not stated:
        yield "the title cell says no minutes"
        return
    words = len(plain_words("\n".join(chapter.words)).split())
    needed = words / WORDS_A_MINUTE + MINUTES_A_CODE_CELL * len(chapter.code)
    if not needed <= int(stated[1]) <= MOST_MINUTES:
        yield f"it says {stated[1]} minutes; estimated {needed:.1f}, allowed {MOST_MINUTES}"


def warm_up(chapter: Chapter) -> Iterator[str]:
    """Questions from earlier chapters come first, unanswered, where there are earlier chapters."""
    expected = (
        [] if chapter.number == "00" else [(1, f'from workbook import warmup\n\nwarmup("{chapter.number}", ...)')]
    )
    found = [(place, cell.source) for place, cell in enumerate(chapter.notebook.cells) if is_warmup(cell)]
    if found != expected:
        yield f"its warm-up is {found}"


def short_code(chapter: Chapter) -> Iterator[str]:
    """At most 10 lines in a code cell, 20 in a module; blank lines, comments and imports do not count."""
    for cell in chapter.code:
        lines = len(counted_lines(cell.source))
        if lines > (MOST_MODULE_LINES if is_module(cell) else MOST_LINES):
            yield f"{name_of(cell)} has {lines} lines"


def executed(chapter: Chapter) -> Iterator[str]:
    """Counts 1 … n: nbval passes whatever was never run."""
    counts = [cell.execution_count for cell in chapter.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"its counts are {counts}"
    for cell in chapter.code:
        for output in cell.outputs:
            if output.output_type == "execute_result" and output.execution_count != cell.execution_count:
                yield f"{name_of(cell)} has an output of another run"


def as_built(chapter: Chapter) -> Iterator[str]:
    """`build --check` finds nothing."""
    if reason := drift(chapter.path):
        yield reason


def no_tricks(chapter: Chapter) -> Iterator[str]:
    """Nothing that nbval cannot compare, that waits blindly, or that a headless run cannot do."""
    for cell in chapter.code:
        unwanted = [
            r"^\s*!",
            r"^%%(bash|sh|script|sx|system)\b",
            r"^\s*%(sx|system)\b",
            r"\binput\(",
            r"\bclear_output\b",
            r";\s*$",
        ]
        if not is_module(cell):
            unwanted.append(r"\bsleep\(")
        for pattern in unwanted:
            if found := re.search(pattern, cell.source, re.MULTILINE):
                yield f"{name_of(cell)} has {found[0]!r}"


def known_tags(chapter: Chapter) -> Iterator[str]:
    """nbval takes no notice of a tag that it does not know."""
    for cell in chapter.notebook.cells:
        if unknown := set(tags_of(cell)) - TAGS:
            yield f"{name_of(cell)} has the tags {sorted(unknown)}"
        if re.search(r"^\s*#\s*(NBVAL|PYTEST)_", cell.source, re.MULTILINE):
            yield f"{name_of(cell)} has a comment where a tag belongs"


def guesses(chapter: Chapter) -> Iterator[str]:
    """4 to 6 questions; each guessed once, revealed once, later; all that stand in the file, in its order."""
    asked, revealed = list(calls(chapter, "guess")), list(calls(chapter, "reveal"))
    if len(asked) not in PAIRS:
        yield f"{len(asked)} guesses"
    known = list(questions(chapter.number))
    if [id for _, id in asked] != known:
        yield f"it asks {[id for _, id in asked]}; the file has {known}"
    if sorted(id for _, id in revealed) != sorted(known):
        yield f"it reveals {[id for _, id in revealed]}; the file has {known}"
    revealed_in = {id: index for index, id in revealed}
    for index, id in asked:
        if revealed_in.get(id, -1) <= index:
            yield f"{id} is not revealed in a cell after its guess"


def guesses_are_open(chapter: Chapter) -> Iterator[str]:
    """The reader puts the answer: the dots are there, nothing was guessed when the outputs were made."""
    for cell in chapter.code:
        for call in re.findall(r"^\s*guess\(.*$", cell.source, re.MULTILINE):
            if not re.fullmatch(r"\s*guess\(\"\w+\", \.\.\., sure=\.\.\.\)", call):
                yield f"{name_of(cell)} has {call.strip()}"
        if "guess(" in cell.source and "yours" not in tags_of(cell):
            yield f"{name_of(cell)} asks for a guess and is not tagged yours"
        if re.search(r"you guess", text_of(cell)):
            yield f"{name_of(cell)} was executed with a guess made"


def questions_are_asked(chapter: Chapter) -> Iterator[str]:
    """The words of a question, as the file has them, stand in a markdown cell above its guess."""
    above, asked = "", questions(chapter.number)
    for cell in chapter.notebook.cells:
        if cell.cell_type == "markdown":
            above += cell.source + "\n"
            continue
        for id in re.findall(r"^guess\(\"([^\"]+)\"", cell.source, re.MULTILINE):
            if id in asked and f"**Guess {id}.** {asked[id].question}\n" not in above:
                yield f"the question {id} does not stand above its guess as in the file"


def right_answers(chapter: Chapter) -> Iterator[str]:
    """As offered, sorted, the right answer is not always the first, nor always the last, nor always the longest."""
    asked, places, sizes = questions(chapter.number), set(), set()
    shown = [text.splitlines()[0] for cell in chapter.code for text in texts_of(cell) if text.strip()]
    happened = {line[:3]: line[5:] for line in shown if re.match(r"\d\d[a-z]: (?!no guess yet$)", line)}
    for id, question in asked.items():
        answer = happened.get(id)
        if answer not in question.answers:
            yield f"{id} was not revealed as one of the answers when the outputs were made"
            continue
        offered = sorted(question.answers)
        place = offered.index(answer)
        places.add("first" if place == 0 else "last" if place == len(offered) - 1 else "middle")
        sizes.add(len(question.answers[answer]) == max(map(len, question.answers.values())))
    if asked and len(places) == 1:
        yield f"the right answer is always the {places.pop()} one"
    if asked and sizes == {True}:
        yield "the right answer always has the longest text"


def readers_hand(chapter: Chapter) -> Iterator[str]:
    """One code cell in four needs the reader's hand."""
    yours = ["yours" in tags_of(cell) for cell in chapter.code]
    if sum(yours) < YOURS_IN_CODE_CELLS * len(yours):
        yield f"{sum(yours)} of {len(yours)} code cells are tagged yours"


def title(chapter: Chapter) -> Iterator[str]:
    """A title, and what you will do, learn, need."""
    first = chapter.notebook.cells[0]
    if first.cell_type != "markdown" or not re.match(r"# \S", first.source):
        yield "it does not begin with a title"
    for words in ("**You will do:** ", "**You will learn:** ", "**You need:** "):
        if words not in first.source:
            yield f"the title cell lacks {words.strip()}"
    if sum(len(re.findall(r"^# ", plain_words(source), re.MULTILINE)) for source in chapter.words) != 1:
        yield "it has not exactly one title"


def close(chapter: Chapter) -> Iterator[str]:
    """What you saw, in real use, two experiments to try, one question to reflect on, what is next; in this order."""
    text = "\n".join(chapter.words)
    marks = ["## What you saw", "**In real use** ", "**Try this.** (1) ", " (2) ", "**Reflect.** ", "\nNext: "]
    places = [text.rfind(mark) for mark in marks]
    missing = [mark.strip() for mark, place in zip(marks, places, strict=True) if place == -1]
    if missing:
        yield f"the close lacks {missing}"
    elif places != sorted(places):
        yield "the parts of the close are in another order"
    reflect = re.search(r"\*\*Reflect\.\*\* (.*)", text)
    if reflect and not reflect[1].rstrip().endswith("?"):
        yield "Reflect asks no question"


def links(chapter: Chapter) -> Iterator[str]:
    """A link leads to a web page or to a notebook; those are all that a working copy holds."""
    headings = [found.replace(" ", "-") for found in re.findall(r"^#+ (.*)$", "\n".join(chapter.words), re.MULTILINE)]
    for cell, source in ((cell, cell.source) for cell in chapter.notebook.cells if cell.cell_type == "markdown"):
        targets = re.findall(r"\]\(([^)\s]+)", source) + re.findall(r"(?:src|href)=[\"']([^\"']+)", source)
        for target in targets:
            if re.match(r"https://", target) or target.removeprefix("#") in headings:
                continue
            file = (ROOT / "notebooks" / target.partition("#")[0]).resolve()
            if file.suffix != ".ipynb" or file.parent not in (ROOT / "notebooks", ROOT / "labs") or not file.exists():
                yield f"{name_of(cell)} links to {target}"


def figures(chapter: Chapter) -> Iterator[str]:
    """A figure is one, and is followed by its meaning in words."""
    for cell, following in chapter.pairs:
        count = sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        if count > 1:
            yield f"{name_of(cell)} shows {count} figures"
        if count and (following is None or following.cell_type != "markdown"):
            yield f"{name_of(cell)} shows a figure that no words follow"
        elif count and not re.match(r"\*The figure in words:\*", following.source):
            yield f"the words after {name_of(cell)} do not begin with *The figure in words:*"


def pictures(chapter: Chapter) -> Iterator[str]:
    """At least one picture a chapter: a figure or a diagram."""
    drawn = any("image/png" in output.get("data", {}) for cell in chapter.code for output in cell.outputs)
    if not drawn and "```mermaid" not in "\n".join(chapter.words):
        yield "it has no picture"


def diagrams(chapter: Chapter) -> Iterator[str]:
    """A diagram has a title for those who cannot see it, and its meaning in words below it."""
    for source in chapter.words:
        for found in re.finditer(r"```mermaid\n(.*?)```(.*?)(?=```|\Z)", source, re.DOTALL):
            if not re.search(r"^\s*accTitle: \S", found[1], re.MULTILINE):
                yield "a diagram has no accTitle"
            if len(found[2].split()) < 10:
                yield "a diagram has no words below it"


def errors(chapter: Chapter) -> Iterator[str]:
    """An error is there exactly where a tag announces it: nbval passes a cell that is to raise and does not."""
    for cell in chapter.code:
        raised = any(output.output_type == "error" for output in cell.outputs)
        if raised != ("raises-exception" in tags_of(cell)):
            yield f"{name_of(cell)} {'has an error' if raised else 'is to raise and has no error'}"


def ends(chapter: Chapter) -> Iterator[str]:
    """Opens the bench under its own number first; ends with the honest count, and closes the bench."""
    scene = next(cell for cell in chapter.code if not is_warmup(cell))
    first = [line for line in scene.source.splitlines() if line.startswith("bench = ")]
    if first != [f'bench = open_bench("{chapter.number}")']:
        yield f"the first code cell after the warm-up has {first}"
    if sum("open_bench(" in cell.source for cell in chapter.code) != 1:
        yield "open_bench is not called exactly once"
    last = chapter.notebook.cells[-1]
    if last.source != f'closing("{chapter.number}")\nbench.close()':
        yield "the last cell is not closing and bench.close()"
    if not text_of(last).startswith(
        f"{len(chapter.code)} cells run, 0 of {len(questions(chapter.number))} guesses made."
    ):
        yield f"closing says {text_of(last).splitlines()[:1]} and there are {len(chapter.code)} code cells"


def no_machine(chapter: Chapter) -> Iterator[str]:
    """No path of the machine on which the outputs were made, and no password."""
    for cell in chapter.code:
        outputs = nbformat.from_dict({"cells": deepcopy(cell.outputs)})
        for output in outputs["cells"]:
            output.get("data", {}).pop("image/png", None)
            if found := MACHINE.search(repr(output)) or re.search(r"redis://\S*:\S+@", repr(output)):
                yield f"{name_of(cell)} shows {found[0]!r}"


def modules_are_clean(chapter: Chapter) -> Iterator[str]:
    """ruff passes over %%module cells; so they are checked here, by the rules for notebooks."""
    ignored = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"][
        "*.ipynb"
    ]
    modules = [cell.source.partition("\n") for cell in chapter.code if is_module(cell)]
    names = [magic.split()[1] for magic, _, _ in modules]
    settings = ["lint.isort.lines-after-imports = 1", f"lint.isort.known-first-party = {names}"]
    settings += [f"lint.extend-ignore = {ignored}"]
    for name, (_, _, source) in zip(names, modules, strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename", f"{name}.py", "-"]
            + [word for setting in settings for word in ("--config", setting)],
            input=source + "\n",
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            yield f"%%module {name}: {done.stdout}{done.stderr}"


RULES = [
    file_name,
    size,
    warm_up,
    minutes,
    short_code,
    executed,
    as_built,
    no_tricks,
    known_tags,
    guesses,
    guesses_are_open,
    questions_are_asked,
    right_answers,
    readers_hand,
    title,
    close,
    links,
    figures,
    pictures,
    diagrams,
    errors,
    ends,
    no_machine,
    modules_are_clean,
]


# The atlas is to be looked up, not to be read through: no sections, guesses or minutes, but entries of three cells.
ATLAS = "90_atlas_of_surprises"
NOT_OF_THE_ATLAS = {
    size, warm_up, minutes, guesses, questions_are_asked, right_answers, readers_hand, title, close, pictures, ends
}  # fmt: skip


def entries(chapter: Chapter) -> Iterator[str]:
    """An entry is a claim, a cell that shows and asserts it, and what to do."""
    cells = chapter.notebook.cells
    for number, cell in enumerate(cells):
        if not cell.source.startswith("## ") or cell.source.startswith("## Symptom cards"):
            continue
        shown, advice = cells[number + 1 : number + 3]
        if shown.cell_type != "code" or "assert " not in shown.source:
            yield f"{name_of(cell)} is not followed by a cell that asserts it"
        if advice.cell_type != "markdown" or "*What to do:*" not in advice.source:
            yield f"{name_of(cell)} does not say what to do"
    if cells[-1].source != "bench.close()":
        yield "the last cell does not close the bench"


ATLAS_RULES = [*(rule for rule in RULES if rule not in NOT_OF_THE_ATLAS), entries]


def load(path: Path) -> Chapter:
    return Chapter(path, nbformat.read(path, as_version=4))


def test_there_are_chapters_to_check():
    assert [path.name[:2] for path in CHAPTERS][:3] == ["00", "01", "02"]


@pytest.mark.parametrize(
    ("path", "rule"),
    [(path, rule) for path in CHAPTERS for rule in (ATLAS_RULES if path.stem == ATLAS else RULES)],
    ids=lambda value: value.stem if isinstance(value, Path) else value.__name__,
)
def test_a_chapter_keeps_the_rule(path, rule):
    assert list(rule(load(path))) == []


def test_the_atlas_rule_catches_an_entry_without_proof_or_advice():
    chapter = load(ROOT / "notebooks" / f"{ATLAS}.ipynb")
    for cell in chapter.notebook.cells:
        cell.source = cell.source.replace("assert ", "").replace("*What to do:*", "")
    entry_count = sum(source.startswith("## ") for source in chapter.words) - 1
    assert len(list(entries(chapter))) == 2 * entry_count


# ---- the rules catch


def first_code(notebook, pattern):
    return next(cell for cell in code_of(notebook) if re.search(pattern, cell.source))


def replace_words(notebook, old, new):
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)


def strip_outputs(notebook):
    for cell in code_of(notebook):
        cell.outputs, cell.execution_count = [], None


def swap_guess_and_reveal(notebook):
    guess, reveal = first_code(notebook, r'guess\("02b"'), first_code(notebook, r'reveal\("02b"')
    guess.source, reveal.source = reveal.source, guess.source


def reveal_what_is_offered_first(notebook):
    """As if each reveal had shown the answer that comes first."""
    for cell in code_of(notebook):
        for output in cell.outputs:
            text = output.get("data", {}).get("text/plain", "")
            if revealed := re.match(r"(02[a-z]): (?!no guess yet)", text):
                first = sorted(questions("02")[revealed[1]].answers)[0]
                output.data["text/plain"] = re.sub(r"^.*", f"{revealed[1]}: {first}", text, count=1)


def insert_after_figure(notebook):
    shown = next(
        n
        for n, cell in enumerate(notebook.cells)
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    )
    notebook.cells.insert(shown + 1, code("1"))


ERROR = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["E: e"])
BROKEN = [
    (size, lambda n: n.cells.extend(markdown("more") for _ in range(30))),
    (size, lambda n: n.cells.append(markdown("word " * 1400))),
    (size, lambda n: replace_words(n, "## 3.", "## 4.")),
    (minutes, lambda n: replace_words(n, "25 minutes", "5 minutes")),
    (minutes, lambda n: replace_words(n, "25 minutes", "45 minutes")),
    (minutes, lambda n: replace_words(n, "25 minutes", "a while")),
    (short_code, lambda n: n.cells.append(code("x = 1\n" * 11))),
    (short_code, lambda n: n.cells.append(code("%%module x\n" + "x = 1\n" * 21))),
    (executed, strip_outputs),
    (executed, lambda n: n.cells.append(code("1", count=99))),
    (no_tricks, lambda n: n.cells.append(code("!ls"))),
    (warm_up, lambda n: n.cells.pop(1)),
    (warm_up, lambda n: replace_words(n, 'warmup("02", ...)', 'warmup("02", "abc")')),
    (no_tricks, lambda n: n.cells.append(code("%%bash\nls"))),
    (no_tricks, lambda n: n.cells.append(code("import time\ntime.sleep(1)"))),
    (no_tricks, lambda n: n.cells.append(code("input('name')"))),
    (no_tricks, lambda n: n.cells.append(code("clear_output()"))),
    (no_tricks, lambda n: n.cells.append(code("x;"))),
    (known_tags, lambda n: n.cells.append(code("1", "NBVAL_IGNORE_OUTPUT"))),
    (known_tags, lambda n: n.cells.append(code("# NBVAL_IGNORE_OUTPUT\n1"))),
    (guesses, lambda n: replace_words(n, 'guess("02e"', 'guess("02z"')),
    (guesses, lambda n: replace_words(n, 'reveal("02e"', 'reveal("02a"')),
    (guesses, lambda n: replace_words(n, 'guess("02e", ..., sure=...)', "")),
    (guesses, swap_guess_and_reveal),
    (guesses_are_open, lambda n: replace_words(n, 'guess("02e", ...', 'guess("02e", "queued"')),
    (guesses_are_open, lambda n: first_code(n, "^guess").metadata.pop("tags")),
    (guesses_are_open, lambda n: first_code(n, "^guess").outputs.append(printed("02b: you guess Moin"))),
    (questions_are_asked, lambda n: replace_words(n, "**Guess 02b.** ", "**Guess 02b.** Well, ")),
    (right_answers, reveal_what_is_offered_first),
    (right_answers, lambda n: strip_outputs(n)),
    (readers_hand, lambda n: [cell.metadata.pop("tags", None) for cell in n.cells]),
    (title, lambda n: n.cells.pop(0)),
    (title, lambda n: replace_words(n, "**You will do:**", "You will do:")),
    (title, lambda n: n.cells.append(markdown("# Another title"))),
    (close, lambda n: replace_words(n, "**Reflect.**", "Reflect.")),
    (close, lambda n: replace_words(n, "## What you saw", "## Summary")),
    (links, lambda n: n.cells.append(markdown("[x](03_not_there.ipynb)"))),
    (links, lambda n: n.cells.append(markdown("[x](../README.md)"))),
    (links, lambda n: n.cells.append(markdown("[x](http://example.com)"))),
    (figures, insert_after_figure),
    (pictures, strip_outputs),
    (diagrams, lambda n: n.cells.append(markdown("```mermaid\nflowchart LR\nA --> B\n```\n" + "word " * 20))),
    (diagrams, lambda n: n.cells.append(markdown("```mermaid\nflowchart LR\naccTitle: A to B\nA --> B\n```\n"))),
    (errors, lambda n: n.cells.append(code("1", outputs=[ERROR]))),
    (errors, lambda n: n.cells.append(code("1", "raises-exception"))),
    (ends, lambda n: replace_words(n, 'open_bench("02")', 'open_bench("03")')),
    (ends, lambda n: n.cells.pop()),
    (ends, lambda n: n.cells.insert(3, code("1"))),
    (no_machine, lambda n: n.cells.append(code("1", outputs=[printed("/home/ada/x.py")]))),
    (no_machine, lambda n: n.cells.append(code("1", outputs=[printed("redis://:secret@127.0.0.1:1/0")]))),
    (modules_are_clean, lambda n: n.cells.append(code("%%module x\nimport os"))),
    (modules_are_clean, lambda n: n.cells.append(code("%%module x\ndef f(a=[]):\n    return a"))),
]


@pytest.mark.parametrize(
    ("rule", "breaking"), BROKEN, ids=[f"{rule.__name__}-{n}" for n, (rule, _) in enumerate(BROKEN)]
)
def test_the_rule_catches(rule, breaking):
    path = next(path for path in CHAPTERS if path.name.startswith("02"))
    chapter = load(path)
    before = list(rule(chapter))
    breaking(chapter.notebook)
    assert set(rule(chapter)) - set(before)


def test_the_rule_for_file_names_catches():
    for name in ("2_run.ipynb", "02-run-it.ipynb", "02_Run_it.ipynb", "02_run.ipynb"):
        assert list(file_name(Chapter(Path(name), None)))


def test_a_notebook_that_was_never_run_is_caught_although_nbval_passes_it(tmp_path):
    chapter = load(CHAPTERS[0])
    strip_outputs(chapter.notebook)
    copy = tmp_path / CHAPTERS[0].name
    nbformat.write(chapter.notebook, copy)
    assert list(executed(load(copy)))
    assert list(as_built(load(copy)))
