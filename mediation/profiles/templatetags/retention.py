"""The table of retention periods on the public page, from the same rules the sweep uses."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from mediation.profiles.selectors import profile_named

register = template.Library()


@register.inclusion_tag("profiles/_retention_table.html")
def retention_table(profile: str) -> dict[str, Any]:
    """Rows: what is kept; columns: how the case ended; cells: days after the end."""
    rules = profile_named(profile).retention
    endings = {
        "settled": _("Settled"),
        "not_settled": _("No settlement"),
        "left": _("Somebody left"),
        "never_joined": _("Never began"),
    }
    things = {
        "identity": _("Names and addresses"),
        "joint": _("Joint talks and statements"),
        "caucus": _("Private talks"),
        "notes": _("The mediator's notes"),
        "evidence": _("Documents"),
        "settlement": _("The settlement"),
        "shell": _("Dates and outcome, without names"),
    }
    rows = [(label, [rules[end][thing] for end in endings]) for thing, label in things.items()]
    return {"endings": list(endings.values()), "rows": rows}
