"""Triggers that keep the log as it was written.

A later migration that rebuilds one of these tables (SQLite does for most changes of a column)
loses its triggers: call remove() before and install() after it.
"""

from django.db import migrations

MESSAGE = "the audit log is append-only"
NEVER_CHANGED = ["audit_entry", "audit_leaf", "audit_checkpoint", "audit_entrydetail", "audit_casesalt"]
# INSERT OR REPLACE of SQLite deletes without asking a delete trigger, so a row that is there
# already refuses the insert itself.
SAME_ROW = {
    "audit_entry": "id = NEW.id OR uuid = NEW.uuid",
    "audit_leaf": "entry_id = NEW.entry_id OR (segment = NEW.segment AND leaf_index = NEW.leaf_index)",
    "audit_checkpoint": "id = NEW.id OR (segment = NEW.segment AND size = NEW.size)",
}
NEVER_DELETED = list(SAME_ROW)


def install(apps, schema_editor):
    for statement in _statements(schema_editor.connection.vendor)[0]:
        schema_editor.connection.cursor().execute(statement)


def remove(apps, schema_editor):
    for statement in _statements(schema_editor.connection.vendor)[1]:
        schema_editor.connection.cursor().execute(statement)


def _statements(vendor):
    """What to run to install the triggers, and what to remove them."""
    return {"sqlite": _sqlite, "postgresql": _postgresql}[vendor]()


def _sqlite():
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    make = [f"CREATE TRIGGER {t}_no_update BEFORE UPDATE ON {t} {refuse}" for t in NEVER_CHANGED]
    make += [f"CREATE TRIGGER {t}_no_delete BEFORE DELETE ON {t} {refuse}" for t in NEVER_DELETED]
    make += [
        f"CREATE TRIGGER {t}_no_replace BEFORE INSERT ON {t}"
        f" WHEN EXISTS (SELECT 1 FROM {t} WHERE {same}) {refuse}"
        for t, same in SAME_ROW.items()
    ]
    return make, [f"DROP TRIGGER {statement.split()[2]}" for statement in make]


def _postgresql():
    function = (
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    kinds = [
        *[(t, "no_update", "UPDATE", "ROW") for t in NEVER_CHANGED],
        *[(t, "no_delete", "DELETE", "ROW") for t in NEVER_DELETED],
        *[(t, "no_truncate", "TRUNCATE", "STATEMENT") for t in NEVER_DELETED],
    ]
    make = [
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_refuse()"
        for table, name, verb, each in kinds
    ]
    drop = [f"DROP TRIGGER {name} ON {table}" for table, name, _, _ in kinds]
    return [function, *make], [*drop, "DROP FUNCTION audit_refuse()"]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_log")]
    operations = [migrations.RunPython(install, remove)]
