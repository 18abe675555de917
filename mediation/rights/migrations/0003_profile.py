from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('rights', '0002_client_id'),
    ]

    operations = [
        migrations.AddField(
            model_name='rightsrequest',
            name='profile',
            field=models.SlugField(default='', max_length=40),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='rightsrequest',
            name='ground',
            field=models.CharField(blank=True, choices=[('legal_duty', 'A law obliges us to keep it'), ('legal_claims', 'It is needed for a legal claim'), ('agreement', 'It is the settlement, of which each side has a copy'), ('others', 'It would tell about somebody else'), ('confidential', 'It is confidential between a mediator and the other side'), ('transfer', 'The conditions for handing it to somebody else are not met'), ('unfounded', 'It was asked again and again, or for no purpose the right has'), ('unknown', 'We cannot tell that the data are yours'), ('nothing', 'We hold nothing of the kind')], max_length=20),
        ),
    ]
