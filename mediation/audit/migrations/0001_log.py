import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='CaseSalt',
            fields=[
                ('case_id', models.UUIDField(primary_key=True, serialize=False)),
                ('salt', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('leaf', models.BinaryField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TreeHead',
            fields=[
                ('segment', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('peaks', models.BinaryField(default=b'')),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.PositiveSmallIntegerField()),
                ('size', models.PositiveBigIntegerField()),
                ('root', models.BinaryField()),
                ('note', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'size'), name='one_checkpoint_per_size')],
            },
        ),
        migrations.CreateModel(
            name='EntryDetail',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='detail', serialize=False, to='audit.entry')),
                ('case_id', models.UUIDField(db_index=True, null=True)),
                ('actor_id', models.UUIDField(db_index=True, null=True)),
                ('salt', models.BinaryField()),
                ('details', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Pending',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='audit.entry')),
            ],
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='leaf_place', serialize=False, to='audit.entry')),
                ('segment', models.PositiveSmallIntegerField()),
                ('leaf_index', models.PositiveBigIntegerField()),
                ('hash', models.BinaryField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'leaf_index'), name='one_leaf_per_place')],
            },
        ),
    ]
