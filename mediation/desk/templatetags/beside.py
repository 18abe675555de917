"""What stands beside the talk in a room: a page of an app that may not know of it."""

from typing import Any

from django import template

from mediation.accounts.access import person
from mediation.cases.access import require_participant
from mediation.cases.models import Case
from mediation.desk.selectors import matters_of

register = template.Library()


@register.inclusion_tag("desk/_beside.html", takes_context=True)
def beside_the_talk(context: dict[str, Any], case: Case) -> dict[str, Any]:
    """Offers, settlement and documents of the case, as its reader sees them."""
    user = person(context["request"].user)
    return {"matters": matters_of(require_participant(user, case)), "case": case}
