"""What is new beside the talk is told to those whom it concerns, and never what it says."""

import asyncio
from io import BytesIO

import pytest
from channels.db import database_sync_to_async as in_thread

from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from tests.evidence.samples import pdf
from tests.factories.offers import make_offer
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at

pytestmark = pytest.mark.usefixtures("socket_db")


def bring(rooms, who, audience):
    return add_document(
        actor=getattr(rooms.cast, who),
        case=rooms.cast.case,
        audience=audience,
        name="canary.pdf",
        content=BytesIO(pdf()),
    )


async def part_of(rooms, who):
    part = await in_thread(rooms.cast.case.participants.get)(user=getattr(rooms.cast, who))
    return str(part.pk)


async def test_everybody_hears_of_an_offer_and_of_a_document_for_everybody():
    rooms = await in_thread(make_rooms)()
    cast = rooms.cast
    async with at(cast.party_a, rooms) as ada, at(cast.party_b, rooms) as bo:
        await in_thread(make_offer)(cast.party_a, cast.case)
        about = {
            "name": "case.news",
            "kind": "offer",
            "participant": await part_of(rooms, "party_a"),
        }
        assert await bo.hear("case.news") == about
        assert await ada.hear("case.news") == about
        await in_thread(bring)(rooms, "party_b", Audience.ROOM)
        frame = await ada.hear("case.news")
        assert (frame["kind"], frame["participant"]) == (
            "document",
            await part_of(rooms, "party_b"),
        )


@pytest.mark.servers
async def test_news_is_heard_after_a_silence_longer_than_any_time_limit_of_redis(caplog):
    rooms = await in_thread(make_rooms)()
    async with at(rooms.cast.party_a, rooms), at(rooms.cast.party_b, rooms) as bo:
        await asyncio.sleep(6)
        await in_thread(bring)(rooms, "party_a", Audience.ROOM)
        assert (await bo.hear("case.news"))["kind"] == "document"
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == []


async def test_the_other_side_does_not_hear_of_a_private_document():
    rooms = await in_thread(make_rooms)()
    cast = rooms.cast
    async with (
        at(cast.party_a, rooms) as ada,
        at(cast.party_b, rooms) as bo,
        at(cast.mediator, rooms) as mei,
    ):
        await in_thread(bring)(rooms, "party_a", Audience.MEDIATOR)
        for client in (ada, mei):
            assert (await client.hear("case.news"))["kind"] == "document"
        await bo.is_quiet()
        assert bo.of("case.news") == []


async def test_another_case_hears_nothing():
    rooms, others = await in_thread(make_rooms)(), await in_thread(make_rooms)()
    async with at(others.cast.party_a, others) as ada:
        await in_thread(bring)(rooms, "party_a", Audience.ROOM)
        await ada.is_quiet()
        assert ada.of("case.news") == []
