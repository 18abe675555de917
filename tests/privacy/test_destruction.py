"""The release gates: canaries, an old backup, and every page afterwards."""

import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
import redis
from django.apps import apps
from django.conf import settings as heyi
from django.core import mail, serializers
from django.db import connection

from mediation.cases.access import cases_visible_to
from mediation.privacy.enums import Scope
from mediation.privacy.services.checking import paths_to_case, sealed_fields
from mediation.privacy.services.requests import ask_erasure
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.models import Message, Room
from mediation.rooms.selectors import messages_after
from mediation.vault import services as vault
from mediation.vault.backups.databases import _environment
from mediation.vault.keyring import copies
from mediation.vault.services import KeyDestroyed
from tests.keyrings import kept_bytes
from tests.privacy.conftest import run_erasures, stored_files
from tests.test_architecture import pages

pytestmark = pytest.mark.django_db(transaction=True)
CANARIES = [
    *(b"canary", b"Ada Applicant", b"Bo Respondent", b"1 Main St", b"loan was not repaid"),
    b"Everything about the loan",
]


def destroy_everything(cast):
    for user in (cast.party_a, cast.party_b):
        ask_erasure(actor=user, case=cast.case, scope=Scope.WITH_SETTLEMENT)
    run_erasures(cast.case)


def ciphertexts(case):
    """Everything sealed of the case, wherever a model keeps it."""
    found = []
    for model, path in paths_to_case().items():
        names = [field.name for field in sealed_fields(model)]
        for row in model.objects.filter(**{path: case.pk}).values_list(*names) if names else ():
            found += [bytes(value) for value in row if value]
    return found


def bytes_on_disk(tmp_path):
    """Everything this installation keeps: files, key ring, keys, what else it wrote meanwhile, and
    the database's own file.
    """
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        name = str(connection.settings_dict["NAME"])
        kept += [Path(name + ending) for ending in ("", "-wal") if Path(name + ending).exists()]
    on_servers = [kept_bytes(), dump_of_database(), *values_in_redis()]
    return b"\n".join([*(path.read_bytes() for path in kept), *on_servers])


def dump_of_database():
    """As an operator's own backup has it, with ciphertext in hexadecimal."""
    if connection.vendor == "sqlite":
        return b""
    command = ["pg_dump", "--no-owner"]
    done = subprocess.run(command, env=_environment(), check=True, stdout=subprocess.PIPE)
    return done.stdout


def values_in_redis():
    """What a dump of it would hold, of everything any test left there."""
    if not heyi.REDIS_URL:
        return
    for number in range(4):
        server = redis.Redis.from_url(f"{heyi.REDIS_URL.rpartition('/')[0]}/{number}")
        with closing(server):
            yield from (server.dump(key) or b"" for key in server.scan_iter())


def rows_in_database():
    """The same for a database on a server: every value of every row."""
    values = []
    for model in apps.get_models(include_auto_created=True):
        values += [repr(row).encode() for row in model._meta.base_manager.values_list()]
    return b"\n".join(values)


def held(value, kept):
    """Whether ciphertext is there, as it is or as PostgreSQL writes it down."""
    return value in kept or value.hex().encode() in kept


@pytest.fixture
def own_temporary_files(tmp_path, monkeypatch):
    """Whatever is written to a temporary file stays below the folder that is looked through."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.mark.usefixtures("own_temporary_files")
def test_no_canary_and_no_ciphertext_is_left(settled, tmp_path, caplog, capfd):
    sealed = ciphertexts(settled.case)
    assert len(sealed) > 15
    before = bytes_on_disk(tmp_path)
    assert [word for word in CANARIES if word in before] == []
    assert all(held(value, before) for value in sealed)

    destroy_everything(settled)

    after = bytes_on_disk(tmp_path) + rows_in_database()
    assert [word for word in CANARIES if word in after] == []
    assert [value for value in sealed if held(value, after)] == []
    assert stored_files() == []
    told = caplog.text + "".join(capfd.readouterr())
    assert [word for word in CANARIES if word.decode() in told] == []
    # A letter names who invites whom; that is the one thing a mail may say.
    letters = [f"{letter.subject}{letter.body}" for letter in mail.outbox]
    assert [text for text in letters if "canary" in text or "Main St" in text] == []


def test_an_old_backup_of_the_database_opens_nothing(left):
    rows = [*Room.objects.all(), *Message.objects.all()]
    backup = serializers.serialize("json", rows)
    old_keyring = list(copies.lines())
    destroy_everything(left)

    for restored in serializers.deserialize("json", backup):
        restored.save()
    room = rooms_visible_to(left.party_a).get(case=left.case, side=None)
    with pytest.raises(KeyDestroyed):
        messages_after(left.party_a, room, 0)

    # And with the key ring of that day, once it is in its place.
    copies.load(old_keyring)
    with pytest.raises(KeyDestroyed):
        messages_after(left.party_a, room, 0)
    assert vault.compartments_with_keys(case_id=left.case.pk) == set()


def pages_of_a_case():
    for name, route, pattern in pages():
        kinds = {key: type(kind).__name__ for key, kind in pattern.pattern.converters.items()}
        if route.startswith("cases/") and list(kinds.values()) == ["UUIDConverter"]:
            yield name, "/" + route.replace("<uuid:case_id>", "{0}").replace("<uuid:pk>", "{0}")


def test_every_page_of_a_destroyed_case_still_answers(settled, client):
    urls = {name: url.format(settled.case.pk) for name, url in pages_of_a_case()}
    assert len(urls) > 10
    destroy_everything(settled)
    for user in (settled.party_a, settled.party_b, settled.mediator):
        client.force_login(user)
        found = {name: client.get(url).status_code for name, url in urls.items()}
        assert {name: status for name, status in found.items() if status >= 500} == {}
        assert found["privacy:case"] == 200
        assert cases_visible_to(user).filter(pk=settled.case.pk).exists()


def test_tests_keep_away_from_the_real_places(tmp_path):
    assert Path(heyi.KEYRING_PATH).is_relative_to(tmp_path)
