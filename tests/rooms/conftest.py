from dataclasses import dataclass

import pytest

from mediation.rooms import services
from mediation.rooms.models import Room
from tests.factories.cast import Cast, make_cast


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
    cast = make_cast(**options)
    return Rooms(cast, *services.open_rooms(case=cast.case))


@pytest.fixture
def rooms(db) -> Rooms:
    return make_rooms()
