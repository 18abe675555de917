from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('centers', '0002_periods'),
        ('rights', '0006_breach_edition'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='rightsrequest',
            name='asked_through',
            field=models.CharField(blank=True, choices=[('person', 'The person themselves'), ('relative', 'A close relative of somebody who has died'), ('representative', 'Somebody who may act for them')], max_length=20),
        ),
        migrations.AddField(
            model_name='rightsrequest',
            name='asker_sealed',
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('asked_through', ''), _negated=True), fields=('center', 'client_id'), name='a_request_is_recorded_once'),
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.CheckConstraint(condition=models.Q(('asked_through', ''), ('user', None), _connector='OR'), name='whoever_asks_on_paper_has_no_account'),
        ),
    ]
