"""A Heyi in a process of its own, and people who come to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsers import Visitors
from tests.house import House, demonstration


@pytest.fixture(scope="session")
def server() -> Iterator[House]:
    with demonstration() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, server: House) -> Iterator[Visitors]:
    """Call it with a device name of DEVICES: `visitor("phone-320")` gives a page."""
    visitors = Visitors(browser, server)
    yield visitors
    visitors.leave()
