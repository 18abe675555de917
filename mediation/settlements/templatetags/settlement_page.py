"""How text of the terms is shown, on the printed page of a settlement and on the screen."""

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from mediation.settlements.document.right_to_left import is_mixed, pieces

register = template.Library()


@register.filter
def boxed(text: str) -> SafeString:
    """`text` as it is printed, with every name written from the right in a box of its own."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="rtl" dir="rtl">{}</span>', piece) if is_run else piece,)
            for piece, is_run in pieces(text)
        ),
    )


@register.filter
def as_printed(text: str) -> SafeString:
    """`text` on the screen, in the order in which it is printed. What no document may print, such
    as a sentence from the right with digits in a draft, is left to the browser.
    """
    return escape(text) if is_mixed(text) else boxed(text)
