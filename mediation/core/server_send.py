from collections.abc import Awaitable, Callable
from typing import Any

SERVER_SEND = "server_send"
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Event, Receive, Send], Awaitable[None]]


class KeepServerSend:
    """Keeps the ASGI server's own `send` in the scope, as `server_send`.

    The middleware for sessions looks at every event on its way out, to save the session and set
    cookies with an HTTP answer. A socket's frames after the handshake carry neither, and looking
    cost half as much as sending.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        await self._application({**scope, SERVER_SEND: send}, receive, send)
