"""Word between the processes of one installation, over Redis, as best effort.

Nothing depends on it arriving: messages are found in the database by number, presence is told
again every few seconds. What is said is encrypted, so that Redis learns nothing (it carries the
addresses in video signals).
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from uuid import UUID

import redis.asyncio as redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from redis.exceptions import RedisError

from mediation.rooms.live.ending import end_tasks
from mediation.rooms.live.frames import Frame

CHANNEL = "heyi.rooms"
NONCE_BYTES = 12
OUTBOX = 5000
LONGEST_PAUSE = 2.0
GATHER_SECONDS = 0.003
PROCESS_BYTES = 8
logger = logging.getLogger(__name__)


class Bus:
    """Says things to the hubs of other processes and hears them. Silent without a REDIS_URL."""

    def __init__(self, hear: Callable[[str, Frame], None]) -> None:
        self._name = os.urandom(PROCESS_BYTES)
        self._hear = hear
        self._cipher = AESGCM(_key())
        self._outbox: list[Frame] = []
        self._heads: dict[UUID, int] = {}
        self._flushing: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._redis: redis.Redis | None = None

    def start(self) -> None:
        if settings.REDIS_URL:
            # No time limit on reading: silence is what a subscription mostly hears.
            self._redis = redis.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=None
            )
            self._listening = asyncio.create_task(self._listen(self._redis))

    async def stop(self) -> None:
        await end_tasks([self._flushing, self._listening])
        if self._redis is not None:
            await self._redis.aclose()

    def say(self, what: str, **facts: object) -> None:
        """Tell the others, soon. Dropped when Redis is away for long."""
        if self._redis is not None and len(self._outbox) < OUTBOX:
            self._outbox.append({"what": what, **facts})
            self._flush_soon(self._redis)

    def say_head(self, room: UUID, head: int) -> None:
        """Tell the others how far a room is; only the newest number matters."""
        if self._redis is not None:
            self._heads[room] = head
            self._flush_soon(self._redis)

    def _flush_soon(self, client: redis.Redis) -> None:
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush(client))

    async def _flush(self, client: redis.Redis) -> None:
        try:
            while self._outbox or self._heads:
                # What comes in the same moment goes together: each word costs two system calls.
                await asyncio.sleep(GATHER_SECONDS)
                pipeline = client.pipeline(transaction=False)
                for said in self._take():
                    pipeline.publish(CHANNEL, self._seal(said))
                await pipeline.execute()
        except (RedisError, OSError) as error:
            logger.warning("hubs of other processes were not told: %s", type(error).__name__)
        finally:
            self._flushing = None

    def _take(self) -> list[Frame]:
        said, self._outbox = self._outbox, []
        if self._heads:
            heads = {str(room): head for room, head in self._heads.items()}
            said.append({"what": "heads", "heads": heads})
            self._heads = {}
        return said

    async def _listen(self, client: redis.Redis) -> None:
        pause = 0.1
        while True:
            try:
                async with client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    # Whatever was missed while we did not listen: ask, and look ourselves.
                    self._hear(self._name.hex(), {"what": "listening"})
                    self.say("ask")
                    pause = 0.1
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._open(message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _seal(self, said: Frame) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, json.dumps(said).encode(), self._name)
        return self._name + nonce + sealed

    def _open(self, word: bytes) -> None:
        name, rest = word[:PROCESS_BYTES], word[PROCESS_BYTES:]
        if name == self._name:
            return  # what one says oneself comes back too
        try:
            said = self._cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], name)
        except (InvalidTag, ValueError):
            return  # somebody else's
        self._hear(name.hex(), json.loads(said))


def _key() -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"heyi rooms bus")
    return kdf.derive(settings.SECRET_KEY.encode())
