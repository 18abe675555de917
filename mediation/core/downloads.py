"""Files people put here or that are made for them: to be saved, never shown or run on our pages."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def as_download(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """The whole file under this name, whatever is in it (OWASP ASVS 5.0, 3.2.1)."""
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def as_json_download(value: Any, *, name: str) -> HttpResponse:
    """A statement as a JSON file that people can also read."""
    content = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return as_download(content, name=name, media_type="application/json")
