"""People at sockets, for tests: each speaks the protocol as a browser would."""

import json
import uuid
from contextlib import asynccontextmanager

from asgiref.testing import ApplicationCommunicator
from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from mediation.rooms.live.frames import SUBPROTOCOLS
from mediation.rooms.routing import websocket_urlpatterns
from tests.rooms.schema import check_from_server

application = AuthMiddlewareStack(URLRouter(websocket_urlpatterns))


def sign_in(user):
    """A session of this person's, as signing in leaves it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


class Refused(Exception):
    """The server did not accept the socket."""


class Client:
    """One socket of one person."""

    def __init__(self, communicator):
        self.communicator = communicator
        self.seen = []

    async def connect(self):
        await self.communicator.send_input({"type": "websocket.connect"})
        answer = await self.communicator.receive_output(3)
        if answer["type"] != "websocket.accept":
            raise Refused
        return answer["subprotocol"]

    async def disconnect(self):
        await self.communicator.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.communicator.wait(3)

    async def send(self, name, **fields):
        await self.send_raw(text=json.dumps({"name": name, **fields}))

    async def send_raw(self, **content):
        await self.communicator.send_input({"type": "websocket.receive", **content})

    async def hello(self, case, heads=None):
        heads = {str(room): head for room, head in (heads or {}).items()}
        await self.send("hello", case=str(case.pk), heads=heads)

    async def post(self, room, body, client_id=None):
        client_id = str(client_id or uuid.uuid4())
        await self.send("message.post", room=str(room.pk), client_id=client_id, body=body)
        return client_id

    async def hear(self, name, seconds=3, **fields):
        """The next frame of this name with these fields; all frames are noted in `seen`."""
        while True:
            event = await self.communicator.receive_output(seconds)
            assert event["type"] == "websocket.send", event
            frame = self.note(event)
            if frame["name"] == name and fields.items() <= frame.items():
                return frame

    async def hear_closing(self, seconds=3):
        """The close code, once the server closes the socket."""
        while True:
            event = await self.communicator.receive_output(seconds)
            if event["type"] == "websocket.close":
                return event["code"]
            self.note(event)

    def note(self, event):
        frame = json.loads(event["text"])
        check_from_server(frame)
        self.seen.append(frame)
        return frame

    async def is_quiet(self, seconds=0.3):
        return await self.communicator.receive_nothing(timeout=seconds)

    def of(self, name):
        return [frame for frame in self.seen if frame["name"] == name]


def scope(session=None, origin=None, subprotocols=SUBPROTOCOLS, **more):
    """What an ASGI server says of a connection."""
    headers = []
    if session is not None:
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
        headers.append((b"cookie", cookie.encode()))
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    return {
        "type": "websocket",
        "path": "/ws/",
        "query_string": b"",
        "headers": headers,
        "subprotocols": list(subprotocols),
        **more,
    }


@asynccontextmanager
async def socket(user, session=None, **more):
    """A socket of this person, connected but not greeted. Without a user: of nobody."""
    if user is not None and session is None:
        session = await database_sync_to_async(sign_in)(user)
    client = Client(ApplicationCommunicator(application, scope(session, **more)))
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


@asynccontextmanager
async def at(user, rooms, heads=None, **options):
    """A socket of this person in the case, live in every room they may see."""
    async with socket(user, **options) as client:
        await client.hello(rooms.cast.case, heads)
        await client.hear("welcome")
        expected = await database_sync_to_async(_visible)(user, rooms)
        for _ in range(expected):
            await client.hear("live")
        yield client


def _visible(user, rooms):
    from mediation.rooms.access import rooms_visible_to

    return rooms_visible_to(user).filter(case=rooms.cast.case).count()
