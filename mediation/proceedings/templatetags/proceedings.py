"""Where a mediation is, on pages of apps that lie below this one."""

from django import template
from django.template import Context

from mediation.cases.models import Case
from mediation.proceedings.selectors import StageLine, stage_of

register = template.Library()


@register.simple_tag(takes_context=True)
def stage_now(context: Context, case: Case) -> StageLine | None:
    """The stage of the case for whoever looks at the page, or None."""
    return stage_of(context["request"].user, case)
