from io import BytesIO
from threading import Barrier, Thread

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from mediation.audit.selectors import history_for_case
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden
from mediation.evidence.enums import Audience, FileKind
from mediation.evidence.errors import FileRefused, NoSpaceLeft
from mediation.evidence.models import Document
from mediation.evidence.selectors import bytes_left, file_name
from mediation.evidence.services import documents
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from mediation.vault.services import KeyDestroyed, StorageFailure
from tests.evidence import samples
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db
CANARY = b"I promised my sister the canary money."


def actions(cast):
    return [line.action for line in history_for_case(cast.case.pk) if "document" in line.action]


def stored(document):
    with default_storage.open(document.file.storage_name) as file:
        return file.read()


def side_of(cast, name):
    return cast.case.participants.get(user=getattr(cast, name)).side


@pytest.mark.parametrize("stage", ["draft", "invited", "consenting", "waiting", "mediating"])
def test_the_applicant_brings_documents_at_every_stage(bring, stage):
    cast = make_cast(stage)

    document = bring(cast, "party_a", name="合同.pdf", data=samples.pdf())

    assert file_name(document) == "合同.pdf"
    assert document.media_type == FileKind.PDF
    assert document.size == len(samples.pdf())


@pytest.mark.parametrize("name", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_nobody_but_parties_brings_documents(cast, bring, name):
    with pytest.raises(Forbidden):
        bring(cast, name)
    assert not SealedFile.objects.exists()


def test_the_invited_person_brings_nothing_before_joining(bring):
    with pytest.raises(Forbidden):
        bring(make_cast("invited"), "party_b")


def test_nothing_is_brought_to_a_closed_case(cast, bring):
    participation.leave_case(actor=cast.party_b, case=cast.case)

    with pytest.raises(Forbidden):
        bring(cast, "party_a")


def test_nothing_is_brought_in_mediation_without_both_sides_consent(cast, bring):
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE)

    with pytest.raises(ConsentMissing):
        bring(cast, "party_a")


@pytest.mark.parametrize(
    ("owner", "audience", "compartment"),
    [
        ("party_a", Audience.ROOM, "evidence"),
        ("party_a", Audience.MEDIATOR, "caucus:A"),
        ("party_b", Audience.MEDIATOR, "caucus:B"),
    ],
)
def test_name_and_content_are_sealed_where_the_audience_is(bring, owner, audience, compartment):
    cast = make_cast()  # its keys are destroyed below
    document = bring(cast, owner, audience, name="canary.txt", data=CANARY)

    assert document.file.compartment == compartment
    assert b"canary" not in stored(document)
    assert b"canary" not in bytes(document.name_sealed)
    vault.destroy_keys(case_id=cast.case.pk, compartments=[compartment])
    for read in (file_name, lambda row: documents.open_document(actor=cast.mediator, document=row)):
        with pytest.raises(KeyDestroyed):
            read(document)


@pytest.mark.parametrize("name", ["page.html", "html_as.txt", "zip_behind.jpg", "bomb.docx"])
def test_a_refused_file_leaves_nothing_behind(cast, bring, name):
    with pytest.raises(FileRefused):
        bring(cast, name=name, data=samples.BAD[name])

    assert not Document.objects.exists()
    assert not SealedFile.objects.exists()


def test_a_file_over_the_limit_is_refused(cast, bring, settings):
    settings.EVIDENCE_MAX_BYTES = 100

    bring(cast, data=b"a" * 100)
    with pytest.raises(FileRefused):
        bring(cast, data=b"a" * 101)


def test_each_side_has_its_own_half_of_the_space(cast, bring, settings):
    settings.EVIDENCE_CASE_QUOTA_BYTES = 200
    bring(cast, "party_a", Audience.MEDIATOR, data=b"a" * 90)

    with pytest.raises(NoSpaceLeft):
        bring(cast, "party_a", data=b"a" * 11)
    assert bytes_left(side_of(cast, "party_b")) == 100
    bring(cast, "party_b", data=b"a" * 100)


def test_the_number_of_documents_is_limited(cast, bring, monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 1)
    bring(cast, "party_a")

    with pytest.raises(NoSpaceLeft):
        bring(cast, "party_a")
    bring(cast, "party_b")


def test_opening_gives_the_whole_file_and_is_recorded(cast, bring):
    document = bring(cast, "party_a", data=CANARY)

    assert documents.open_document(actor=cast.party_b, document=document) == CANARY
    line = history_for_case(cast.case.pk)[-1]
    assert (line.action, line.actor_id) == ("document.opened", cast.party_b.pk)


def test_private_documents_have_actions_of_their_own(cast, bring):
    document = bring(cast, "party_a", Audience.MEDIATOR)
    documents.open_document(actor=cast.mediator, document=document)
    documents.withdraw_document(actor=cast.party_a, document=document)

    assert actions(cast) == [
        "caucus_document.added",
        "caucus_document.opened",
        "caucus_document.withdrawn",
    ]


@pytest.mark.parametrize("name", ["party_b", "coordinator", "other_staff", "clerk", "stranger"])
def test_opening_what_one_may_not_see_is_refused_and_not_recorded(cast, bring, name):
    document = bring(cast, "party_a", Audience.MEDIATOR)

    with pytest.raises(Forbidden):
        documents.open_document(actor=getattr(cast, name), document=document)
    assert actions(cast) == ["caucus_document.added"]


def test_a_withdrawn_document_is_destroyed_once_that_is_certain(
    cast, bring, django_capture_on_commit_callbacks
):
    document = bring(cast, "party_a")
    name = document.file.storage_name
    with django_capture_on_commit_callbacks(execute=True):
        documents.withdraw_document(actor=cast.party_a, document=document)
        assert default_storage.exists(name)

    assert not default_storage.exists(name)
    assert not Document.objects.exists()
    assert not SealedFile.objects.exists()
    documents.destroy_withdrawn(document_id=document.pk)  # the job comes later and finds nothing


def test_a_file_that_stays_keeps_its_row_hidden_and_is_tried_again(cast, bring, monkeypatch):
    document = bring(cast, "party_a")
    documents.withdraw_document(actor=cast.party_a, document=document)
    with monkeypatch.context() as broken:
        broken.setattr(type(default_storage._wrapped), "delete", lambda *_: None)
        with pytest.raises(StorageFailure):
            documents.destroy_withdrawn(document_id=document.pk)
    assert Document.objects.filter(pk=document.pk, withdrawn_at__isnull=False).exists()

    documents.destroy_withdrawn(document_id=document.pk)

    assert not Document.objects.exists()


def test_a_document_in_use_is_not_destroyed_by_the_job(cast, bring):
    document = bring(cast, "party_a")

    documents.destroy_withdrawn(document_id=document.pk)

    assert Document.objects.filter(pk=document.pk).exists()


@pytest.mark.parametrize("name", ["party_b", "mediator", "coordinator", "stranger"])
def test_only_who_brought_a_document_takes_it_back(cast, bring, name):
    document = bring(cast, "party_a")

    with pytest.raises(Forbidden):
        documents.withdraw_document(actor=getattr(cast, name), document=document)


def test_a_document_can_be_taken_back_after_the_end(cast, bring):
    document = bring(cast, "party_a")
    participation.leave_case(actor=cast.party_a, case=cast.case)

    documents.withdraw_document(actor=cast.party_a, document=document)

    assert not Document.objects.current().exists()


def test_erasing_a_compartment_takes_rows_then_files(cast, bring):
    bring(cast, "party_a")
    kept = bring(cast, "party_a", Audience.MEDIATOR)

    assert documents.forget_documents(case=cast.case, compartments=["evidence"]) == 1
    assert vault.delete_files(case_id=cast.case.pk, compartments=["evidence"]) == 1

    assert list(Document.objects.all()) == [kept]


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_do_not_pass_the_limit_together(cast, settings):
    settings.EVIDENCE_CASE_QUOTA_BYTES = 300
    start, results = Barrier(2), []

    def race():
        start.wait()
        try:
            documents.add_document(
                actor=cast.party_a,
                case=cast.case,
                audience=Audience.ROOM,
                name="a.txt",
                content=BytesIO(b"a" * 100),
            )
            results.append("added")
        except NoSpaceLeft as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["added", "no_space_left"]
