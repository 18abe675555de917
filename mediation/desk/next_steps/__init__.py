"""The task list of one case, for one person: what is open, what waits, what is done.

One function an app's row or rows, in the order of the journey; None where it does not concern
the person.
"""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mediation.cases import access
from mediation.cases.enums import (
    NEEDED_TO_TALK,
    CaseState,
    Compartment,
    ParticipantRole,
    Purpose,
)
from mediation.cases.models import Participant
from mediation.courts.access import settlement_to_release
from mediation.courts.enums import ReleaseState
from mediation.courts.models import Release
from mediation.desk.next_steps import after, talking
from mediation.desk.next_steps.task import Task, Text
from mediation.matching.selectors import current_assignment, proposal_seen_by
from mediation.privacy.enums import RequestState, Scope
from mediation.privacy.models import ErasureRequest
from mediation.settlements.enums import UNSIGNED, SettlementState
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import (
    current_version,
    document_of,
    has_approved,
    latest_settlement,
    signer_for,
)
from mediation.vault import services as vault


def beside_the_talk(part: Participant) -> dict[str, Task]:
    """The rows of what one looks at while talking, by kind; those that do not concern the person
    are left out.
    """
    rows = {
        "offer": talking.offers(part),
        "settlement": _settlement(part),
        "document": _documents(part),
    }
    return {kind: row for kind, row in rows.items() if row is not None}


def tasks_for(part: Participant) -> list[Task]:
    """The rows for this person in their case."""
    made = [_unless_restricted(row, part) for row in ROWS]
    rows = [row if isinstance(row, list) else [row] for row in made if row is not None]
    return [task for row in rows for task in row]


def _unless_restricted(
    row: Callable[[Participant], Task | list[Task] | None], part: Participant
) -> Task | list[Task] | None:
    """A row about what is kept and not used cannot be read, and there is nothing to do in it."""
    try:
        return row(part)
    except vault.Restricted:
        return None


def _answer_of_other_side(part: Participant) -> Task | None:
    if part.case.state != CaseState.INVITED:
        return None
    return Task(
        title=_("The other side's answer"),
        status=_("Waiting for them"),
        tone="waiting",
        hint=_("They can say yes or no until the date on this page. We remind them once."),
    )


def _consents(part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY:
        return _consents_of_both(part)
    title, url = _("What you agree to"), reverse("cases:consents", args=[part.case_id])
    if not part.case.is_open:
        return Task(title, _("Look"), "neutral", url)
    given = set(part.consents.in_force().values_list("purpose", flat=True))
    if not given.issuperset(NEEDED_TO_TALK):
        return Task(title, _("Needs you"), "attention", url, _own_consent_hint(part))
    others = access.all_sides_consent(part.case_id, *NEEDED_TO_TALK)
    return Task(title, _("Given"), "done", url, "" if others else _others_consent_hint(part))


def _own_consent_hint(part: Participant) -> Text:
    if part.case.state != CaseState.MEDIATING:
        return ""
    return _("Talk is closed until you have given both consents that it needs.")


def _others_consent_hint(part: Participant) -> Text:
    if part.case.state != CaseState.MEDIATING:
        return _("The other side has not given theirs yet.")
    return _("Talk is closed until the other side has given both consents that it needs.")


def _consents_of_both(part: Participant) -> Task | None:
    """For the mediator, only where talk waits for it; whose consent it is, is not said."""
    case = part.case
    if case.state != CaseState.MEDIATING or access.all_sides_consent(case.pk, *NEEDED_TO_TALK):
        return None
    return Task(
        title=_("What both sides agree to"),
        status=_("Waiting for them"),
        tone="waiting",
        hint=_("Talk is closed until both sides have given both consents that it needs."),
    )


def _statement(part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY or not part.case.is_open:
        return None
    return Task(
        title=_("Your account of it"),
        status=_("You may add to it"),
        tone="neutral",
        url=reverse("cases:statement", args=[part.case_id]),
    )


def _accounts(part: Participant) -> Task | None:
    if part.case.state not in {CaseState.WAITING, CaseState.MEDIATING, CaseState.CLOSED}:
        return None
    if _all_destroyed(part, Compartment.JOINT):
        return None
    return Task(
        title=_("What each side wrote"),
        status=_("Look"),
        tone="neutral",
        url=reverse("cases:accounts", args=[part.case_id]),
    )


def _all_destroyed(part: Participant, shared: Compartment) -> bool:
    """Whether nothing is left of what everybody shared and of what this person read in private."""
    sides = [part.side] if part.side else part.case.sides.all()
    wanted = {str(shared), *(side.caucus for side in sides)}
    return wanted <= vault.closed_compartments(case_id=part.case_id).keys()


def _documents(part: Participant) -> Task | None:
    if _all_destroyed(part, Compartment.EVIDENCE):
        return None
    return Task(
        title=_("Documents"),
        status=_("Look or add") if part.case.is_open else _("Look"),
        tone="neutral",
        url=reverse("evidence:list", args=[part.case_id]),
    )


def _mediator(part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY or part.case.state != CaseState.WAITING:
        return None
    title, user = _("A mediator"), part.user
    assignment = current_assignment(user, part.case) if user else None
    if assignment is None or user is None:
        return Task(title, _("Being looked for"), "waiting", hint=_("We write to you."))
    url = reverse("matching:answer", args=[assignment.pk])
    if proposal_seen_by(user, assignment).own_answer is None:
        return Task(title, _("Needs you"), "attention", url, _("Somebody offers to mediate."))
    return Task(title, _("Waiting for the other side"), "waiting", url)


def _another_mediator(part: Participant) -> Task | None:
    if part.case.state != CaseState.MEDIATING or part.user is None:
        return None
    assignment = current_assignment(part.user, part.case)
    if assignment is None:
        return None
    is_party = part.role == ParticipantRole.PARTY
    name, title = (
        ("replace", _("Ask for another mediator"))
        if is_party
        else (
            "end",
            _("Give the case back"),
        )
    )
    url = reverse(f"matching:{name}", args=[assignment.pk])
    return Task(title, _("Possible at any time"), "neutral", url)


def _settlement(part: Participant) -> Task | None:
    if part.user is None or part.case.state not in {CaseState.MEDIATING, CaseState.CLOSED}:
        return None
    found = latest_settlement(part.user, part.case)
    if found is None or found.state in {SettlementState.REFUSED, SettlementState.LAPSED}:
        return _no_settlement(part)
    title = _("The settlement")
    if found.state in UNSIGNED and not part.case.is_open:  # it lapses within minutes
        ended = _("Nothing was agreed") if found.is_oral else _("Not signed")
        return Task(title, ended, "ended", _settlement_page(part, found))
    if found.state == SettlementState.OFFERED and part.side_id is not None:
        return _to_read(part, found)
    if found.state == SettlementState.SIGNING:
        return _to_sign(part, found)
    status, tone = SETTLEMENT_STATUS[SettlementState(found.state)]
    return Task(title, status, tone, _settlement_page(part, found))


def _no_settlement(part: Participant) -> Task | None:
    if part.case.state != CaseState.MEDIATING:
        return None
    if part.role == ParticipantRole.MEDIATOR:
        url = reverse("settlements:start", args=[part.case_id])
        return Task(_("Draft a settlement"), _("You can begin"), "neutral", url)
    hint = _("When you agree on something, the mediator writes it down for both to read.")
    return Task(_("The settlement"), _("Not begun"), "neutral", hint=hint)


def _to_read(part: Participant, settlement: Settlement) -> Task:
    version = current_version(settlement)
    is_done = version is not None and part.user is not None and has_approved(part.user, version)
    status = _("The other side reads") if is_done else _("Needs you")
    url = reverse("settlements:read", args=[part.case_id])
    return Task(_("Read the settlement"), status, "waiting" if is_done else "attention", url)


def _to_sign(part: Participant, settlement: Settlement) -> Task:
    document = document_of(settlement)
    place = signer_for(part.user, document) if document and part.user else None
    is_done = place is None or place.signature is not None
    name = "read" if is_done else "sign"
    status = _("Others sign") if is_done else _("Needs you")
    if document and document.is_time_to_think:
        is_done, name, status = True, "read", _("Time to think")
    url = reverse(f"settlements:{name}", args=[part.case_id])
    return Task(_("Sign the settlement"), status, "waiting" if is_done else "attention", url)


def _settlement_page(part: Participant, settlement: Settlement) -> str:
    is_draft = settlement.state == SettlementState.DRAFTING
    drafts = is_draft and part.role == ParticipantRole.MEDIATOR and part.case.is_open
    return reverse(f"settlements:{'draft' if drafts else 'read'}", args=[part.case_id])


SETTLEMENT_STATUS: dict[SettlementState, tuple[Text, str]] = {
    SettlementState.DRAFTING: (_("Being drafted"), "active"),
    SettlementState.OFFERED: (_("Both sides read"), "waiting"),
    SettlementState.PREPARING: (_("The document is being made"), "active"),
    SettlementState.SEALING: (_("Being sealed"), "active"),
    SettlementState.SEALED: (_("Signed and sealed"), "done"),
    SettlementState.PAPER: (_("Signed on paper"), "done"),
    SettlementState.ORAL: (_("Agreed orally"), "done"),
}


def _court(part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY or settlement_to_release(part.case) is None:
        return None
    status, tone = _release_status(part)
    url = reverse("courts:release", args=[part.case_id])
    return Task(_("Give the settlement to a court"), status, tone, url)


def _release_status(part: Participant) -> tuple[Text, str]:
    releases = Release.objects.filter(case=part.case_id)
    live = releases.exclude(state=ReleaseState.WITHDRAWN).first()
    if live is None:
        return _("Only if you both want"), "neutral"
    if live.state != ReleaseState.PROPOSED:
        return _("Released"), "done"
    mine = part.consents.in_force().filter(purpose=Purpose.RELEASE, subject=str(live.pk))
    if mine.exists():
        return _("Waiting for the other side"), "waiting"
    return _("Needs you"), "attention"


def _privacy(part: Participant) -> Task:
    status, tone = _erasure_status(part)
    return Task(
        title=_("Your data: download, destroy, see who looked"),
        status=status,
        tone=tone,
        url=reverse("privacy:case", args=[part.case_id]),
    )


def _erasure_status(part: Participant) -> tuple[Text, str]:
    """Whether somebody asked for earlier destruction and whose turn it is."""
    wishes = ErasureRequest.objects.filter(case=part.case_id, state=RequestState.OPEN)
    shared = set(wishes.exclude(scope=Scope.OWN).values_list("participant", flat=True))
    if part.role != ParticipantRole.PARTY or not shared:
        return _("Yours"), "neutral"
    if part.pk in shared:
        return _("Waiting for the other side"), "waiting"
    return _("The other side asks you something"), "attention"


ROWS: list[Callable[[Participant], Task | list[Task] | None]] = [
    _answer_of_other_side,
    _consents,
    _statement,
    _accounts,
    _documents,
    _mediator,
    talking.rooms,
    talking.talks,
    talking.reviews,
    talking.course,
    talking.notes,
    talking.offers,
    _settlement,
    after.amendment,
    after.performance,
    after.ending_note,
    _court,
    _another_mediator,
    _privacy,
]
