"""The opening statement and the ground rules, and who has read them."""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import Forbidden, require
from mediation.core.text import in_one_form
from mediation.proceedings import access
from mediation.proceedings.errors import NothingWritten, OtherWording
from mediation.proceedings.models import Confirmation, Opening
from mediation.proceedings.selectors import words_of
from mediation.proceedings.texts import OpeningWords, standard_opening

MOST_WORDS = 8000


@transaction.atomic
def give_opening(*, actor: User, case: Case, words: OpeningWords, language: str) -> Opening:
    """The mediator opens with these words. Whoever confirmed earlier ones is asked again; the same
    words again change nothing. The text we ship is stored as its version, for each to read in
    their own language.

    Raises Forbidden, ConsentMissing or NothingWritten.
    """
    case = cases.lock(case)
    mediator = access.require_mediator(actor, case)
    access.require_going_on(case)
    words = _checked(words)
    latest = case.openings.last()
    if latest is not None and words_of(latest, language) == words:
        return latest
    standard = standard_opening()
    is_standard = standard.words.get(language) == words
    opening = Opening(
        case=case,
        number=latest.number + 1 if latest else 1,
        mediator=mediator,
        standard=standard.version if is_standard else None,
        language=language,
        given_at=timezone.now(),
    )
    if not is_standard:
        seal_field(opening, case, "statement", Compartment.JOINT, words.statement)
        seal_field(opening, case, "rules", Compartment.JOINT, words.rules)
    opening.save(force_insert=True)
    audit.record(actor=actor, action="opening.given", target=opening, case_id=case.pk)
    return opening


def _checked(words: OpeningWords) -> OpeningWords:
    clean = OpeningWords(in_one_form(words.statement), in_one_form(words.rules))
    for part in (clean.statement, clean.rules):
        require(0 < len(part) <= MOST_WORDS, NothingWritten)
    return clean


@transaction.atomic
def confirm_opening(*, actor: User, opening: Opening) -> Confirmation:
    """Somebody says that they have read this opening. Nothing waits for it. Twice is the same as
    once. Raises Forbidden, ConsentMissing, or OtherWording where there is a newer one.
    """
    case = cases.lock(opening.case)
    part = case_access.require_participant(actor, case)
    require(not case_access.is_mediator_of(actor, case), Forbidden)
    access.require_going_on(case)
    require(not case.openings.filter(number__gt=opening.number).exists(), OtherWording)
    given = opening.confirmations.filter(participant=part).first()
    if given is not None:
        return given
    given = Confirmation.objects.create(opening=opening, participant=part, given_at=timezone.now())
    audit.record(actor=actor, action="opening.confirmed", target=opening, case_id=case.pk)
    return given
