from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill_profile(apps, schema_editor):
    """What was asked before is under the rules its centre has now."""
    requests = apps.get_model('rights', 'RightsRequest')
    center = apps.get_model('centers', 'Center').objects.filter(pk=OuterRef('center'))
    requests.objects.update(profile=Subquery(center.values('profile')[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ('rights', '0003_profile'),
    ]

    operations = [
        migrations.RunPython(fill_profile, migrations.RunPython.noop),
    ]
