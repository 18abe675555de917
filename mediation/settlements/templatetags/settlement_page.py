"""How the printed page of a settlement shows text of the terms."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mediation.settlements.document.right_to_left import pieces

register = template.Library()


@register.filter
def boxed(text: str) -> SafeString:
    """`text` with every name written from the right in a box of its own (`.rtl`)."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="rtl" dir="rtl">{}</span>', piece) if is_run else piece,)
            for piece, is_run in pieces(str(text))
        ),
    )
