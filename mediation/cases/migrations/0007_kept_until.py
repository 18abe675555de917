from django.db import migrations, models


class Migration(migrations.Migration):
    """A case notes which of its parts are under a hold, so that nobody writes over them."""

    dependencies = [("cases", "0006_amendment_letter")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="kept_until",
            field=models.JSONField(default=dict, verbose_name="parts under a hold, and until when"),
        ),
    ]
