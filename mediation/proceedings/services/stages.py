"""Where the mediation is."""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case
from mediation.proceedings import access
from mediation.proceedings.enums import Stage
from mediation.proceedings.models import StageMove


@transaction.atomic
def move_stage(*, actor: User, case: Case, stage: Stage) -> StageMove | None:
    """The mediator goes on, or back, to a stage, and everybody sees it. To the present one is no
    move. Raises Forbidden or ConsentMissing.
    """
    case = cases.lock(case)
    mediator = access.require_mediator(actor, case)
    access.require_going_on(case)
    latest = case.stage_moves.last()
    if stage == (latest.stage if latest else Stage.OPENING):
        return latest
    move = StageMove.objects.create(
        case=case,
        number=latest.number + 1 if latest else 1,
        stage=stage,
        mediator=mediator,
        moved_at=timezone.now(),
    )
    audit.record(
        actor=actor, action="stage.moved", target=move, case_id=case.pk, stage=Stage(stage)
    )
    return move
