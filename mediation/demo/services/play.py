"""Plays a story with the real services, as the people in it would: they read their mails, enter
their codes and press the buttons. Nothing here is a short cut around a rule.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from mediation.accounts.models import User
from mediation.cases.enums import NEEDED_TO_TALK, Category, Purpose
from mediation.cases.models import Case
from mediation.cases.services import consents, intake, invitations
from mediation.demo.selectors import SentMail, sent_mails
from mediation.demo.services.course import lead_course
from mediation.demo.services.jobs import finish_jobs
from mediation.demo.services.place import Place
from mediation.demo.services.story import Story
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.offers.selectors import OfferTerms
from mediation.offers.services import offers
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.models import Room
from mediation.settlements.document.terms import Instalment, Obligation, ObligationKind, Scope
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import current_version, latest_settlement
from mediation.settlements.services import drafting, freedom, offering, reading, signing

TOKEN = re.compile(r"#([0-9a-f]{64})")
CODE = re.compile(r"^\s+(\d{6})\s*$", re.MULTILINE)
ALL_PURPOSES = (*NEEDED_TO_TALK, Purpose.VIDEO, Purpose.SIGNING)
Tell = Callable[[str, str], None]


def say_nothing(who: str, what: str) -> None:
    """A narrator for those who only want the result."""


@dataclass
class Play:
    """One story under way. `people` has the users for applicant, respondent and mediator."""

    place: Place
    story: Story
    people: dict[str, User]
    tell: Tell = say_nothing
    case: Case = field(init=False)

    def apply(self) -> None:
        """Intake, one question after the other, and a document."""
        actor, story = self.people["applicant"], self.story
        self.case = intake.start_case(
            actor=actor, center=self.place.center, language=story.language
        )
        intake.save_category(actor=actor, case=self.case, category=Category(story.category))
        intake.save_own_name(
            actor=actor,
            case=self.case,
            name=story.names["applicant"],
            address=story.addresses["applicant"],
        )
        intake.save_other_side(
            actor=actor,
            case=self.case,
            name=story.names["respondent"],
            email=self.people["respondent"].email,
        )
        intake.save_statement(actor=actor, case=self.case, answers=self._answers())
        self._tell("applicant", _("I have written down what happened and checked my answers."))
        self._add_document()

    def _answers(self) -> dict[str, object]:
        money = Decimal(self.story.amount) if self.story.amount else None
        return {**self.story.texts, "amount": money, "currency": self.story.currency, "needs": []}

    def _add_document(self) -> None:
        text = self.story.texts["summary"].encode()
        add_document(
            actor=self.people["applicant"],
            case=self.case,
            audience=Audience.ROOM,
            name="note.txt",
            content=BytesIO(text),
        )
        self._tell("applicant", _("I have added a document that everybody in the case can open."))

    def invite(self) -> None:
        """The letter goes out; the respondent finds the link in their mail."""
        intake.send_application(actor=self.people["applicant"], case=self.case)
        finish_jobs()
        letter = self._mail_of("respondent")
        self._tell("respondent", _("I received a letter: “%s”") % letter.subject)

    def accept(self) -> None:
        """Yes, with the secret from the letter."""
        found = TOKEN.search(self._mail_of("respondent").body)
        if found is None:
            raise LookupError("no link in the letter")
        invitation = invitations.find_invitation(secret=found[1])
        invitations.accept_invitation(actor=self.people["respondent"], invitation=invitation)
        finish_jobs()
        self._tell("respondent", _("I am willing to talk."))

    def consent(self) -> None:
        """Each person, each purpose."""
        for who in ("applicant", "respondent"):
            for purpose in ALL_PURPOSES:
                consents.give_consent(
                    actor=self.people[who],
                    case=self.case,
                    purpose=purpose,
                    language=self.story.language,
                )
            self._tell(who, _("I have given my consents and kept the receipts."))
        finish_jobs()

    def find_mediator(self) -> None:
        """The mediator looks at the names, declares no conflict, and both sides accept."""
        self.case.refresh_from_db()
        mediator = self.people["mediator"]
        matching.show_names(actor=mediator, case=self.case)
        assignment = matching.claim_case(
            actor=mediator,
            case=self.case,
            disclosure_kind=DisclosureKind.NONE,
            disclosure_text="",
            has_no_conflict=True,
        )
        self._tell("mediator", _("I know neither side and offer to mediate."))
        for who in ("applicant", "respondent"):
            matching.answer_assignment(actor=self.people[who], assignment=assignment, accepts=True)
            self._tell(who, _("I accept this mediator."))
        finish_jobs()
        self.case.refresh_from_db()

    def talk(self) -> None:
        """The joint room, and each side alone with the mediator."""
        for line in self.story.lines:
            room = self._room(line.who, line.side)
            rooms.post_message(
                actor=self.people[line.who], room=room, client_id=uuid4(), body=line.text
            )
            where = _("alone with the mediator") if line.side else _("in the joint room")
            self._tell(line.who, f"({where}) {line.text}")

    def _room(self, who: str, side: str) -> Room:
        visible = rooms_visible_to(self.people[who]).filter(case=self.case)
        wanted = visible.filter(side__letter=side) if side else visible.filter(side=None)
        return wanted.get()

    def lead(self) -> None:
        """The mediator opens, one side has read it, and the course has come to the issues."""
        lead_course(self.case, self.story, self.people)
        finish_jobs()

    def offer(self) -> None:
        """One side offers something, and the other has not answered yet."""
        told = self.story.offer
        terms = OfferTerms(
            payer=told["payer"],
            amount=Decimal(told["amount"]),
            currency=self.story.currency,
            due_on=timezone.localdate() + timedelta(days=told["due_in_days"]),
            words=told["words"],
        )
        draft = offers.Draft(uuid4(), terms)
        offers.make_offer(actor=self.people[told["who"]], case=self.case, draft=draft)
        finish_jobs()

    def draft(self) -> None:
        """The mediator drafts, and offers a frozen text."""
        mediator, agreed = self.people["mediator"], self.story.settlement
        settlement = drafting.start_draft(
            actor=mediator, case=self.case, language=self.story.language
        )
        settlement = drafting.save_draft(
            actor=mediator,
            settlement=settlement,
            edition=settlement.edition,
            changes=written_terms(agreed),
        )
        for number, item in enumerate(agreed["obligations"], start=1):
            settlement = drafting.save_obligation(
                actor=mediator,
                settlement=settlement,
                edition=settlement.edition,
                obligation=obligation(number, item, self.story.currency),
            )
        offering.freeze_version(actor=mediator, settlement=settlement, edition=settlement.edition)
        finish_jobs()
        self._tell("mediator", _("I have put into a draft what you agreed on. Please read it."))

    def approve(self) -> None:
        """Both sides approve the same text; the document is made."""
        for who in ("applicant", "respondent"):
            version = current_version(self.settlement)
            if version is None:
                raise LookupError("nothing is offered")
            offering.approve_version(
                actor=self.people[who], version=version, terms_sha256=version.terms_sha256
            )
            self._tell(who, _("I have read the text and approve it."))
        finish_jobs()

    def confirm_freedom(self) -> None:
        """Each party says in private that they are free to say no; nobody else reads it."""
        for who in ("applicant", "respondent"):
            freedom.confirm_freedom(
                actor=self.people[who],
                settlement=self.settlement,
                terms_sha256=latest_terms(self.settlement),
            )

    def sign(self) -> None:
        """Each person signs the bytes they see, with a fresh code from their own mail. Those
        grow by each signature; what is told is the fingerprint of the terms all of them sign.
        """
        terms = latest_terms(self.settlement)[:12]
        signed = _("I have signed the terms %s…; my signature is added to the same file.") % terms
        for who in ("applicant", "respondent", "mediator"):
            actor = self.people[who]
            shown = reading.read_document(actor=actor, settlement=self.settlement).sha256
            signing.send_signing_code(
                actor=actor, settlement=self.settlement, document_sha256=shown
            )
            signing.confirm_and_sign(
                actor=actor,
                settlement=self.settlement,
                document_sha256=shown,
                code=self._code_of(who),
            )
            self._tell(who, signed)
        finish_jobs()
        self.case.refresh_from_db()

    @property
    def settlement(self) -> Settlement:
        found = latest_settlement(self.people["mediator"], self.case)
        if found is None:
            raise LookupError("no settlement")
        return found

    def _mail_of(self, who: str) -> SentMail:
        address = self.people[who].email
        return next(mail for mail in sent_mails() if mail.to == address)

    def _code_of(self, who: str) -> str:
        found = CODE.search(self._mail_of(who).body)
        if found is None:
            raise LookupError("no code in the mail")
        return found[1]

    def _tell(self, who: str, what: str) -> None:
        self.tell(self.story.names[who], what)


def latest_terms(settlement: Settlement) -> str:
    """The fingerprint of the text everybody approved, the same in every copy of the file."""
    version = current_version(settlement)
    if version is None:
        raise LookupError("nothing is offered")
    return version.terms_sha256


def written_terms(agreed: dict[str, object]) -> dict[str, object]:
    """What the mediator writes, from a story's settlement."""
    unresolved = str(agreed["unresolved"])
    return {
        "facts_summary": agreed["facts"],
        "issues": (agreed["issues"],),
        "settles": (agreed["settles"],),
        "scope": Scope.PARTIAL if agreed["partial"] else Scope.FULL,
        "unresolved_items": (unresolved,) if unresolved else (),
        "default_clause": agreed["default_clause"],
    }


def obligation(number: int, item: dict[str, object], currency: str) -> Obligation:
    """One obligation of a story; its dates count from today."""
    amount = Decimal(str(item["amount"])) if item["amount"] else None
    first = timezone.localdate() + timedelta(days=int(str(item["first_due_in_days"])))
    count = int(str(item["instalments"]))
    return Obligation(
        id=f"O{number}",
        debtor=str(item["debtor"]),
        creditor=str(item["creditor"]),
        kind=ObligationKind(str(item["kind"])),
        description=str(item["description"]),
        amount=amount,
        currency=currency if amount else "",
        due_on=None if count else first,
        method=str(item["method"]),
        instalments=instalments(amount, count, first),
    )


def instalments(amount: Decimal | None, count: int, first: date) -> tuple[Instalment, ...]:
    """Equal monthly parts; the last one takes what division leaves."""
    if amount is None or not count:
        return ()
    part = (amount / count).quantize(Decimal("0.01"))
    last = amount - part * (count - 1)
    return tuple(
        Instalment(
            seq=seq, due_on=_months_later(first, seq - 1), amount=last if seq == count else part
        )
        for seq in range(1, count + 1)
    )


def _months_later(first: date, months: int) -> date:
    """The same day `months` later; the last one where a month is shorter."""
    year, month = divmod(first.month - 1 + months, 12)
    for day in range(first.day, 27, -1):
        try:
            return date(first.year + year, month + 1, day)
        except ValueError:
            continue
    return date(first.year + year, month + 1, min(first.day, 28))
