"""The course of a mediation as a story tells it."""

from uuid import uuid4

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.cases.selectors import people_in
from mediation.demo.services.story import Story
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.services import agenda, facts, identity, notes, opening, stages
from mediation.proceedings.texts import standard_opening


def lead_course(case: Case, story: Story, people: dict[str, User]) -> None:
    """Opening, agenda, facts, stages, who is who, and a note; people answer as the story says."""
    mediator, told = people["mediator"], story.course
    given = opening.give_opening(
        actor=mediator,
        case=case,
        words=standard_opening().words[story.language],
        language=story.language,
    )
    opening.confirm_opening(actor=people["respondent"], opening=given)
    for one in people_in(mediator, case):
        if one.participant.side is not None:
            identity.confirm_identity(
                actor=mediator,
                case=case,
                participant=one.participant,
                method=IdentityMethod.KNOWN,
            )
    _fill_agenda(case, told["agenda"], people)
    _agree_on_facts(case, told["facts"], people)
    for stage in (Stage.ACCOUNTS, Stage(told["stage"])):
        stages.move_stage(actor=mediator, case=case, stage=stage)
    notes.write_note(actor=mediator, case=case, client_id=uuid4(), text=told["note"])


def _fill_agenda(case: Case, told: list[dict[str, str]], people: dict[str, User]) -> None:
    for one in told:
        point = agenda.add_point(
            actor=people[one["who"]], case=case, client_id=uuid4(), title=one["title"]
        )
        if one["is_dealt_with"]:
            agenda.mark_point(actor=people["mediator"], point=point, is_dealt_with=True)


def _agree_on_facts(case: Case, told: list[dict[str, str]], people: dict[str, User]) -> None:
    for one in told:
        fact = facts.propose_fact(
            actor=people[one["who"]], case=case, client_id=uuid4(), text=one["text"]
        )
        for who in one["agreed_by"]:
            facts.agree_to_fact(actor=people[who], fact=fact, edition=fact.edition)
