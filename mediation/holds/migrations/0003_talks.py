from django.db import migrations, models


class Migration(migrations.Migration):
    """A talk by invitation has a longer name than the other parts of a case."""

    dependencies = [("holds", "0002_client_id")]

    operations = [
        migrations.AlterField(
            model_name="hold",
            name="compartment",
            field=models.CharField(max_length=80),
        ),
    ]
