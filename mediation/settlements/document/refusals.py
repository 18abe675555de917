"""Words that point to what a court refuses to confirm, or what the law keeps from being signed
electronically.

A word is a sign for a person to look at, never a proof: it may stand in an innocent sentence. So
nothing here stops a document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.settlements.document.terms import Enforcement, Terms


@dataclass(frozen=True)
class Sign:
    """Words, what they may mean and how to mend it; `asks_court`: only where the parties want a
    court to confirm what they agree.
    """

    code: str
    words: re.Pattern[str]
    message: Promise
    asks_court: bool = False


def _words(english: str, chinese: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{english})\b|{chinese}", re.IGNORECASE)


SIGNS = (
    Sign(
        "status",
        _words(
            r"divorc\w+|married|marriage|marital|adoption|custody|paternity|parentage|guardianship",
            "离婚|结婚|婚姻|收养|监护权|抚养权|抚养关系|亲子",
        ),
        _(
            "This may be about marriage, parentage or adoption. Such terms are not signed "
            "electronically and no court confirms them: leave them out, or choose paper."
        ),
    ),
    Sign(
        "inheritance",
        _words(r"inherit\w*|last will|testament", "继承|遗产|遗嘱|遗赠"),
        _(
            "This may be about an inheritance. Papers about one are not signed electronically: "
            "choose paper."
        ),
    ),
    Sign(
        "property_right",
        _words(
            r"ownership of|title to|is the owner|(?:copyright|patent|trade ?mark) belongs to",
            "(?:所有|产|著作|专利|商标)权归|归.{1,12}所有|确认.{0,8}(?:所有|产|著作|专利|商标)权",
        ),
        _(
            "A court does not confirm who owns something. Say instead who hands over or registers "
            "what, and by when."
        ),
        asks_court=True,
    ),
    Sign(
        "third_person",
        _words(r"third part(?:y|ies)|third persons?", "第三人|第三方|案外人"),
        _(
            "Nobody can be bound who does not sign. Say what one of the parties does, or have the "
            "person take part."
        ),
    ),
    Sign(
        "unlawful",
        _words(
            r"gambling debts?|withdraw (?:the|a|any) (?:complaint|charges?)"
            r"|not (?:to )?(?:report|complain|testify|press charges|go to the police)",
            "赌债|赌博|不(?:得|再|会)?[^。；]{0,10}(?:报警|报案|举报|控告|作证|信访|上访)",
        ),
        _(
            "A promise that breaks the law, or not to go to the police or an authority, may be "
            "void. Leave it out."
        ),
    ),
)


def signs_in(terms: Terms) -> Iterator[tuple[str, Sign]]:
    """Each sign found, with the path of the text it is in."""
    asks_court = terms.enforcement is Enforcement.JUDICIAL_CONFIRMATION
    for where, text in clauses_of(terms):
        for sign in SIGNS:
            if sign.words.search(text) and (asks_court or not sign.asks_court):
                yield where, sign


def clauses_of(terms: Terms) -> Iterator[tuple[str, str]]:
    """What binds somebody, in the parties' own words, with its path."""
    for n, obligation in enumerate(terms.obligations):
        yield f"obligations[{n}].description", f"{obligation.description} {obligation.condition}"
    for n, claim in enumerate(terms.settles):
        yield f"settles[{n}]", claim
    yield "default_clause", terms.default_clause
