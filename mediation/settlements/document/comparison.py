"""What changed between two versions of the terms, word by word, in the order of the new one.

Compared is what people read (the lines of the sheet), and never the data: a change that nobody can
see in the text would be one that nobody agreed to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from mediation.settlements.document.sheet import Row, Sheet, lay_out
from mediation.settlements.document.terms import Terms

# A word, a gap, or a character that is not part of a word; Chinese has no gaps between words.
WORDS = re.compile(r"[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
Lines = dict[tuple[str, ...], tuple[str, str]]


class Kind(StrEnum):
    """What became of a few words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Words:
    """Words one after the other that share their fate."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Change:
    """A line that is not as it was: what it is called, and its words, old and new."""

    label: str
    words: tuple[Words, ...]


def compare(old: Terms, new: Terms) -> tuple[Change, ...]:
    """The lines that differ; those that are gone stand behind the others."""
    before, after = _lines(old), _lines(new)
    keys = [*after, *(key for key in before if key not in after)]
    changes = []
    for key in keys:
        label, text = after.get(key) or (before[key][0], "")
        was = before[key][1] if key in before else ""
        if text != was:
            changes.append(Change(label, tuple(word_changes(was, text))))
    return tuple(changes)


def word_changes(old: str, new: str) -> Iterator[Words]:
    """`new` beside `old`: what was kept, taken out and added, in reading order."""
    was, now = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for _tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        removed, added = "".join(was[old_start:old_end]), "".join(now[new_start:new_end])
        if removed == added:
            yield Words(Kind.KEPT, added)
            continue
        if removed:
            yield Words(Kind.REMOVED, removed)
        if added:
            yield Words(Kind.ADDED, added)


def _lines(terms: Terms) -> Lines:
    """Every line people read, by what it is about; a term keeps its name when others move."""
    sheet = lay_out(terms)
    words, heading, label = sheet.words, sheet.words["heading"], sheet.words["label"]
    lines: Lines = {}
    _add(lines, ("header",), "", sheet.header)
    for party, card in zip(terms.parties, sheet.parties, strict=True):
        lines["party", party.id] = (card.role, card.name)
        _add(lines, ("party", party.id), card.name, card.rows)
    _add(lines, ("mediation",), "", sheet.mediation)
    lines["facts",] = (heading["dispute"], terms.facts_summary)
    lines["issues",] = (label["issues"], "\n".join(terms.issues))
    _add_terms(lines, terms, sheet)
    for guarantor, shown in zip(terms.guarantors, sheet.guarantors, strict=True):
        about = ("guarantor", guarantor.id)
        lines[about] = (label["guarantor"], shown.name)
        _add(lines, about, shown.name, shown.rows)
    lines["scope",] = (heading["scope"], words["scope"][terms.scope])
    lines["settles",] = (label["settles"], "\n".join(terms.settles))
    lines["open",] = (label["unresolved"], "\n".join(terms.unresolved_items))
    _add(lines, ("keeping",), "", sheet.keeping)
    lines["statements",] = (heading["statements"], "\n".join(sheet.statements))
    return lines


def _add_terms(lines: Lines, terms: Terms, sheet: Sheet) -> None:
    for obligation, card in zip(terms.obligations, sheet.obligations, strict=True):
        name = f"{card.number} {card.kind}"
        # The number too: terms may point to each other by it.
        lines["term", obligation.id, "name"] = (sheet.words["heading"]["terms"], name)
        lines["term", obligation.id] = (name, card.what)
        _add(lines, ("term", obligation.id), name, card.rows)
        parts = "\n".join(" ".join(part) for part in card.parts)
        lines["term", obligation.id, "parts"] = (
            f"{name}: {sheet.words['label']['instalments']}",
            parts,
        )


def _add(lines: Lines, about: tuple[str, ...], name: str, rows: tuple[Row, ...]) -> None:
    for row in rows:
        lines[(*about, row.label)] = (f"{name}: {row.label}" if name else row.label, row.text)
