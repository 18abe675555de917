"""One case from the first letter to the court, as it happens in life: services, jobs and mails.

On the way everybody says something confidential; `Story` also keeps what was mailed and logged.
"""

import logging
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from uuid import uuid4

from django.core import mail
from django.core.mail import EmailMessage
from django_tasks import default_task_backend

from mediation.accounts.models import User
from mediation.cases.services import intake
from mediation.courts.models import Court, Release
from mediation.courts.services import clerks, releases
from mediation.courts.services.packages import fetch_package
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.offers.enums import RoundRule
from mediation.offers.selectors import OfferTerms, RoundTerms
from mediation.offers.services import offers
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.enums import RoomKind
from mediation.rooms.services import inviting
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import current_version
from mediation.settlements.services import offering
from tests.factories import proceedings
from tests.factories.cast import Cast, make_cast, person
from tests.factories.courts import fresh, sign
from tests.factories.offers import make_offer
from tests.factories.sealed import both_in
from tests.factories.settlements import approve, make_draft

# Said or handed over in confidence, by side; nothing of it may ever leave that side's caucus.
SECRETS = {
    "A": (
        *("canary-talk-A", "canary-background-A", "canary-wishes-A", "canary-paper-A"),
        *("canary-invited-talk-A", "canary-purpose-A"),
    ),
    "B": ("canary-talk-B", "canary-background-B", "canary-wishes-B", "canary-note-B"),
}
# Known to both sides and the mediator, and to nobody else.
SHARED = (
    *("canary-joint-talk", "canary-joint-paper", "canary-disclosure", "canary-offer"),
    *("canary-opening", "canary-point", "canary-fact"),
)
# The figures of a sealed round in minor units, and as somebody would read them.
TAKES, PAYS = 7_654_321_987_654, 8_765_432_198_765
FIGURES = ("7654321987654", "8765432198765", "76543219876.54", "87654321987.65")
NOTE = "canary-note-of-the-mediator"  # the mediator's own
EVERY_SECRET = (*SECRETS["A"], *SECRETS["B"], *SHARED, NOTE)


@dataclass
class Story:
    """How it ended: settled, sealed, released to one of two courts and fetched there."""

    cast: Cast
    settlement: Settlement
    court: Court
    other_court: Court
    other_clerk: User
    release: Release
    letters: list[EmailMessage] = field(default_factory=list)
    log: str = ""

    @property
    def case(self):
        return self.cast.case


def make_story() -> Story:
    default_task_backend.clear()
    before, told = len(mail.outbox), StringIO()
    with Listening(told):
        cast = make_cast("waiting")
        _find_mediator(cast)
        _talk(cast)
        settlement = _settle(cast)
        story = _go_to_court(cast, settlement)
        do_queued_jobs()
    story.letters, story.log = mail.outbox[before:], told.getvalue()
    return story


class Listening:
    """Everything any logger says, down to DEBUG, goes into the file too."""

    def __init__(self, told: StringIO) -> None:
        self._handler = logging.StreamHandler(told)

    def __enter__(self) -> None:
        self._level = logging.root.level
        logging.root.addHandler(self._handler)
        logging.root.setLevel(logging.DEBUG)

    def __exit__(self, *_error: object) -> None:
        logging.root.setLevel(self._level)
        logging.root.removeHandler(self._handler)


def do_queued_jobs() -> None:
    """What the worker would do now, in order."""
    waiting = default_task_backend.results
    while waiting:
        job = waiting.pop(0)
        job.task.call(*job.args, **job.kwargs)


def _find_mediator(cast: Cast) -> None:
    do_queued_jobs()
    matching.show_names(actor=cast.mediator, case=cast.case)
    assignment = matching.claim_case(
        actor=cast.mediator,
        case=cast.case,
        disclosure_kind=DisclosureKind.OTHER,
        disclosure_text="canary-disclosure",
        has_no_conflict=False,
    )
    for user in (cast.party_a, cast.party_b):
        matching.answer_assignment(actor=user, assignment=assignment, accepts=True)
    do_queued_jobs()
    cast.case.refresh_from_db()


def _talk(cast: Cast) -> None:
    say(cast, cast.party_a, None, "canary-joint-talk")
    for user, letter in ((cast.party_a, "A"), (cast.party_b, "B")):
        say(cast, user, letter, f"canary-talk-{letter}")
        answers = {"background": f"canary-background-{letter}", "wishes": f"canary-wishes-{letter}"}
        intake.save_statement(actor=user, case=cast.case, answers=answers)
    _talk_by_invitation(cast)
    offer = make_offer(cast.party_a, cast.case, terms=OfferTerms(words="canary-offer"))
    offers.accept_offer(actor=cast.party_b, offer=offer)
    make_offer(cast.mediator, cast.case)
    _seal(cast)
    _lead(cast)
    _bring(cast, Audience.MEDIATOR, "canary-paper-A")
    _bring(cast, Audience.ROOM, "canary-joint-paper")


def _seal(cast: Cast) -> None:
    """A sealed round from its question to its outcome, with figures nobody is ever to see."""
    asked = RoundTerms(payer="B", currency="EUR", question="canary-offer")
    row, a, b = both_in(cast, takes=TAKES, pays=PAYS, rule=RoundRule.OVERLAP, terms=asked)
    a.seal(row)
    b.open(row)


def _lead(cast: Cast) -> None:
    words = proceedings.OpeningWords("canary-opening", "A rule.")
    proceedings.give_opening(cast.mediator, cast.case, words)
    proceedings.add_point(cast.party_a, cast.case, "canary-point")
    fact = proceedings.propose_fact(cast.party_a, cast.case, "canary-fact")
    proceedings.agree(cast.party_b, fact)
    proceedings.begin_sitting(cast.mediator, cast.case, cast.party_a, cast.party_b)
    proceedings.write_note(cast.mediator, cast.case, NOTE)


def _talk_by_invitation(cast: Cast) -> None:
    ada = cast.case.participants.get(user=cast.party_a)
    talk = inviting.invite_to_talk(
        actor=cast.mediator, case=cast.case, purpose="canary-purpose-A", people=[ada.pk]
    )
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    rooms.post_message(
        actor=cast.party_a, room=talk, client_id=uuid4(), body="canary-invited-talk-A"
    )


def say(cast: Cast, user: User, letter: str | None, body: str) -> None:
    kind = RoomKind.CAUCUS if letter else RoomKind.JOINT
    room = rooms_visible_to(user).get(case=cast.case, side__letter=letter, kind=kind)
    rooms.post_message(actor=user, room=room, client_id=uuid4(), body=body)


def _bring(cast: Cast, audience: Audience, text: str) -> None:
    add_document(
        actor=cast.party_a,
        case=cast.case,
        audience=audience,
        name=f"{text}.txt",
        content=BytesIO(text.encode()),
    )


def _settle(cast: Cast) -> Settlement:
    """Offered, sent back with a confidential note, offered again, approved, signed, sealed."""
    settlement = make_draft(cast)
    _offer(cast, settlement)
    version = current_version(settlement)
    offering.request_changes(actor=cast.party_b, version=version, note="canary-note-B")
    _offer(cast, settlement)
    for user in (cast.party_a, cast.party_b):
        approve(user, fresh(settlement))
    do_queued_jobs()
    for user in (cast.party_a, cast.party_b, cast.mediator):
        sign(user, fresh(settlement))
    do_queued_jobs()
    cast.case.refresh_from_db()
    return fresh(settlement)


def _offer(cast: Cast, settlement: Settlement) -> None:
    now = fresh(settlement)
    offering.freeze_version(actor=cast.mediator, settlement=now, edition=now.edition)


def _go_to_court(cast: Cast, settlement: Settlement) -> Story:
    court = clerks.open_court(code="heyang", name="Heyang Court", seat="Heyang")
    other_court = clerks.open_court(code="elsewhere", name="Elsewhere Court", seat="Elsewhere")
    other_clerk = person("otto")
    clerks.add_clerk(court=court, user=cast.clerk)
    clerks.add_clerk(court=other_court, user=other_clerk)
    release = releases.propose_release(actor=cast.party_a, case=cast.case, court=court)
    for user in (cast.party_a, cast.party_b):
        release = releases.consent_to_release(actor=user, release=release, language="en")
    do_queued_jobs()
    fetch_package(actor=cast.clerk, release=release)
    release.refresh_from_db()
    return Story(cast, settlement, court, other_court, other_clerk, release)
