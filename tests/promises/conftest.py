"""What is slow to make is made once per module; what a test does with it is undone after it."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.core.cache import cache
from django_tasks import default_task_backend

from tests.once import undone_afterwards
from tests.promises.places import Places, make_places
from tests.promises.story import Story, make_story
from tests.promises.world import World, make_world


@pytest.fixture(autouse=True)
def _nothing_left_over():
    """Neither jobs nor counted tries of an earlier test."""
    default_task_backend.clear()
    cache.clear()


@pytest.fixture(scope="module")
def world_once(django_db_setup: None, django_db_blocker: object) -> Iterator[World]:
    with undone_afterwards(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(world_once: World, db: None) -> World:
    """A case in mediation with a canary in every confidential place."""
    return deepcopy(world_once)


@pytest.fixture(scope="module")
def story_once(django_db_setup: None, django_db_blocker: object) -> Iterator[Story]:
    with undone_afterwards(django_db_blocker):
        yield make_story()


@pytest.fixture
def story(story_once: Story, db: None) -> Story:
    """A case from the first letter to the court, canaries all along the way."""
    return deepcopy(story_once)


@pytest.fixture(scope="module")
def places_once(django_db_setup: None, django_db_blocker: object) -> Iterator[Places]:
    with undone_afterwards(django_db_blocker):
        yield make_places()


@pytest.fixture
def places(places_once: Places, db: None) -> Places:
    """One case at every point at which somebody can do something."""
    return deepcopy(places_once)
