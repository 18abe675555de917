"""Asking the key ring while something else is under way.

Remembered keys may be used only if nobody destroyed or restricted anything since, and only the key
ring's database can say so. Whoever writes into another database meanwhile need not wait for the
answer first: here the question goes out, remembered keys are lent, and the answer is read before
anything is committed. If it is another version, what was sealed must not be kept.

One connection a process, beside the reader's, so that no lock is held while others are written to.
"""

import atexit
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from mediation.vault.envelope import DataKey
from mediation.vault.errors import KeysChanged
from mediation.vault.keyring import reading
from mediation.vault.keyring.places import Place
from mediation.vault.keyring.stores import Questioner, store

_lock = threading.Lock()
_open: list[tuple[tuple[object, ...], Questioner]] = []
_left_behind: list[tuple[tuple[object, ...], Questioner]] = []


@contextmanager
def remembered_keys(places: Collection[Place]) -> Iterator[dict[Place, DataKey] | None]:
    """The places' keys if this process remembers them all and can ask meanwhile; else None.

    Raises KeysChanged at the end of the block if they were not to be used: nothing that was sealed
    with them may be kept.
    """
    known = reading.remembered(places)
    if known is None or not _lock.acquire(blocking=False):
        yield None
        return
    try:
        yield from _lent(*known)
    finally:
        _lock.release()


def _lent(version: object, keys: dict[Place, DataKey]) -> Iterator[dict[Place, DataKey] | None]:
    questioner = _questioner()
    if questioner is None:
        yield None
        return
    try:
        yield keys
    except BaseException:
        _drop()  # with an answer that nobody reads
        raise
    if _answer(questioner) != version:
        reading.forget()
        raise KeysChanged


def _questioner() -> Questioner | None:
    """One that has been asked; None if the store has none, or cannot be reached."""
    identity = store().identity()
    if not _open or _open[0][0] != identity:
        _drop()
        questioner = store().questioner()
        if questioner is None:
            return None
        _open.append((identity, questioner))
    try:
        _open[0][1].ask()
    except store().LOST:
        _drop()
        return None
    return _open[0][1]


def _answer(questioner: Questioner) -> object:
    """The version; None, which no version is, if the connection broke meanwhile."""
    try:
        return questioner.answer()
    except store().LOST:
        _drop()
        return None


def _drop() -> None:
    while _open:
        _open.pop()[1].close()


def _after_fork() -> None:
    """Connections must not cross a fork, not even to be closed: leave them alone."""
    global _lock  # noqa: PLW0603 a lock held by another thread at the fork would never open again
    _lock = threading.Lock()
    _left_behind.extend(_open)
    _open.clear()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_drop)
