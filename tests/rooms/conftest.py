from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from mediation.rooms import services
from mediation.rooms.models import Room
from tests.browsers import Visitors
from tests.factories.cast import Cast, make_cast
from tests.house import House, house


@dataclass
class Rooms:
    """A case in mediation, and its three rooms."""

    cast: Cast
    joint: Room
    caucus_a: Room
    caucus_b: Room

    @property
    def all(self) -> dict[str, Room]:
        return {"joint": self.joint, "caucus_a": self.caucus_a, "caucus_b": self.caucus_b}


def make_rooms(**options: object) -> Rooms:
    return rooms_of(make_cast(**options))


def rooms_of(cast: Cast) -> Rooms:
    return Rooms(cast, *services.open_rooms(case=cast.case))


@pytest.fixture
def rooms(cast) -> Rooms:
    return rooms_of(cast)


@pytest.fixture(scope="module")
def server() -> Iterator[House]:
    """A running Heyi for browsers."""
    with house(with_pages=True) as running:
        yield running


@pytest.fixture
def visitors(browser_with_sound: Browser, server: House) -> Iterator[Visitors]:
    """Call it with a device name of tests.browsers.DEVICES; it gives a page."""
    come = Visitors(browser_with_sound, server)
    yield come
    come.leave()
