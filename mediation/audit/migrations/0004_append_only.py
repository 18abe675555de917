"""Triggers for published heads and stamps, and the one way in which entries and leaves may go.

A year is declared dropped first. The database refuses that before the year is over and while a
detail of a case is left in it. From then on its entries may go, each while its leaf is still there
and its details are not; then its leaves; and nothing may come back. Reversing restores 0002.
"""

from django.db import migrations

MESSAGE = "the audit log is append-only"
NEW = ["audit_dailyhead", "audit_stamp", "audit_droppedsegment"]
SAME_ROW = {
    "audit_dailyhead": "checkpoint_id = NEW.checkpoint_id OR (segment = NEW.segment AND published_on = NEW.published_on)",
    "audit_stamp": "head_id = NEW.head_id",
    "audit_droppedsegment": "segment = NEW.segment",
}
MAY_GO = {
    "audit_entry": (
        "EXISTS (SELECT 1 FROM audit_leaf JOIN audit_droppedsegment"
        " ON audit_droppedsegment.segment = audit_leaf.segment WHERE audit_leaf.entry_id = OLD.id)"
        " AND NOT EXISTS (SELECT 1 FROM audit_entrydetail WHERE audit_entrydetail.entry_id = OLD.id)"
    ),
    "audit_leaf": (
        "EXISTS (SELECT 1 FROM audit_droppedsegment WHERE audit_droppedsegment.segment = OLD.segment)"
        " AND NOT EXISTS (SELECT 1 FROM audit_entry WHERE audit_entry.id = OLD.entry_id)"
    ),
}
THIS_YEAR = {
    "sqlite": "CAST(strftime('%Y', 'now') AS INTEGER)",
    "postgresql": "EXTRACT(YEAR FROM now() AT TIME ZONE 'UTC')",
}
MAY_COME = {
    "audit_leaf": (
        "NOT EXISTS (SELECT 1 FROM audit_droppedsegment WHERE audit_droppedsegment.segment = NEW.segment)"
    ),
    "audit_droppedsegment": (
        "NEW.segment < {this_year} AND NOT EXISTS (SELECT 1 FROM audit_leaf JOIN audit_entrydetail"
        " ON audit_entrydetail.entry_id = audit_leaf.entry_id"
        " WHERE audit_leaf.segment = NEW.segment AND audit_entrydetail.case_id IS NOT NULL)"
    ),
}


def install(apps, schema_editor):
    for statement in _statements(schema_editor.connection.vendor)[0]:
        schema_editor.connection.cursor().execute(statement)


def remove(apps, schema_editor):
    for statement in _statements(schema_editor.connection.vendor)[1]:
        schema_editor.connection.cursor().execute(statement)


def _statements(vendor):
    """What to run to install the triggers, and what to return to those of 0002."""
    return {"sqlite": _sqlite, "postgresql": _postgresql}[vendor]()


def _conditions(vendor):
    """Table, name of the trigger, verb, and when the verb is allowed."""
    going = [(table, "no_delete", "DELETE", rule) for table, rule in MAY_GO.items()]
    coming = [
        (table, "no_late_insert", "INSERT", rule.format(this_year=THIS_YEAR[vendor]))
        for table, rule in MAY_COME.items()
    ]
    return going + coming


def _sqlite():
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    plain = [f"CREATE TRIGGER {t}_no_delete BEFORE DELETE ON {t} {refuse}" for t in MAY_GO]
    make = [f"CREATE TRIGGER {t}_no_update BEFORE UPDATE ON {t} {refuse}" for t in NEW]
    make += [f"CREATE TRIGGER {t}_no_delete BEFORE DELETE ON {t} {refuse}" for t in NEW]
    make += [
        f"CREATE TRIGGER {t}_no_replace BEFORE INSERT ON {t}"
        f" WHEN EXISTS (SELECT 1 FROM {t} WHERE {same}) {refuse}"
        for t, same in SAME_ROW.items()
    ]
    make += [
        f"CREATE TRIGGER {t}_{name} BEFORE {verb} ON {t} WHEN NOT ({rule}) {refuse}"
        for t, name, verb, rule in _conditions("sqlite")
    ]
    drop = [f"DROP TRIGGER {statement.split()[2]}" for statement in make]
    before = [f"DROP TRIGGER {statement.split()[2]}" for statement in plain]
    return [*before, *make], [*drop, *plain]


def _postgresql():
    kinds = [(t, "no_update", "UPDATE", "ROW") for t in NEW]
    kinds += [(t, "no_delete", "DELETE", "ROW") for t in NEW]
    kinds += [(t, "no_truncate", "TRUNCATE", "STATEMENT") for t in NEW]
    make = [
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_refuse()"
        for table, name, verb, each in kinds
    ]
    drop = [f"DROP TRIGGER {name} ON {table}" for table, name, _, _ in kinds]
    for table, name, verb, rule in _conditions("postgresql"):
        row, function = ("OLD" if verb == "DELETE" else "NEW"), f"{table}_{name}"
        make += [
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {rule} THEN RETURN {row}; END IF;"
            f" RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        ]
        drop += [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {function}()"]
    before = [f"DROP TRIGGER no_delete ON {table}" for table in MAY_GO]
    after = [
        f"CREATE TRIGGER no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        for table in MAY_GO
    ]
    return [*before, *make], [*drop, *after]


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_published")]
    operations = [migrations.RunPython(install, remove)]
