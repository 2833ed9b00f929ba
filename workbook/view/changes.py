"""What an action did to RQ's keys: two snapshots, taken before and after it, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbook.view.keys import FIELDS_SHOWN, PAGE_ROWS, Key, KeyTable
from workbook.view.table import Table
from workbook.view.words import counted, line, shown, ttl_in_words


@dataclass(frozen=True)
class Changes:
    """The keys that came, the keys that went, and those that changed, each with what changed in it, a line each.

    `compared` and `existing` count the keys whose content could be compared, and all that are in both snapshots.
    """

    added: list[str]
    removed: list[str]
    changed: dict[str, list[str]]
    compared: int
    existing: int
    before: KeyTable
    after: KeyTable

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def table(self) -> Table:
        """The changes as a table of at most 100 rows."""
        rows = [(shown(name), "added", _summary(self.after, name)) for name in self.added]
        rows += [(shown(name), "changed", "\n".join(lines)) for name, lines in self.changed.items()]
        rows += [(shown(name), "removed", _summary(self.before, name)) for name in self.removed]
        caption = f"{counted(len(self.added), 'key')} added, {len(self.changed)} changed, {len(self.removed)} removed"
        return Table(caption, ("key", "was", "what"), rows[:PAGE_ROWS], self._notes(len(rows)))

    def _notes(self, rows: int) -> list[str]:
        notes = []
        if rows > PAGE_ROWS:
            notes.append(f"The first {PAGE_ROWS} of {rows} changes are shown.")
        if self.compared < self.existing:
            notes.append(
                f"The snapshots were cut to a page: of {self.existing} keys that are in both, the content of "
                f"{self.compared} was compared."
            )
        return notes


def changes(before: KeyTable, after: KeyTable) -> Changes:
    """Compare two answers of `keys`. A time to live counts only where it came or went: running down is no change."""
    old_names, new_names = set(before.names), set(after.names)
    old = {key.name: key for key in before.keys}
    in_both = [key for key in after.keys if key.name in old]
    changed = {key.name: lines for key in in_both if (lines := list(_differences(old[key.name], key)))}
    return Changes(
        added=[name for name in after.names if name not in old_names],
        removed=[name for name in before.names if name not in new_names],
        changed=changed,
        compared=len(in_both),
        existing=len(old_names & new_names),
        before=before,
        after=after,
    )


def _summary(table: KeyTable, name: str) -> str:
    """What a key held, as far as it is on the page."""
    try:
        key = table[name]
    except KeyError:
        return "not on the page"
    expiry = "" if key.ttl is None else f"(expires in {ttl_in_words(key.ttl)})"
    return "\n".join(part for part in (key.remark or key.content_in_words, expiry) if part)


def _differences(old: Key, new: Key) -> Iterator[str]:
    """What changed in a key, a line each."""
    if (old.type, old.remark) != (new.type, new.remark):
        yield f"{old.remark or old.type} → {new.remark or new.type}"
        return
    lines = list(_content_differences(old, new))
    yield from lines[:FIELDS_SHOWN]
    if len(lines) > FIELDS_SHOWN:
        yield "…"
    if old.size != new.size and not lines:
        yield f"{old.size_in_words} → {new.size_in_words}"
    if (old.ttl is None) != (new.ttl is None):
        yield f"expires in: {ttl_in_words(old.ttl)} → {ttl_in_words(new.ttl)}"


def _content_differences(old: Key, new: Key) -> Iterator[str]:
    """Fields and members that came, went or say something else. Scores are moments, said relative to now: no change."""
    for name, words in new.content.items():
        if name not in old.content:
            yield f"+ {line(name, words)}"
        elif words != old.content[name] and new.type != "zset":
            yield line(name, f"{old.content[name] or 'once'} → {words or 'once'}")
    for name, words in old.content.items():
        if name not in new.content:
            yield f"- {line(name, words)}"
