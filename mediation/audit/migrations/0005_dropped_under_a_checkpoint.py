"""A year may be declared dropped only under a checkpoint of all its leaves.

Otherwise an entry that waits could be given a leaf of a year that never was, and go with it.
Reversing restores the rule of 0004.
"""

from django.db import migrations

TABLE = "audit_droppedsegment"
NAME = "no_late_insert"
MESSAGE = "the audit log is append-only"
THIS_YEAR = {
    "sqlite": "CAST(strftime('%Y', 'now') AS INTEGER)",
    "postgresql": "EXTRACT(YEAR FROM now() AT TIME ZONE 'UTC')",
}
BEFORE = (
    "NEW.segment < {this_year} AND NOT EXISTS (SELECT 1 FROM audit_leaf JOIN audit_entrydetail"
    " ON audit_entrydetail.entry_id = audit_leaf.entry_id"
    " WHERE audit_leaf.segment = NEW.segment AND audit_entrydetail.case_id IS NOT NULL)"
)
SEALED = (
    "EXISTS (SELECT 1 FROM audit_checkpoint WHERE audit_checkpoint.segment = NEW.segment"
    " AND audit_checkpoint.size > 0 AND audit_checkpoint.size ="
    " (SELECT COUNT(*) FROM audit_leaf WHERE audit_leaf.segment = NEW.segment))"
)


def install(apps, schema_editor):
    _run(schema_editor.connection, f"{BEFORE} AND {SEALED}")


def remove(apps, schema_editor):
    _run(schema_editor.connection, BEFORE)


def _run(connection, rule):
    make = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]
    for statement in make(rule.format(this_year=THIS_YEAR[connection.vendor])):
        connection.cursor().execute(statement)


def _sqlite(rule):
    return [
        f"DROP TRIGGER {TABLE}_{NAME}",
        f"CREATE TRIGGER {TABLE}_{NAME} BEFORE INSERT ON {TABLE} WHEN NOT ({rule})"
        f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ]


def _postgresql(rule):
    return [
        f"CREATE OR REPLACE FUNCTION {TABLE}_{NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {rule} THEN RETURN NEW; END IF;"
        f" RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    ]


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_append_only")]
    operations = [migrations.RunPython(install, remove)]
