"""The standing cast, and a case at any stage, made by the real services.

`stage` is how far a case has come: draft, invited, consenting, waiting, mediating.
"""

from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases.enums import Purpose
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Invitation, Participant
from mediation.cases.services import consents, intake, invitations, participation
from mediation.centers import services as centers
from mediation.centers.enums import CenterKind, CenterRole
from mediation.centers.models import Center
from mediation.demo.services.people import welcome

NAMES = ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
STAGES = ["draft", "invited", "consenting", "waiting", "mediating"]


@dataclass
class Cast:
    """Everybody who tries every door."""

    center: Center
    case: Case
    party_a: User
    party_b: User
    mediator: User
    coordinator: User
    other_staff: User
    clerk: User
    stranger: User
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def everybody(self) -> dict[str, User | None]:
        people = {name: getattr(self, name) for name in NAMES}
        return {**people, "nobody": None}


def person(name: str, language: str = "en") -> User:
    return welcome(email=f"{name}@people.example", name=name.title(), language=language)


def make_center(name: str = "Heyang Street Mediation Committee", no: str = "R-1") -> Center:
    return centers.open_center(
        name=name,
        name_en="",
        kind=CenterKind.PEOPLE,
        registration_no=no,
        seat="Heyang",
        profile="generic",
    )


def make_cast(stage: str = "mediating", purposes: tuple[Purpose, ...] = tuple(Purpose)) -> Cast:
    center, other_center = make_center(), make_center("Elsewhere", "R-2")
    cast = Cast(
        center=center,
        case=None,  # type: ignore[arg-type]  # set below
        party_a=person("ada"),
        party_b=person("bo"),
        mediator=person("mei"),
        coordinator=person("cora"),
        other_staff=person("olaf"),
        clerk=person("clara"),
        stranger=person("stan"),
    )
    centers.add_member(center=center, user=cast.mediator, role=CenterRole.MEDIATOR)
    centers.add_member(center=center, user=cast.coordinator, role=CenterRole.COORDINATOR)
    centers.add_member(center=other_center, user=cast.other_staff, role=CenterRole.MEDIATOR)
    cast.case = make_case(cast, stage=stage, purposes=purposes)
    return cast


def make_case(
    cast: Cast, *, stage: str = "mediating", purposes: tuple[Purpose, ...] = tuple(Purpose)
) -> Case:
    """A case between party A and party B that went through the real steps up to `stage`."""
    case = intake.start_case(actor=cast.party_a, center=cast.center, language="en")
    fill_in(cast, case)
    for reached in STAGES[1 : STAGES.index(stage) + 1]:
        _advance(cast, case, reached, purposes)
        case.refresh_from_db()
    return case


def fill_in(cast: Cast, case: Case) -> None:
    intake.save_category(actor=cast.party_a, case=case, category="loan")
    intake.save_own_name(actor=cast.party_a, case=case, name="Ada Applicant", address="1 Main St")
    intake.save_other_side(
        actor=cast.party_a, case=case, name="Bo Respondent", email=cast.party_b.email
    )
    answers = {
        "summary": "A loan was not repaid.",
        "background": "caucus-A-canary background",
        "wishes": "caucus-A-canary wishes",
        "needs": ["text_only"],
        "amount": "1200.00",
        "currency": "EUR",
    }
    intake.save_statement(actor=cast.party_a, case=case, answers=answers)


def _advance(cast: Cast, case: Case, stage: str, purposes: tuple[Purpose, ...]) -> None:
    if stage == "invited":
        intake.send_application(actor=cast.party_a, case=case)
    elif stage == "consenting":
        invitation = Invitation.objects.get(case=case)
        invitations.accept_invitation(actor=cast.party_b, invitation=invitation)
    elif stage == "waiting":
        consent_all(cast, case, purposes)
    else:
        with transaction.atomic():
            participation.begin_mediation(
                actor=cast.mediator, case=lock(case), mediator=cast.mediator
            )


def consent_all(cast: Cast, case: Case, purposes: tuple[Purpose, ...] = tuple(Purpose)) -> None:
    for user in (cast.party_a, cast.party_b):
        for purpose in purposes:
            if purpose != Purpose.RELEASE:
                consents.give_consent(actor=user, case=case, purpose=purpose, language="en")


def add_third_person(case: Case, name: str = "sun") -> User:
    """Somebody in the case who is neither party nor mediator. Nobody can come in as one today, and
    the database refuses it; the rules about them are older than their role, and tried with it.
    """
    guest = person(name)
    with connection.cursor() as cursor:
        is_sqlite = connection.vendor == "sqlite"
        if is_sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE cases_participant DROP CONSTRAINT parties_have_a_side_mediators_none"
            )
        Participant.objects.create(
            case=case, user=guest, role="specialist", joined_at=timezone.now()
        )
        if is_sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    return guest
