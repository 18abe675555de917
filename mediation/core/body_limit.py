"""Refuses request bodies that would be written to disk in clear before any view could look.

Django's ASGI handler spools a body above FILE_UPLOAD_MAX_MEMORY_SIZE into a temporary file. The
setting is as large as the largest upload we take, and what is larger, or does not say how large it
is, is refused here (RFC 9110, 15.5.12 and 15.5.14).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]  # Django types its scope more narrowly than ASGI does

LENGTH_REQUIRED, CONTENT_TOO_LARGE = 411, 413


class BodyLimit:
    """ASGI middleware for HTTP."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        refusal = _refusal(dict(scope["headers"]))
        if refusal:
            await _answer(refusal, send)
        else:
            await self.application(scope, receive, send)


def _refusal(headers: dict[bytes, bytes]) -> int:
    """The status to refuse with; 0 for a body we take."""
    length = headers.get(b"content-length", b"0")
    if b"transfer-encoding" in headers and b"content-length" not in headers:
        return LENGTH_REQUIRED
    is_fine = length.isdigit() and int(length) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    return 0 if is_fine else CONTENT_TOO_LARGE


async def _answer(status: int, send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": "太大 Too large\n".encode()})
