"""What a page asks of somebody who presses a button."""

import re

FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r"<(?:input|select|textarea)[^>]*>")


def forms(page):
    """The fields of every form of the page by its action, without the hidden token."""
    text = page.content.decode()
    return {
        action: [field for field in FIELD.findall(body) if "csrfmiddlewaretoken" not in field]
        for action, body in FORM.findall(text)
    }
