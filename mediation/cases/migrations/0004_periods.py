from django.db import migrations, models

from mediation.profiles.selectors import profile_named


def keep_what_was_promised(apps, schema_editor):
    """Cases begun before go on under the periods of their rule profile, as it is now."""
    for case in apps.get_model("cases", "Case").objects.filter(periods={}).iterator():
        retention = profile_named(case.profile).retention
        case.periods = {ending: dict(days) for ending, days in retention.items()}
        case.save(update_fields=["periods"])


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_one_order_everywhere'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='periods',
            field=models.JSONField(default=dict, verbose_name='days after the end, by ending and part'),
        ),
        migrations.RunPython(keep_what_was_promised, migrations.RunPython.noop),
    ]
