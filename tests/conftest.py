"""What every test may ask for."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import connections
from django.utils import translation

from tests.browsers import (
    assert_accessible,
    assert_fits,
    browser,
    browser_with_sound,
    firefox,
    picture,
    playwright,
)
from tests.emptying import only_what_has_rows_is_emptied
from tests.once import before, cast, cast_once
from tests.prepared import begin_with_migrated

__all__ = [  # fixtures every test may ask for
    "assert_accessible",
    "assert_fits",
    "browser",
    "browser_with_sound",
    "cast",
    "cast_once",
    "firefox",
    "only_what_has_rows_is_emptied",
    "picture",
    "playwright",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the real servers are not part of a run that has none."""
    if os.environ.get("REDIS_URL"):
        return
    without = [item for item in items if item.get_closest_marker("servers")]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    before(item)


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """The test database begins as a copy of a migrated one, which takes no time."""
    settings = connections["default"].settings_dict
    return begin_with_migrated(settings["TEST"])


@pytest.fixture(autouse=True)
def language_of_the_process() -> None:
    """A page leaves its reader's language active in the thread that made it."""
    translation.deactivate()


@pytest.fixture
async def socket_db(transactional_db: None) -> AsyncIterator[None]:
    """Real commits for tests that talk through a socket.

    Channels runs database code in a thread of its own, whose connection sees only what is
    committed, and which PostgreSQL would otherwise still count as a user of the test database.
    """
    yield
    await database_sync_to_async(connections.close_all)()


@pytest.fixture
def var_dir() -> Path:
    """Where this run keeps its keys, files and letters."""
    return Path(settings.VAR_DIR)
