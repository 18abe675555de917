"""What the database holds, in a form in which two moments can be compared."""

from collections.abc import Collection

from django.apps import apps
from django.db import connection

SESSIONS = {"sessions.session"}
AUDIT = {"audit.entry", "audit.entrydetail", "audit.casesalt", "audit.pending"}
Rows = list[tuple[object, ...]]


def fingerprint(but: Collection[str] = SESSIONS) -> dict[str, Rows]:
    """Every row of every table, but for those named, as the database itself keeps it."""
    tables = {model._meta.label_lower: model._meta.db_table for model in apps.get_models()}
    with connection.cursor() as cursor:
        return {label: _rows(cursor, table) for label, table in tables.items() if label not in but}


def _rows(cursor, table: str) -> Rows:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in cursor.fetchall()
    ]


def changed(before: dict[str, Rows], after: dict[str, Rows]) -> set[str]:
    """The tables that are not what they were."""
    return {label for label in before if before[label] != after[label]}
