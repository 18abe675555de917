"""The few things a template cannot say by itself."""

import unicodedata
from datetime import date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mediation.core.clock import in_words

register = template.Library()
register.filter("moment", in_words, expects_localtime=True)

SOON_DAYS = 2
RIGHT_TO_LEFT_CLASSES = {"R", "AL"}  # of the Unicode Bidirectional Algorithm, UAX 9
TONE_ICONS = {
    "neutral": "circle",
    "active": "circle-dot",
    "waiting": "hourglass",
    "attention": "circle-alert",
    "late": "triangle-alert",
    "done": "circle-check",
    "ended": "circle-minus",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon named in frontend/icons.json; give `label` only where no word stands beside it."""
    role = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="heyi-icon" {} focusable="false" width="24" height="24">'
        '<use href="{}#{}"></use></svg>',
        SafeString(role),
        static("vendor/lucide/icons.svg"),
        name,
    )


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone of `components/_tag.html`."""
    return TONE_ICONS.get(tone, "circle")


@register.filter
def language_tag(code: str | None) -> str:
    """A Django language code as BCP 47 writes it: `zh-hans` becomes `zh-Hans`."""
    language, _hyphen, rest = (code or "en").partition("-")
    if not rest:
        return language
    return f"{language}-{rest.title() if len(rest) == len('Hans') else rest.upper()}"


@register.inclusion_tag("components/_deadline.html")
def deadline(
    due: date | None, *, label: str = "", done: bool = False, quiet: bool = False
) -> dict[str, Any]:
    """A time limit as colour, word, icon and date.

    `due` is a date or an aware datetime. `quiet` is for dates that bind a party and not us:
    they are told, never marked as late.
    """
    if due is None:
        return {"due": None, "label": label}
    days = _days_until(due)
    tone = "done" if done else "neutral" if quiet else _tone(days)
    words = _("Done") if done else _words(days, quiet=quiet)
    return {
        "due": due,
        "has_time": isinstance(due, datetime),
        "label": label,
        "tone": tone,
        "words": words,
        "icon": "calendar" if tone == "neutral" else tone_icon(tone),
    }


def _days_until(due: date) -> int:
    """Whole days from today; -1 or less once the moment or day is over."""
    if not isinstance(due, datetime):
        return (due - timezone.localdate()).days
    days = (timezone.localtime(due).date() - timezone.localdate()).days
    return min(days, -1) if due < timezone.now() else days


def _tone(days: int) -> str:
    if days < 0:
        return "late"
    return "attention" if days <= SOON_DAYS else "neutral"


def _words(days: int, *, quiet: bool) -> str:
    if days < 0:
        late = ngettext("%(days)d day late", "%(days)d days late", -days) % {"days": -days}
        return _("Date has passed") if quiet else late
    if days == 0:
        return _("Today")
    return ngettext("In %(days)d day", "In %(days)d days", days) % {"days": days}


@register.filter
def apart(name: str) -> str:
    """A name in a sentence. One that is written from the right stands apart, so that it does not
    pull the digits and signs beside it to its other side.
    """
    text = str(name)
    if RIGHT_TO_LEFT_CLASSES.isdisjoint(map(unicodedata.bidirectional, text)):
        return name
    return format_html("<bdi>{}</bdi>", name)
