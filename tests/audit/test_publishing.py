"""Published heads, an authority's time for them, exported years, and dropping a year."""

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from mediation.audit import segments, services, stamps
from mediation.audit.errors import SegmentKept
from mediation.audit.models import (
    Checkpoint,
    DailyHead,
    DroppedSegment,
    Entry,
    EntryDetail,
    Leaf,
    Stamp,
)
from mediation.audit.offline.heyi_log import stamped_at
from mediation.vault.models import SealedFile
from tests.audit.test_offline import verify
from tests.settlements.test_document_time import elsewhere, time_office

pytestmark = pytest.mark.django_db
ANNA = SealedFile(pk=uuid4())
TARGET = SealedFile(pk=uuid4())
CASE = uuid4()


@pytest.fixture
def office(settings, tmp_path):
    """An authority that answers whoever asks, and its roots."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(elsewhere().root_pem)
    settings.TSA_ROOTS = str(roots)
    with time_office(is_public=True) as (url, answered):
        settings.AUDIT_TSA_URL = url
        yield answered


def grow(count=3, *, case_id=CASE):
    entries = [
        services.record(actor=ANNA, action="file.shared", target=TARGET, case_id=case_id)
        for _ in range(count)
    ]
    services.seal_pending()
    services.checkpoint()
    return entries


def on(year, month=6, day=1):
    return time_machine.travel(datetime(year, month, day, 9, tzinfo=UTC), tick=False)


# --- Published heads --------------------------------------------------------------------------


def test_a_head_is_published_once_a_day_and_only_when_it_has_grown():
    with on(2026):
        grow()
        (first,) = services.publish_heads()
        grow()
        assert services.publish_heads() == []
    with on(2026, day=2):
        (second,) = services.publish_heads()
    with on(2026, day=3):
        assert services.publish_heads() == []

    assert [first.checkpoint.size, second.checkpoint.size] == [3, 6]
    assert second.published_on == date(2026, 6, 2)
    assert services.check_log() == []


def test_each_year_has_its_own_published_head():
    for year in (2024, 2025):
        with on(year):
            grow(1)
            services.publish_heads()

    assert set(DailyHead.objects.values_list("segment", flat=True)) == {2024, 2025}


# --- Stamps -----------------------------------------------------------------------------------


def test_the_newest_head_is_stamped_once_and_two_programs_accept_it(office):
    grow()
    services.publish_heads()

    (stamp,) = services.stamp_heads()

    assert services.stamp_heads() == []
    assert office == [200]
    note, response = stamp.head.checkpoint.note, bytes(stamp.response)
    assert stamps.is_stamp_of(response, note, elsewhere().root_pem)
    assert stamped_at(response, note.encode(), elsewhere().root_pem) == stamp.stamped_at
    assert abs(datetime.now(UTC) - stamp.stamped_at) < timedelta(minutes=5)
    assert services.check_log() == []


def test_a_stamp_of_another_note_or_authority_is_refused_by_both(office):
    grow()
    services.publish_heads()
    (stamp,) = services.stamp_heads()
    note, response = stamp.head.checkpoint.note, bytes(stamp.response)
    from tests.settlements.document_samples import authority

    for other_note, roots in ((note + "x", elsewhere().root_pem), (note, authority().root_pem)):
        assert not stamps.is_stamp_of(response, other_note, roots)
        assert stamped_at(response, other_note.encode(), roots) is None


def test_without_an_authority_nobody_is_asked(settings):
    settings.AUDIT_TSA_URL = ""
    grow()
    services.publish_heads()

    assert services.stamp_heads() == []


def test_an_authority_that_is_away_breaks_nothing_and_is_asked_again(office, settings, caplog):
    good = settings.AUDIT_TSA_URL
    settings.AUDIT_TSA_URL = "http://name:password@127.0.0.1:9/"
    grow()
    with caplog.at_level(logging.ERROR):
        call_command("publish_log")
    assert "no time stamp" in caplog.text
    assert "password" not in caplog.text

    settings.AUDIT_TSA_URL = good
    call_command("publish_log")

    assert Stamp.objects.count() == 1


def test_a_refusal_is_no_stamp_and_the_next_authority_is_asked(office, settings):
    grow()
    services.publish_heads()
    with time_office(refuses=True, is_public=True) as (refusing, asked):
        settings.AUDIT_TSA_URL = f"{refusing} {settings.AUDIT_TSA_URL}"
        (stamp,) = services.stamp_heads()

    assert asked == [200]
    assert stamp.stamped_at


def test_an_authority_without_a_known_root_is_not_believed(office, settings, tmp_path):
    from tests.settlements.document_samples import authority

    other = tmp_path / "other.pem"
    other.write_bytes(authority().root_pem)
    settings.TSA_ROOTS = str(other)
    grow()
    services.publish_heads()

    assert services.stamp_heads() == []
    assert office == [200]


def test_the_password_is_told_only_to_the_authority_it_is_for(settings):
    settings.TSA_USER, settings.TSA_PASSWORD = "heyi", "secret"
    settings.TSA_URL = settings.AUDIT_TSA_URL = "https://time.example/"
    assert "Authorization" in stamps._headers(is_first=True)
    assert "Authorization" not in stamps._headers(is_first=False)
    settings.AUDIT_TSA_URL = "https://other.example/"
    assert "Authorization" not in stamps._headers(is_first=True)


def test_the_check_of_the_log_reads_the_stamps(office):
    grow()
    services.publish_heads()
    services.stamp_heads()
    grow()
    with on(2027):
        later = Checkpoint.objects.order_by("size").last()
        DailyHead.objects.create(checkpoint=later, segment=later.segment, published_on="2027-06-01")
    first = Stamp.objects.get()
    row = {"head_id": later.pk, "response": first.response, "stamped_at": first.stamped_at}
    Stamp.objects.create(**row)

    assert services.check_log() == [f"stamp {later}: not the authority's for this checkpoint"]


# --- Exported years ---------------------------------------------------------------------------


@pytest.fixture
def exported(office, tmp_path):
    grow(5)
    services.publish_heads()
    services.stamp_heads()
    grow(4)
    folder = tmp_path / "year"
    call_command("export_log", "--out", str(folder), verbosity=0)
    return folder


def test_an_exported_year_is_sound_to_the_verifier(exported, tmp_path):
    done = verify(exported, "--key", exported / "log-key.txt", "--roots", tmp_path / "roots.pem")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "sound")
    assert "\nsize 9\n" in done.stdout
    assert "\nstamped 5 " in done.stdout
    assert len((exported / "leaves.jsonl").read_text().splitlines()) == 9
    assert len(list((exported / "stamps").iterdir())) == 1


def test_an_exported_year_names_nobody(exported):
    everything = b"".join(path.read_bytes() for path in exported.rglob("*") if path.is_file())
    for detail in EntryDetail.objects.all():
        assert bytes(detail.salt) not in everything
    for identifier in (CASE, ANNA.pk, TARGET.pk):
        assert str(identifier).encode() not in everything


def test_the_key_of_another_log_finds_nothing_sound(exported, settings, tmp_path):
    from mediation.audit.note import verifier_key

    settings.SIGNING_DIR = tmp_path / "somebody else"
    other = tmp_path / "other.txt"
    other.write_text(verifier_key())

    assert verify(exported, "--key", other).returncode == 1


def test_an_export_goes_into_a_new_folder(tmp_path):
    with pytest.raises(CommandError):
        call_command("export_log", "--out", str(tmp_path))


# --- Dropping a year --------------------------------------------------------------------------


@pytest.fixture
def old():
    """A year long past with a case in it and an entry outside cases; a proof from then."""
    with on(2018):
        entries = grow(3)
        grow(1, case_id=None)
        services.publish_heads()
    return entries[1], services.inclusion_proof(entry=entries[1])


def test_a_year_whose_time_is_over_is_dropped_and_its_proofs_still_hold(old, tmp_path):
    entry, proof = old
    grow(2)
    services.forget_case(case_id=CASE)

    call_command("drop_segment", "2018", verbosity=0)

    assert not Entry.objects.filter(pk=entry.pk).exists()
    assert not Leaf.objects.filter(segment=2018).exists()
    assert Leaf.objects.count() == 2
    assert Checkpoint.objects.filter(segment=2018).count() == 2
    assert services.verify_inclusion(proof=proof)
    assert services.check_log() == []
    services.export_segment(2018, tmp_path / "year")
    done = verify(tmp_path / "year", "--key", tmp_path / "year" / "log-key.txt")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("year", "is_kept"), [(2024, True), (2025, False)])
def test_a_year_is_kept_until_the_full_years_have_passed(settings, year, is_kept):
    """A year that ended with 2018 is kept through 2024."""
    settings.AUDIT_YEARS = 6
    with on(2018, 12, 31):
        grow()
    services.forget_case(case_id=CASE)

    with on(year, 12 if is_kept else 1, 31 if is_kept else 1):
        if is_kept:
            with pytest.raises(SegmentKept, match="2025-01-01"):
                services.drop_segment(2018)
        else:
            assert services.drop_segment(2018) == 3


def test_a_year_with_a_case_left_is_kept(old):
    with pytest.raises(CommandError, match="case of that year"):
        call_command("drop_segment", "2018")
    assert Leaf.objects.filter(segment=2018).count() == 4


def test_there_is_nothing_to_drop_of_another_year_or_twice(old):
    services.forget_case(case_id=CASE)
    with pytest.raises(SegmentKept):
        services.drop_segment(2017)
    services.drop_segment(2018)
    with pytest.raises(SegmentKept):
        services.drop_segment(2018)


def test_a_year_under_no_signed_state_is_kept():
    with on(2018):
        grow(2)
        services.record(actor=ANNA, action="file.shared", target=TARGET)
        services.seal_pending()
    services.forget_case(case_id=CASE)

    with pytest.raises(SegmentKept, match="checkpoint"):
        services.drop_segment(2018)


def refused(statement, *values):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement, values)


DECLARE = "INSERT INTO audit_droppedsegment (segment, dropped_at) VALUES (%s, %s)"


def test_the_database_lets_only_a_year_that_may_go_be_declared_dropped(old):
    now = datetime.now(UTC)
    grow(1)
    refused(DECLARE, 2018, now)  # a case is left in it
    refused(DECLARE, now.year, now)  # it is not over
    refused(DECLARE, now.year + 1, now)


def test_the_database_lets_only_a_year_under_a_checkpoint_be_declared_dropped(old):
    """Otherwise an entry that waits could be given a leaf of a year that never was, and go."""
    now = datetime.now(UTC)
    services.forget_case(case_id=CASE)
    refused(DECLARE, 2017, now)  # empty
    waiting = services.record(actor=ANNA, action="file.shared", target=TARGET)
    Leaf.objects.create(entry=waiting, segment=1999, leaf_index=0, hash=b"x" * 32)
    refused(DECLARE, 1999, now)
    later = services.record(actor=ANNA, action="file.shared", target=TARGET)
    Leaf.objects.create(entry=later, segment=2018, leaf_index=4, hash=b"x" * 32)
    refused(DECLARE, 2018, now)  # more leaves than its checkpoint signs


def test_the_database_lets_nothing_else_go_with_a_dropped_year(old):
    (young,) = grow(1)
    services.forget_case(case_id=CASE)
    DroppedSegment.objects.create(segment=2018, dropped_at=datetime.now(UTC))

    refused("DELETE FROM audit_leaf WHERE segment = 2018")  # its entries come first
    refused("DELETE FROM audit_entry WHERE id = %s", young.pk)
    refused("DELETE FROM audit_leaf WHERE entry_id = %s", young.pk)
    refused("DELETE FROM audit_checkpoint WHERE segment = 2018")
    refused("DELETE FROM audit_dailyhead WHERE segment = 2018")
    refused("UPDATE audit_entry SET leaf = leaf")
    refused("DELETE FROM audit_droppedsegment")
    refused("UPDATE audit_droppedsegment SET segment = 2017")


def test_the_database_keeps_an_entry_whose_details_are_left(old):
    services.forget_case(case_id=CASE)
    DroppedSegment.objects.create(segment=2018, dropped_at=datetime.now(UTC))
    caseless = EntryDetail.objects.get(case_id=None)

    refused("DELETE FROM audit_entry WHERE id = %s", caseless.entry_id)


def test_nothing_comes_back_into_a_dropped_year(old):
    services.forget_case(case_id=CASE)
    segments.drop_segment(2018)
    entry = services.record(actor=ANNA, action="file.shared", target=TARGET)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Leaf.objects.create(entry=entry, segment=2018, leaf_index=99, hash=b"x" * 32)
