"""Where the key ring is kept, behind one shape. Statements are written once, for all."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from django.conf import settings

from mediation.vault.keyring import postgresql, sqlite


class Rows(Protocol):
    """What a statement found."""

    def fetchone(self) -> Any: ...

    def fetchmany(self, size: int, /) -> list[Any]: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """As much of a database connection as the key ring needs. Values stand for `?`."""

    def execute(self, query: str, values: Any = (), /) -> Rows: ...

    def close(self) -> None: ...


class Questioner(Protocol):
    """Asks for the version and does not wait for the answer."""

    def ask(self) -> None: ...

    def answer(self) -> object: ...

    def close(self) -> None: ...


class Store(Protocol):
    """A kind of database for the key ring. `LOST` are the errors of a connection that broke."""

    LOST: tuple[type[Exception], ...]

    def identity(self) -> tuple[object, ...]:
        """Which key ring the settings lead to; another value after it was replaced."""

    def connect(self) -> Any:
        """A connection to read with."""

    def version(self, connection: Any, /) -> object:
        """Another value after every change by anybody."""

    def questioner(self) -> Questioner | None:
        """None where an answer takes no time."""

    def writing(self) -> AbstractContextManager[Any]:
        """A transaction that is alone from its first statement on."""

    def at_one_moment(self) -> AbstractContextManager[Any]:
        """A connection that sees no change made meanwhile."""

    def replacing(self) -> AbstractContextManager[Any]:
        """A transaction on an empty key ring, which takes the old one's place at its end."""

    def rewrite(self) -> None:
        """Leave nothing of what was removed."""


def store() -> Store:
    """The key ring's store by the settings."""
    return postgresql if settings.KEYRING_DATABASE_URL else sqlite


def now() -> datetime:
    return datetime.now(UTC)
