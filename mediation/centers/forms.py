from typing import Any

from django import forms
from django.utils.translation import gettext as _

from mediation.centers.models import Center
from mediation.centers.selectors import periods_of
from mediation.profiles.selectors import ENDING_WORDS, KEPT_WORDS, Profile, profile_named


class PeriodsForm(forms.Form):
    """Days for every part of a case and every ending that the rule profile leaves open."""

    def __init__(self, center: Center, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules, now = profile_named(center.profile), periods_of(center)
        for ending in ENDING_WORDS:
            for part in KEPT_WORDS:
                if rules.bounds[ending][part][0] < rules.bounds[ending][part][1]:
                    days = now[ending][part]
                    self.fields[f"{ending}-{part}"] = _field(rules, ending, part, days)

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """For each ending its fields."""
        return [
            (label, [self[name] for name in self.fields if name.startswith(f"{ending}-")])
            for ending, label in ENDING_WORDS.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Dates and outcome are the shell of a case: nothing in it is kept longer."""
        cleaned = super().clean() or {}
        for ending, named in self.periods.items():
            if "shell" in named and named["shell"] < max(named.values()):
                self.add_error(
                    f"{ending}-shell", _("Dates and outcome stay at least as long as all the rest.")
                )
        return cleaned

    @property
    def periods(self) -> dict[str, dict[str, int]]:
        """What `services.change_periods` takes."""
        found: dict[str, dict[str, int]] = {}
        for name, days in self.cleaned_data.items():
            ending, _dash, part = name.partition("-")
            found.setdefault(ending, {})[part] = days
        return found


def _field(rules: Profile, ending: str, part: str, days: int) -> forms.IntegerField:
    shortest, longest = rules.bounds[ending][part]
    return forms.IntegerField(
        label=str(KEPT_WORDS[part]),
        initial=days,
        min_value=shortest,
        max_value=longest,
        help_text=_("%(shortest)d to %(longest)d days; the rules of the place say %(usual)d.")
        % {"shortest": shortest, "longest": longest, "usual": rules.retention[ending][part]},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
        error_messages={
            "required": _("Enter a number of days."),
            "invalid": _("Enter a number of days."),
        },
    )
