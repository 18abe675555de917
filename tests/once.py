"""What is slow to make is made once per module; what a test does with it is undone after it.

A module's tests begin with the standing cast around a case at the module's `STAGE` (by default
"mediating"). A test that destroys or restricts what is sealed makes a cast of its own: the key
ring is outside the database, so nothing undoes that.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from mediation.vault import services as vault
from tests.factories.cast import Cast, make_cast


@dataclass
class _Now:
    """What is begun, and whether the test that runs now commits. Those that do come last."""

    begun: list[ExitStack] = field(default_factory=list)
    commits: bool = False


_now = _Now()


def before(item: pytest.Item) -> None:
    """Nothing may be begun around a test that commits."""
    marker = item.get_closest_marker("django_db")
    asked = getattr(item, "fixturenames", ())
    _now.commits = "transactional_db" in asked or "live_server" in asked
    _now.commits |= marker is not None and marker.kwargs.get("transaction", False)
    while _now.commits and _now.begun:
        _now.begun.pop().close()


@contextmanager
def undone_afterwards(django_db_blocker: Any) -> Iterator[None]:
    """Around a module's tests; each is undone to what was made here before it."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(transaction.atomic())
        stack.callback(_undo)
        _now.begun.append(stack)
        yield


def _undo() -> None:
    transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast_once(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Cast | None]:
    if _now.commits:
        yield None
        return
    with undone_afterwards(django_db_blocker):
        yield _make(request)


@pytest.fixture
def cast(request: pytest.FixtureRequest, cast_once: Cast | None, db: None) -> Iterator[Cast]:
    """Everybody who tries every door, and a case at the module's STAGE."""
    if _now.commits:
        yield _make(request)
        return
    assert cast_once is not None, "tests that commit come last"
    yield deepcopy(cast_once)
    case_id = cast_once.case.pk
    spoilt = {**vault.closed_compartments(case_id=case_id)}
    spoilt.update(vault.restricted_compartments(case_id=case_id))
    assert not spoilt, "a test that destroys or restricts makes a cast of its own"


def _make(request: pytest.FixtureRequest) -> Cast:
    return make_cast(getattr(request.module, "STAGE", "mediating"))
