"""A connection to Janus over its WebSocket API (janus.conf.meetecho.com/docs/rest.html)."""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from mediation.rooms.live.ending import end_tasks
from mediation.rooms.live.frames import Frame

SUBPROTOCOL = Subprotocol("janus-protocol")
PLUGIN = "janus.plugin.videoroom"
ANSWER_SECONDS = 5.0
CLOSING_SECONDS = 1.0
ALIVE_SECONDS = 20.0  # Janus ends a session that says nothing for 60 s
FRAME_BYTES = 256 * 1024
logger = logging.getLogger(__name__)
Hear = Callable[[Frame], None]


class LinkLost(Exception):
    """Janus is not there, or did not answer in time."""


class Refused(Exception):
    """Janus said no. `code` is the plugin's or the core's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Janus refused with error {code}")
        self.code = code


class Link:
    """One WebSocket with one session. When it is lost, Janus ends everything that was its own."""

    def __init__(self, url: str, secret: str, lost: Callable[[], None]) -> None:
        self._url = url
        self._secret = secret
        self._lost = lost
        self._socket: ClientConnection | None = None
        self._session = 0
        self._waiting: dict[str, asyncio.Future[Frame]] = {}
        self._hearers: dict[int, Hear] = {}
        self._listening: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Raises LinkLost."""
        try:
            # Past any proxy of the machine's surroundings: this stays on the machine.
            self._socket = await connect(
                self._url,
                subprotocols=[SUBPROTOCOL],
                open_timeout=ANSWER_SECONDS,
                max_size=FRAME_BYTES,
                close_timeout=CLOSING_SECONDS,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise LinkLost from error
        self._listening = asyncio.create_task(self._listen(self._socket))
        try:
            self._session = (await self.ask("create"))["data"]["id"]
        except (LinkLost, Refused) as error:
            await self.close()
            raise LinkLost from error
        self._keeping = asyncio.create_task(self._stay_alive())

    async def close(self) -> None:
        """Let go of it on purpose; nobody is told that it was lost."""
        self._lost = _nobody
        await end_tasks([self._listening, self._keeping])
        await self._hang_up()
        self._fail()

    async def attach(self, hear: Hear) -> int:
        """A handle of the videoroom plugin, and who hears what Janus says of it by itself."""
        asking = asyncio.create_task(self.ask("attach", plugin=PLUGIN))
        try:
            handle: int = (await asyncio.shield(asking))["data"]["id"]
        except asyncio.CancelledError:
            self._let_go(asking)
            raise
        self._hearers[handle] = hear
        return handle

    def _let_go(self, asking: asyncio.Task[Frame]) -> None:
        """Nobody waits for this handle any more: end it as soon as there is one."""
        task = asyncio.create_task(self._detach_late(asking))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _detach_late(self, asking: asyncio.Task[Frame]) -> None:
        with suppress(LinkLost, Refused):
            await self.detach((await asking)["data"]["id"])

    async def detach(self, handle: int) -> None:
        """End a handle and the media that go through it; one that is gone already is fine."""
        self._hearers.pop(handle, None)
        with suppress(Refused):
            await self.ask("detach", handle_id=handle)

    async def message(self, handle: int, body: Frame, **more: object) -> Frame:
        """A request to the plugin, and its answer. Raises Refused and LinkLost."""
        return await self.ask("message", handle_id=handle, body=body, **more)

    async def ask(self, what: str, **fields: object) -> Frame:
        """Say something to Janus and wait for the answer. Raises Refused and LinkLost.

        Without an answer in time the link is given up: nobody could say otherwise whether whoever
        was to be taken out is out, and with the link Janus ends everything that was on it.
        """
        transaction = secrets.token_hex(8)
        answer = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.say(what, transaction=transaction, **fields)
                return _checked(await answer)
        except TimeoutError as error:
            await self._hang_up()
            raise LinkLost from error
        finally:
            self._waiting.pop(transaction, None)

    async def say(self, what: str, **fields: object) -> None:
        """Say something that needs no answer. Raises LinkLost."""
        frame = {"janus": what, "transaction": "none", "apisecret": self._secret, **fields}
        if self._session:
            frame["session_id"] = self._session
        try:
            if self._socket is None:
                raise LinkLost
            await self._socket.send(json.dumps(frame))
        except (OSError, WebSocketException) as error:
            raise LinkLost from error

    async def _hang_up(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._hear(json.loads(text))
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing more is understood
            logger.warning("the media server went away: %s", type(error).__name__)
        finally:
            self._socket = None
            if self._keeping is not None:
                self._keeping.cancel()
            self._fail()
            self._lost()
            await socket.close()

    def _hear(self, frame: Frame) -> None:
        """Raises LinkLost when Janus has ended the session."""
        if frame["janus"] == "timeout":
            raise LinkLost
        if frame["janus"] == "ack":
            return  # it has begun, and the answer follows
        waiting = self._waiting.get(frame.get("transaction", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)
        elif frame.get("sender") in self._hearers:
            self._hearers[frame["sender"]](frame)

    async def _stay_alive(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            with suppress(LinkLost):
                await self.say("keepalive")

    def _fail(self) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LinkLost())


def _checked(answer: Frame) -> Frame:
    """The answer, unless it is a refusal by the core or by the plugin."""
    data = answer.get("plugindata", {}).get("data", {})
    code = answer.get("error", {}).get("code") or data.get("error_code")
    if code is not None:
        raise Refused(code)
    return answer


def _nobody() -> None:
    """Who is told of a link that was closed on purpose."""
