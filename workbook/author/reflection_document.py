"""Make solutions/reflection.md, the answered reflection as a plain document, from the notebook of the same name.

On top the short form, then each answer with its boundary and, cell by cell, what was measured. All of it stands in the
notebook; this only picks it out.
"""

from __future__ import annotations

from nbformat import NotebookNode

from workbook.author.notebooks import NotebookError

NOTEBOOK = "reflection.ipynb"
SHORT_FORM = "## The short form"
TITLE = "# The reflection: six questions, answered and measured"
ORIGIN = (
    f"Made from [{NOTEBOOK}]({NOTEBOOK}) by `python3 -m workbook build`; change that one. Each claim of an answer is "
    "measured in a cell of the notebook; what the cell printed when it was last executed stands below the answer."
)


def reflection_document(notebook: NotebookNode) -> str:
    """The text of the document. NotebookError when the notebook has no short form."""
    short_forms = [cell.source for cell in notebook.cells if cell.source.startswith(SHORT_FORM)]
    if len(short_forms) != 1:
        raise NotebookError(f"{NOTEBOOK} has {len(short_forms)} cells that begin with {SHORT_FORM!r}; it needs one.")
    answers = [section_text(cells) for cells in sections(notebook)]
    return "\n\n".join([TITLE, ORIGIN, short_forms[0], *answers]) + "\n"


def sections(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """The cells of each question: from its heading to the next heading of that level."""
    found: list[list[NotebookNode]] = []
    inside = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            inside = cell.source.startswith("## q")
            if inside:
                found.append([])
        if inside:
            found[-1].append(cell)
    return found


def section_text(cells: list[NotebookNode]) -> str:
    """One question: its heading, the answer, when it is not true, and the evidence."""
    heading = cells[0].source.splitlines()[0]
    texts = [cell.source for kind in ("answer", "boundary") for cell in cells if part_of(cell) == kind]
    anchor = heading.removeprefix("## ").replace(" ", "-")
    lead = f"*Measured in [{NOTEBOOK}, {heading.removeprefix('## ').split('.')[0]}]({NOTEBOOK}#{anchor}):*"
    evidence = [told for cell in cells if (told := evidence_text(cell))]
    return "\n\n".join([heading, *texts, lead, *evidence])


def part_of(cell: NotebookNode) -> str:
    """What a cell is to its question: answer, boundary, evidence, changed; "" for the others."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").partition("_")[2]


def evidence_text(cell: NotebookNode) -> str:
    """An evidence cell as text: what it measures, from its first line, and what it showed; "" for other cells."""
    if cell.cell_type != "code" or not cell.source.startswith("# "):
        return ""
    shown = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    claim = cell.source.splitlines()[0].removeprefix("# ")
    return f"In [{cell.execution_count}], {claim}:\n\n```text\n{''.join(shown).strip()}\n```"
