"""Emptying the test database between tests that commit. The log's triggers refuse just that."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import TransactionTestCase

FIRST_TO_LAST = [
    import_module(f"mediation.audit.migrations.{name}_append_only") for name in ("0002", "0004")
]


@pytest.fixture(scope="session", autouse=True)
def emptying_lifts_the_triggers() -> Iterator[None]:
    """Lift the triggers while Django flushes the tables after a transactional test."""
    editor = SimpleNamespace(connection=connection)
    empty = TransactionTestCase._fixture_teardown

    def lifted(case: TransactionTestCase) -> None:
        for triggers in reversed(FIRST_TO_LAST):
            triggers.remove(None, editor)
        empty(case)
        for triggers in FIRST_TO_LAST:
            triggers.install(None, editor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lifted)
        yield
