from django.db import migrations


def note_kept(apps, schema_editor):
    """Holds that are in force now are noted in their cases, as every later one is."""
    rows = apps.get_model("holds", "Hold").objects.filter(state__in=["in_force", "release_proposed"])
    for hold in rows.order_by("review_on").select_related("case"):
        case = apps.get_model("cases", "Case").objects.get(pk=hold.case_id)
        case.kept_until[hold.compartment] = hold.review_on.isoformat()
        case.save(update_fields=["kept_until"])


class Migration(migrations.Migration):

    dependencies = [("cases", "0007_kept_until"), ("holds", "0003_talks")]

    operations = [migrations.RunPython(note_kept, migrations.RunPython.noop)]
