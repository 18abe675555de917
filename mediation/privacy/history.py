"""What happened in a case, in words, and who may read which of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.audit import selectors as audit
from mediation.cases.enums import Purpose
from mediation.cases.models import Participant
from mediation.cases.selectors import title_of
from mediation.profiles.selectors import consent_text
from mediation.rooms.access import rooms_visible_to

# What everybody in the case may read of its audit log, and who did it.
SHARED: dict[str, Promise] = {
    "case.started": _("Applied for mediation"),
    "case.invited": _("Sent the invitation"),
    "case.closed": _("The case ended"),
    "case.erased": _("The case was destroyed up to its dates"),
    "invitation.accepted": _("Accepted the invitation"),
    "identity.read": _("Looked at the names, to see whether they know somebody"),
    "assignment.proposed": _("Offered to mediate"),
    "case.mediating": _("The mediation began"),
    "rooms.opened": _("The rooms were opened"),
    "mediation.ended": _("Ended the mediation"),
    "document.added": _("Added a document"),
    "document.opened": _("Opened a document"),
    "document.withdrawn": _("Took a document back"),
    "offer.made": _("Made an offer"),
    "offer.withdrawn": _("Took an offer back"),
    "offer.countered": _("Answered an offer with another one"),
    "offer.accepted": _("An offer was accepted"),
    "offer.expired": _("An offer's time was over"),
    "sealed_round.proposed": _("Proposed a sealed offer"),
    "sealed_round.agreed": _("Both sides agreed to a sealed offer"),
    "sealed_round.declined": _("A sealed offer was not agreed to"),
    "sealed_round.both_in": _("Both figures of a sealed offer were in"),
    "sealed_round.compared": _("The figures of a sealed offer were compared and destroyed"),
    "sealed_round.void": _("A sealed offer could not be compared"),
    "sealed_round.expired": _("A sealed offer ended without a comparison"),
    "opening.given": _("Opened the mediation, or changed the opening"),
    "opening.confirmed": _("Said that they had read the opening"),
    "stage.moved": _("Went on to another stage"),
    "agenda_point.added": _("Added a point to the agenda"),
    "agenda_point.moved": _("Changed the order of the agenda"),
    "agenda_point.dealt_with": _("Marked a point of the agenda as dealt with"),
    "agenda_point.reopened": _("Opened a point of the agenda again"),
    "agenda_point.removed": _("Took a point off the agenda"),
    "fact.proposed": _("Proposed a fact"),
    "fact.reworded": _("Worded a fact differently"),
    "fact.removed": _("Took a fact away"),
    "fact.agreed": _("A fact was agreed by both sides"),
    "fact.reopened": _("A fact was no longer agreed"),
    "sitting.begun": _("Noted that a sitting began"),
    "sitting.changed": _("Noted who came or went"),
    "sitting.ended": _("Noted that a sitting ended"),
    "sitting.removed": _("Struck out a sitting"),
    "identity.confirmed": _("Confirmed who somebody is"),
    "settlement.offered": _("Put the text of a settlement before both sides"),
    "comment.written": _("Commented on the text of the settlement for everybody"),
    "settlement.sealed": _("The settlement was sealed"),
    "settlement.lapsed": _("A text ended without a settlement"),
    "document.read": _("Opened the settlement"),
    "document.signed": _("Signed the settlement"),
    "document.renewed": _("The proof in the settlement was renewed"),
    "document.signed_on_paper": _("Noted that the settlement was signed on paper"),
    "settlement.oral": _("Both sides agreed orally"),
    "record.read": _("Opened the record of what was agreed orally"),
    "amendment.proposed": _("Asked the other side to change the settlement"),
    "settlement.replaced": _("A later agreement took the place of the settlement"),
    "scan.added": _("Put a scan of the signed paper here"),
    "scan.replaced": _("Put another scan of the signed paper here"),
    "scan.confirmed": _("Said that the scan is the paper that was signed"),
    "scan.doubted": _("Said that the scan is not right"),
    "scan.read": _("Opened the scan of the signed paper"),
    "release.proposed": _("Proposed to release the settlement to a court"),
    "release.released": _("The settlement was released to a court"),
    "package.fetched": _("Fetched the released settlement"),
    "hold.in_force": _("Kept a part of the case longer, or went on keeping it"),
    "hold.released": _("Ended that a part of the case was kept longer"),
    "hold.lapsed": _("A duty to keep a part of the case longer ended"),
    "case.read": _("Read the case's page, with the names"),
    "statement.read": _("Read what both sides wrote at the start"),
    "document.listed": _("Looked through the list of documents"),
    "offer.read": _("Read the offers"),
    "course.read": _("Read the course of the mediation"),
    "room.read": _("Read the joint room"),
    "talk.listed": _("Looked through the list of talks by invitation"),
    "settlement.read": _("Read the text of the settlement"),
    "draft.read": _("Opened the draft of the settlement"),
    "erasure.started": _("A destruction began"),
    "certificate.issued": _("A certificate of destruction was issued"),
}
# What is told of one side's private matters, or of a talk by invitation: to whoever did it, and to
# those whose matter it is. To the others it does not exist.
PRIVATE: dict[str, Promise] = {
    "caucus.read": _("Read the private talk of one side with the mediator"),
    "talk.read": _("Read a talk by invitation"),
    "held_message.read": _("Read messages that wait for the mediator"),
    "private_comment.read": _("Read what one side wrote about the settlement in private"),
    "caucus_document.opened": _("Opened a document for the mediator alone"),
}
# What one reads only of oneself: consents, private documents, and whatever tells who said no.
OWN: dict[str, Promise] = {
    "consent.given": _("Gave a consent"),
    "consent.withdrawn": _("Took a consent back"),
    "participant.left": _("Left the mediation"),
    "assignment.answered": _("Answered whether they accept the mediator"),
    "offer.answered": _("Answered an offer"),
    "sealed_round.answered": _("Answered whether they agree to a sealed offer"),
    "sealed_round.figure_sealed": _("Sealed a figure"),
    "sealed_round.called_off": _("Called a sealed offer off"),
    "fact.answered": _("Answered whether a fact is agreed"),
    "note.written": _("Wrote a note for themselves"),
    "note.deleted": _("Deleted a note of their own"),
    "talk.proposed": _("Asked people to a talk by invitation"),
    "talk.agreed": _("Agreed to a talk by invitation"),
    "talk.left": _("Said no to a talk by invitation, or left it"),
    "message.released": _("Released a message from a private talk to the joint room"),
    "review.proposed": _("Proposed to read messages first"),
    "review.agreed": _("Agreed that the mediator reads messages first"),
    "review.ended": _("Ended that the mediator reads messages first, or said no to it"),
    "message.passed_on": _("Passed a message on"),
    "message.returned": _("Returned a message to its author"),
    "presence.approved": _("Approved of a third person in a talk"),
    "presence.refused": _("Did not approve of a third person in a talk"),
    "caucus_document.added": _("Added a document for the mediator alone"),
    "caucus_document.opened": _("Opened a document for the mediator alone"),
    "caucus_document.withdrawn": _("Took back a document for the mediator alone"),
    "version.approved": _("Approved the text of the settlement"),
    "version.agreed": _("Agreed to what is recorded"),
    "version.change_requested": _("Asked for a change of the settlement"),
    "private_comment.written": _("Commented on the text of the settlement for the mediator"),
    "freedom.confirmed": _("Confirmed that they are free to say no"),
    "ending.noted": _("Downloaded the note that the mediation ended"),
    "performance.stated": _("Said something about what was agreed"),
    "performance.reminders": _("Switched reminders of the settlement's days on or off"),
    "performance.certified": _("Downloaded the certificate that everything was done"),
    "release.withdrawn": _("Took back the release to a court"),
    "erasure.asked": _("Asked for earlier destruction"),
    "erasure.request_withdrawn": _("Took back the wish for earlier destruction"),
    "data.downloaded": _("Downloaded a copy of their data"),
    "details.corrected": _("Corrected their name or address"),
    "restriction.placed": _("Had their private part kept and not used"),
    "restriction.lifted": _("Had their private part used again"),
    "proof.downloaded": _("Downloaded the proof of what they did"),
}

# The same with the consent's title, where the entry says which; read by whoever gave it alone.
NAMED: dict[str, Promise] = {
    "consent.given": _("Gave a consent: %(consent)s"),
    "consent.withdrawn": _("Took a consent back: %(consent)s"),
}


@dataclass(frozen=True)
class HistoryLine:
    """Something that happened, in words; `who` is a part in the case, never a name."""

    at: datetime
    who: str
    what: str | Promise


def history_of(part: Participant) -> list[HistoryLine]:
    """What happened in the case as this person may know it, newest first."""
    people = {row.user_id: row for row in part.case.participants.select_related("side")}
    found = []
    rooms = _talks_of(part)
    for line in audit.history_for_case(part.case_id):
        what: str | Promise | None = SHARED.get(line.action)
        if line.actor_id == part.user_id:
            what = what or _own_words(line) or PRIVATE.get(line.action)
        elif _concerns(line, part, rooms):
            what = what or PRIVATE.get(line.action)
        if what is not None:
            found.append(HistoryLine(line.at, _who(part, line, people), what))
    return found[::-1]


def _own_words(line: audit.HistoryLine) -> str | Promise | None:
    """What one did oneself, in the reader's language."""
    purpose = line.facts.get("purpose")
    if line.action in NAMED and purpose in Purpose.values:
        return str(NAMED[line.action]) % {"consent": title_of(consent_text(str(purpose)))}
    return OWN.get(line.action)


def _talks_of(part: Participant) -> set[str]:
    """Ids of the rooms of the case this person may see, as facts name them."""
    assert part.user is not None
    rooms = rooms_visible_to(part.user).filter(case=part.case_id)
    return {str(pk) for pk in rooms.values_list("pk", flat=True)}


def _concerns(line: audit.HistoryLine, part: Participant, rooms: set[str]) -> bool:
    """Whether somebody else's look was at this person's side's own matter, or at their talk."""
    of_side = part.side is not None and line.facts.get("side") == part.side.letter.lower()
    return of_side or line.facts.get("room") in rooms


def _who(part: Participant, line: audit.HistoryLine, people: dict[UUID | None, Participant]) -> str:
    if line.action == "package.fetched":
        return gettext("The court")
    if line.actor_id is None:
        return gettext("The service")
    if line.actor_id == part.user_id:
        return gettext("You")
    other = people.get(line.actor_id)
    return _who_is_gone(line) if other is None else _who_else(part, other)


def _who_else(part: Participant, other: Participant) -> str:
    if other.side is None:
        return gettext("The mediator")
    if part.side is None:
        return gettext("Side %(letter)s") % {"letter": other.side.letter}
    return gettext("The other side")


def _who_is_gone(line: audit.HistoryLine) -> str:
    """Somebody who has no part in the case: a mediator who looked at it, the centre, or a party
    whose account is deleted.
    """
    if line.action in {"identity.read", "assignment.proposed"}:
        return gettext("A mediator of the centre")
    if line.action.startswith("hold."):
        return gettext("The centre")
    return gettext("Somebody whose account is deleted")
