"""What a process remembers of the key ring, and never longer than it may.

One connection a process. Its `version` changes with every commit by anybody else: then nothing
remembered is used. A key ring that was replaced, by a restore, is opened anew. Before the first key
is read after any of this, whatever the ledger's second copy has and the key ring has not is
destroyed again.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mediation.vault import kek, ledger
from mediation.vault.envelope import DataKey
from mediation.vault.errors import KeyDestroyed, KeyMissing, KeyringUnavailable, Restricted
from mediation.vault.keyring.places import Place
from mediation.vault.keyring.stores import Connection, store

REMEMBERED_SECONDS = 60
Found = TypeVar("Found")
KEY = """
SELECT k.key_id, k.wrapped, k.epoch, k.destroyed_at, r.restricted_at
FROM (SELECT CAST(? AS TEXT) AS case_id, CAST(? AS TEXT) AS compartment) p
LEFT JOIN data_key k ON k.case_id = p.case_id AND k.compartment = p.compartment
LEFT JOIN restricted r ON r.case_id = p.case_id AND r.compartment = p.compartment
"""


@dataclass(frozen=True)
class _Remembered:
    """A key, whether it may be used only by whoever may open what is restricted, and since when
    it is remembered (seconds of the monotonic clock).
    """

    key: DataKey
    is_restricted: bool
    at: float

    @property
    def is_usable(self) -> bool:
        return self.is_fresh and not self.is_restricted

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at <= REMEMBERED_SECONDS


@dataclass
class _Reader:
    """What this process remembers: one connection, and the keys opened since anything changed."""

    identity: tuple[object, ...]
    connection: Connection
    version: object = None
    keys: dict[Place, _Remembered] = field(default_factory=dict)


_lock = threading.RLock()
_readers: list[_Reader] = []
_left_behind: list[_Reader] = []
_opens_restricted: ContextVar[bool] = ContextVar("opens_restricted", default=False)


@contextmanager
def opening_restricted() -> Iterator[None]:
    """Within it, this thread or task also gets the keys of restricted compartments."""
    token = _opens_restricted.set(True)
    try:
        yield
    finally:
        _opens_restricted.reset(token)


def keys_at_once(places: Collection[Place], replay: Callable[[], None]) -> dict[Place, DataKey]:
    """The places' keys as of one moment. Raises KeyDestroyed, Restricted or KeyMissing."""
    return _with_reader(lambda reader: {place: _key(reader, place) for place in places}, replay)


def remembered(places: Collection[Place]) -> tuple[object, dict[Place, DataKey]] | None:
    """A version of the key ring and the places' keys as of it, without asking whether that still
    is the one; None unless all of them are remembered.
    """
    with _lock:
        if not _readers or _readers[0].identity != store().identity():
            return None
        _forget_old(_readers[0])
        found = {place: _readers[0].keys.get(place) for place in places}
        keys = {place: one.key for place, one in found.items() if one and one.is_usable}
        return (_readers[0].version, keys) if len(keys) == len(found) else None


def rows_of(query: str, values: tuple[str, ...], replay: Callable[[], None]) -> list[Any]:
    """What the query finds now."""
    return _with_reader(lambda reader: reader.connection.execute(query, values).fetchall(), replay)


def bring_up_to_date(replay: Callable[[], None]) -> None:
    """See to it that the ledger was applied to the key ring as it is now."""
    _with_reader(lambda _reader: None, replay)


def forget() -> None:
    """Forget every key this process remembers."""
    with _lock:
        for reader in _readers:
            reader.keys.clear()


def _key(reader: _Reader, place: Place) -> DataKey:
    found = reader.keys.get(place)
    if found is None or not found.is_fresh:
        reader.keys.pop(place, None)  # so that the oldest stay the first
        found = reader.keys[place] = _open(reader.connection, place)
    _refuse_if(found.is_restricted)
    return found.key


def _forget_old(reader: _Reader) -> None:
    """A key that nobody asks for again does not stay in memory either. The oldest come first."""
    while reader.keys and not next(iter(reader.keys.values())).is_fresh:
        del reader.keys[next(iter(reader.keys))]


def _open(connection: Connection, place: Place) -> _Remembered:
    key_id, wrapped, epoch, gone_at, restricted_at = connection.execute(KEY, place.named).fetchone()
    if gone_at is not None:
        raise KeyDestroyed
    if key_id is None:
        _refuse_if(restricted_at is not None)
        raise KeyMissing
    bound_to = (*place.named, bytes(key_id))
    secret = kek.unwrap(epoch=epoch, wrapped=bytes(wrapped), bound_to=bound_to)
    return _Remembered(DataKey(bytes(key_id), secret), restricted_at is not None, time.monotonic())


def _refuse_if(is_restricted: bool) -> None:
    if is_restricted and not _opens_restricted.get():
        raise Restricted


def _with_reader(work: Callable[[_Reader], Found], replay: Callable[[], None]) -> Found:
    """What `work` gives, once more if the connection broke since it was used last."""
    with _lock:
        try:
            return work(_current(replay))
        except store().LOST:
            _drop()
            return _on_a_new_connection(work, replay)


def _on_a_new_connection(work: Callable[[_Reader], Found], replay: Callable[[], None]) -> Found:
    try:
        return work(_current(replay))
    except store().LOST as error:
        _drop()
        raise KeyringUnavailable("the key ring's database cannot be reached") from error


def _current(replay: Callable[[], None]) -> _Reader:
    """This process's reader, knowing of every change up to now. Call with the lock held."""
    identity = store().identity()
    if not _readers or _readers[0].identity != identity:
        _drop()
        replay()
        connection = store().connect()
        _readers.append(_Reader(store().identity(), connection))
    reader = _readers[0]
    version = store().version(reader.connection)
    if version != reader.version:
        reader.keys.clear()
        if _is_behind(reader.connection):
            replay()
        reader.version = version
    _forget_old(reader)
    return reader


def _is_behind(connection: Connection) -> bool:
    """Whether the ledger's second copy is not the one that was last applied."""
    (applied,) = connection.execute("SELECT ledger_bytes FROM state").fetchone()
    return bool(applied != ledger.size())


def _drop() -> None:
    while _readers:
        _readers.pop().connection.close()


def _after_fork() -> None:
    """Connections must not cross a fork, not even to be closed: leave them alone."""
    global _lock  # noqa: PLW0603 a lock held by another thread at the fork would never open again
    _lock = threading.RLock()
    _left_behind.extend(_readers)
    _readers.clear()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_drop)
