"""What is done before anybody is served."""

import asyncio
import gc

import pytest

from mediation.core.lifespan import Lifespan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _freed():
    yield
    gc.unfreeze()


def start():
    """What a server is told that asks us to start."""
    said = []

    async def receive():
        return {"type": "lifespan.startup" if not said else "lifespan.shutdown"}

    async def send(message):
        said.append(message["type"])

    asyncio.run(Lifespan()({"type": "lifespan"}, receive, send))
    return said[0]


def test_what_was_loaded_before_serving_is_not_looked_through_again(settings):
    settings.BEFORE_SERVING = []
    gc.unfreeze()
    assert start() == "lifespan.startup.complete"
    assert gc.get_freeze_count() > 100_000


def test_a_page_that_cannot_be_loaded_keeps_the_server_from_starting(settings, caplog):
    settings.BEFORE_SERVING = []
    settings.ROOT_URLCONF = "mediation.there_is_no_such_module"
    assert start() == "lifespan.startup.failed"
    assert "there_is_no_such_module" in caplog.text


def test_a_command_that_fails_keeps_the_server_from_starting(settings, caplog):
    settings.BEFORE_SERVING = ["there_is_no_such_command"]
    assert start() == "lifespan.startup.failed"
    assert "there_is_no_such_command" in caplog.text
