"""Shows a consent text in the reader's language, or in the one it was agreed in."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from mediation.profiles.selectors import ConsentText

register = template.Library()


@register.simple_tag
def consent_title(text: ConsentText, language: str = "") -> str:
    return text.title[_spoken(language)]


@register.simple_tag
def consent_body(text: ConsentText, language: str = "") -> SafeString:
    """The text as paragraphs, one a line of the file."""
    lines = text.body[_spoken(language)].strip().splitlines()
    return format_html_join("", '<p class="govuk-body">{}</p>', ((line,) for line in lines))


def _spoken(language: str) -> str:
    asked = language or get_language() or "en"
    return "zh-hans" if asked.startswith("zh") else "en"
