import uuid
from datetime import timedelta

from django.db import migrations, models
from django.db.models import F

# Days of the stages after each state in the rules that there were then: what was shown so far.
LATER = {"draft": 88, "invited": 74, "consenting": 60, "waiting": 30}


def write_down_the_end(apps, schema_editor):
    cases = apps.get_model("cases", "Case").objects
    cases.update(ends_by=F("deadline_at"))
    for state, days in LATER.items():
        cases.filter(state=state).update(ends_by=F("deadline_at") + timedelta(days=days))


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('pair_hash', models.CharField(max_length=64, unique=True)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='warned_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='ends_by',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(write_down_the_end, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='case',
            name='ends_by',
            field=models.DateTimeField(verbose_name='the case has ended by then, whatever happens'),
        ),
    ]
