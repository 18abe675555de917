from django_tasks import task

from mediation.cases.models import Case, Invitation
from mediation.cases.services import invitations, news


def _invitation(pk: str) -> Invitation:
    rows = Invitation.objects.select_related("case__center", "participant__case")
    return rows.get(pk=pk)


@task()
def send_invitation(invitation_id: str) -> None:
    invitations.send_invitation(invitation=_invitation(invitation_id))


@task()
def send_reminder(invitation_id: str) -> None:
    invitations.send_invitation(invitation=_invitation(invitation_id), is_reminder=True)


@task()
def send_news(case_id: str, kind: str) -> None:
    news.send_news(case=Case.objects.get(pk=case_id), kind=kind)
