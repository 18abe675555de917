"""Tables of retention periods, from the same rules and rows the sweep uses."""

from typing import Any

from django import template
from django.utils.translation import get_language

from mediation.profiles.selectors import (
    ENDING_WORDS,
    KEPT_WORDS,
    Periods,
    Profile,
    profile_named,
    profile_names,
)

register = template.Library()


@register.inclusion_tag("profiles/_retention_table.html")
def retention_table(profile: Profile) -> dict[str, Any]:
    """A place's rules: days, and between which bounds a centre may set its own."""
    bounds = {
        ending: {part: _range(*days) for part, days in parts.items()}
        for ending, parts in profile.bounds.items()
    }
    return {**_table(profile.retention), "bounded": _rows(bounds)}


@register.inclusion_tag("profiles/_retention_table.html")
def periods_table(periods: Periods) -> dict[str, Any]:
    """What holds for one centre or one case."""
    return _table(periods)


def _table(periods: Periods) -> dict[str, Any]:
    """Rows: what is kept; columns: how the case ended; cells: days after the end."""
    return {"endings": list(ENDING_WORDS.values()), "rows": _rows(periods)}


def _range(shortest: int, longest: int) -> str:
    return str(shortest) if shortest == longest else f"{shortest}–{longest}"


def _rows(cells: Any) -> list[tuple[Any, list[Any]]]:
    return [
        (label, [cells[ending][part] for ending in ENDING_WORDS])
        for part, label in KEPT_WORDS.items()
    ]


@register.simple_tag
def rule_profiles() -> list[Profile]:
    return [profile_named(key) for key in profile_names()]


@register.filter
def profile_name(profile: Profile) -> str:
    """What the rules are called, in the reader's language."""
    spoken = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return profile.name[spoken]
