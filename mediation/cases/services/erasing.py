"""Destroying the spine's part of a case, compartment by compartment, and at last the case."""

from django.db import transaction

from mediation.cases.models import Case, Consent, Invitation, Participant, Receipt, Side, Statement

Counts = dict[str, int]
EMPTY = b""
JOINT = {"summary_sealed": EMPTY, "amount_sealed": EMPTY}
PRIVATE = {"background_sealed": EMPTY, "wishes_sealed": EMPTY, "needs_sealed": EMPTY}
IDENTITY = {"name_sealed": EMPTY, "email_sealed": EMPTY, "address_sealed": EMPTY}


@transaction.atomic
def erase_identity(*, case: Case) -> Counts:
    """Names, addresses and invitations. Who takes part, without a name, stays until the shell."""
    known = Participant.objects.filter(case=case).exclude(**IDENTITY)
    invitations, _by_model = Invitation.objects.filter(case=case).delete()
    return {"names": known.update(**IDENTITY), "invitations": invitations}


@transaction.atomic
def erase_joint_statements(*, case: Case) -> Counts:
    """What the sides said to each other at the start."""
    written = Statement.objects.filter(side__case=case).exclude(**JOINT)
    return {"statements": written.update(**JOINT)}


@transaction.atomic
def erase_private_statements(*, side: Side) -> Counts:
    """What one side said at the start to the mediator alone."""
    written = Statement.objects.filter(side=side).exclude(**PRIVATE)
    return {"statements": written.update(**PRIVATE)}


@transaction.atomic
def erase_case(*, case: Case) -> Counts:
    """What is left when everything confidential is gone: consents, people, dates, the case."""
    Statement.objects.filter(side__case=case).delete()
    Receipt.objects.filter(participant__case=case).delete()
    consents, _by_model = Consent.objects.filter(case=case).delete()
    people, _by_model = Participant.objects.filter(case=case).delete()
    sides, _by_model = Side.objects.filter(case=case).delete()
    cases, _by_model = Case.objects.filter(pk=case.pk).delete()
    return {"consents": consents, "people": people, "sides": sides, "cases": cases}
