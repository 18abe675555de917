"""Emptying the test database between tests that commit.

Django's flush truncates every table there is and makes content types, permissions and the site
anew, which takes longer than most tests. Here only what has rows is emptied, and those three stay:
no test changes them. The triggers of append-only tables, which refuse just that, rest meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

STAY = {"django_migrations", "django_content_type", "auth_permission", "django_site"}


@pytest.fixture(scope="session", autouse=True)
def only_what_has_rows_is_emptied() -> Iterator[None]:
    """After a transactional test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield


def empty() -> None:
    """Leave no row that a test may have made."""
    lifted = _lifted_in_postgresql if connection.vendor == "postgresql" else _lifted_in_sqlite
    with connection.cursor() as cursor:
        full = _tables_with_rows(cursor)
        if full:
            with lifted(cursor):
                for table in full:
                    cursor.execute(f'DELETE FROM "{table}"')


def _tables_with_rows(cursor: Any) -> list[str]:
    tables = sorted({*connection.introspection.table_names(cursor)} - STAY)
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables]
    found: list[str] = []
    for start in range(0, len(asked), 100):  # SQLite takes no more than 500 in one statement
        cursor.execute(" UNION ALL ".join(asked[start : start + 100]))
        found += [name for (name,) in cursor.fetchall()]
    return found


@contextmanager
def _lifted_in_postgresql(cursor: Any) -> Iterator[None]:
    """Triggers rest, those of foreign keys too, for one transaction of this session."""
    with transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield


@contextmanager
def _lifted_in_sqlite(cursor: Any) -> Iterator[None]:
    with connection.constraint_checks_disabled(), transaction.atomic():
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _made_by in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, made_by in triggers:
            cursor.execute(made_by)
