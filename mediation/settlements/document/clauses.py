"""Ready terms for a mediator to begin with, by category of the dispute and in each language.

They are a beginning and no advice: what stands in brackets is the parties' to say, and a term with
a bracket left cannot be offered (`completeness`).
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from mediation.settlements.document.terms import Language, ObligationKind

FOR_ALL = "any"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A term to begin with; `title` is what a mediator chooses it by."""

    id: str
    title: str
    kind: ObligationKind
    description: str
    condition: str = ""
    method: str = ""
    place: str = ""
    evidence: str = ""


@cache
def clauses(language: Language) -> dict[str, tuple[Clause, ...]]:
    """All clauses in a language, by category; those for every category under `FOR_ALL`."""
    source = files("mediation.settlements.document") / "library" / f"{language.value}.toml"
    found = tomllib.loads(source.read_text(encoding="utf-8"))
    return {category: tuple(map(_clause, rows)) for category, rows in found.items()}


def clauses_for(category: str, language: Language) -> tuple[Clause, ...]:
    """What may help in a dispute of this category."""
    every = clauses(language)
    return (*every.get(category, ()), *every[FOR_ALL])


def _clause(row: dict[str, Any]) -> Clause:
    return Clause(**{**row, "kind": ObligationKind(row["kind"])})
