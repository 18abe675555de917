"""Rules of place and consent texts, read from TOML files into frozen dataclasses.

Rules are data: a new place is a new file, never an `if`.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

FOLDER = Path(__file__).resolve().parent
# Days after the end of a case, by outcome class and compartment.
Periods = Mapping[str, Mapping[str, int]]
# How a case may end, and what is kept of it, in the words of tables. What somebody gives up before
# anybody else has seen it goes at once and is in no table.
ENDING_WORDS: Mapping[str, Promise] = {
    "settled": _("Settled"),
    "not_settled": _("No settlement"),
    "left": _("Somebody left"),
    "never_joined": _("Never began"),
}
KEPT_WORDS: Mapping[str, Promise] = {
    "identity": _("Names and addresses"),
    "joint": _("Joint talks and statements"),
    "caucus": _("Private talks"),
    "notes": _("The mediator's notes"),
    "evidence": _("Documents"),
    "settlement": _("The settlement"),
    "shell": _("Dates and outcome, without names"),
}


@dataclass(frozen=True)
class Ground:
    """Why a person's right may be refused: in words, and the article that says so, by language.
    `source` is empty where there is nothing to have a right to.
    """

    words: Mapping[str, str]
    source: Mapping[str, str]

    def __str__(self) -> str:
        """Both in the reader's language."""
        if not self.source:
            return spoken(self.words)
        return pgettext("ground of a refusal", "%(words)s (%(source)s)") % {
            "words": spoken(self.words),
            "source": spoken(self.source),
        }


@dataclass(frozen=True)
class Profile:
    """One place's rules. Deadlines and periods are whole days; `bounds` are the shortest and the
    longest period a centre may set in place of the one in `retention`. `grounds` are the only ones
    on which a person's right may be refused, `complain` where they can complain of it. `breach` are
    hours from knowing of one.
    """

    key: str
    name: Mapping[str, str]
    deadlines: Mapping[str, int]
    retention: Periods
    bounds: Mapping[str, Mapping[str, tuple[int, int]]]
    effective_rule: str
    paper_only: frozenset[str]
    allows_oral: bool
    fee: int
    rights_rule: str
    grounds: Mapping[str, Ground]
    complain: Mapping[str, str]
    breach: Mapping[str, int]

    def deadline(self, name: str) -> timedelta:
        return timedelta(days=self.deadlines[name])

    def period(self, outcome_class: str, compartment: str) -> timedelta:
        """How long after the end of a case a compartment stays, by these rules alone."""
        return period_in(self.retention, outcome_class, compartment)


def spoken(words: Mapping[str, str]) -> str:
    """What is written in several languages, in the reader's; in English where there is none."""
    return words.get(get_language() or "en", words["en"])


def period_in(periods: Periods, outcome_class: str, compartment: str) -> timedelta:
    """How long after the end of a case a compartment stays. `caucus:A` reads `caucus`, and so does
    `room:AB:…`: a talk by invitation is a private talk.
    """
    kind = compartment.partition(":")[0]
    return timedelta(days=periods[outcome_class]["caucus" if kind == "room" else kind])


@cache
def profile_named(key: str) -> Profile:
    """The rule profile `key`; raises FileNotFoundError for one that is not there."""
    path = FOLDER / "rules" / f"{key}.toml"
    rules = tomllib.loads(path.read_text(encoding="utf-8"))
    return Profile(
        key=key,
        name=rules["name"],
        deadlines=rules["deadlines"],
        retention=rules["retention"],
        bounds=_bounds(rules["bounds"]),
        effective_rule=rules["settlement"]["effective"],
        paper_only=frozenset(rules["settlement"]["paper_only"]),
        allows_oral=rules["settlement"]["oral"],
        fee=rules["fees"]["amount"],
        rights_rule=rules["rights"]["answer"],
        grounds={
            code: Ground(found["words"], found.get("source", {}))
            for code, found in rules["rights"]["grounds"].items()
        },
        complain=rules["rights"]["complain"],
        breach=rules["breach"],
    )


def _bounds(found: Mapping[str, Mapping[str, list[int]]]) -> dict[str, dict[str, tuple[int, int]]]:
    return {
        ending: {name: (shortest, longest) for name, (shortest, longest) in one.items()}
        for ending, one in found.items()
    }


def profile_names() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "rules").glob("*.toml"))


@dataclass(frozen=True)
class ConsentText:
    """One version of what a person says yes to, in every language we speak."""

    purpose: str
    version: int
    title: Mapping[str, str]
    body: Mapping[str, str]
    sha256: str


@cache
def consent_text(purpose: str, version: int | None = None) -> ConsentText:
    """The text of a purpose, the newest unless a version is named. Old ones stay for ever, so a
    receipt can always be read against what was agreed (GDPR 7(1), PIPL 14).
    """
    found = [path for path in _consent_files(purpose) if version in (None, _version(path))]
    path = max(found, key=_version)
    raw = path.read_bytes()
    text = tomllib.loads(raw.decode())
    return ConsentText(
        purpose=purpose,
        version=_version(path),
        title=text["title"],
        body=text["body"],
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def consent_versions(purpose: str) -> list[int]:
    """Every version of a purpose's text, oldest first."""
    return sorted(_version(path) for path in _consent_files(purpose))


def _consent_files(purpose: str) -> list[Path]:
    return list((FOLDER / "texts").glob(f"{purpose}-*.toml"))


def _version(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])
