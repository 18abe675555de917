"""Destroying the course of a mediation, compartment by compartment."""

from django.db import transaction

from mediation.cases.models import Case
from mediation.proceedings.models import (
    AgendaPoint,
    Attendance,
    Confirmation,
    Fact,
    FactAnswer,
    IdentityCheck,
    Note,
    Opening,
    Sitting,
    StageMove,
)


@transaction.atomic
def forget_course(*, case: Case) -> dict[str, int]:
    """What everybody shared: opening, stages, agenda, facts, sittings. Answers to facts are not
    counted: the certificate, which both sides read, would tell whether the other had answered.
    """
    Confirmation.objects.filter(opening__case=case).delete()
    FactAnswer.objects.filter(fact__case=case).delete()
    Attendance.objects.filter(sitting__case=case).delete()
    return {
        "openings": Opening.objects.filter(case=case).delete()[0],
        "stage_moves": StageMove.objects.filter(case=case).delete()[0],
        "agenda_points": AgendaPoint.objects.filter(case=case).delete()[0],
        "facts": Fact.objects.filter(case=case).delete()[0],
        "sittings": Sitting.objects.filter(case=case).delete()[0],
    }


@transaction.atomic
def forget_notes(*, case: Case) -> None:
    """The mediators' notes. They are not counted: how much a mediator noted is their own, and the
    certificate is for everybody.
    """
    Note.objects.filter(case=case).delete()


@transaction.atomic
def forget_identity_checks(*, case: Case) -> dict[str, int]:
    """How people's identity was confirmed: it goes with the record of who took part."""
    checks, _by_model = IdentityCheck.objects.filter(case=case).delete()
    return {"identity_checks": checks}
