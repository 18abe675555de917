"""The scan of a settlement signed on paper: who puts it there, sees it and says what of it."""

import json
import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation.audit.selectors import history_for_case
from mediation.core.errors import Forbidden, WrongState
from mediation.evidence.errors import FileRefused
from mediation.privacy.services.export import case_files
from mediation.settlements.enums import ScanSays
from mediation.settlements.models import Scan, ScanAnswer, Settlement
from mediation.settlements.services import erasing, revisions, scanning
from mediation.vault.models import SealedFile
from tests.evidence import samples
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import add_scan, make_paper, make_settlement, scan_bytes
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
INSIDE = ("party_a", "party_b", "mediator")


@pytest.fixture(scope="module")
def paper_once(cast_once: Cast) -> Settlement:
    return make_paper(cast_once)


@pytest.fixture
def settlement(paper_once: Settlement, cast: Cast) -> Settlement:
    cast.case.refresh_from_db()
    return Settlement.objects.select_related("case__center").get(pk=paper_once.pk)


def say(cast: Cast, who: str, settlement: Settlement, says: ScanSays) -> ScanAnswer:
    return scanning.answer_scan(
        actor=getattr(cast, who),
        settlement=settlement,
        sha256=Scan.objects.get(settlement=settlement).sha256,
        says=says,
    )


def actions(settlement: Settlement) -> list[str]:
    lines = history_for_case(settlement.case_id)
    return [line.action for line in lines if line.action.startswith("scan.")]


def url(cast: Cast, name: str = "scan") -> str:
    return reverse(f"settlements:{name}", args=[cast.case.pk])


def test_the_mediator_puts_a_scan_there_and_both_sides_get_the_same_bytes(cast, settlement) -> None:
    scan = add_scan(cast, settlement)
    assert scan.file.compartment == "settlement"
    for who in INSIDE:
        copy = scanning.read_scan(actor=getattr(cast, who), settlement=settlement)
        assert copy.content == scan_bytes()
        assert copy.file_name == f"{settlement.number}-scan.pdf"
    assert actions(settlement) == ["scan.added", "scan.read", "scan.read", "scan.read"]


def test_the_same_bytes_again_are_the_same_scan(cast, settlement) -> None:
    first = add_scan(cast, settlement)
    assert add_scan(cast, settlement) == first
    assert actions(settlement) == ["scan.added"]


@pytest.mark.parametrize("who", sorted(set(NAMES) - {"mediator"}))
def test_nobody_but_the_mediator_puts_one_there(cast, settlement, who) -> None:
    with pytest.raises(Forbidden):
        scanning.add_scan(
            actor=getattr(cast, who),
            settlement=settlement,
            replaces="",
            name="a.pdf",
            content=BytesIO(scan_bytes()),
        )
    assert not Scan.objects.exists()


@pytest.mark.parametrize("who", sorted(set(NAMES) - {"party_a", "party_b"}))
def test_nobody_but_a_party_answers(cast, settlement, who) -> None:
    add_scan(cast, settlement)
    with pytest.raises(Forbidden):
        say(cast, who, settlement, ScanSays.SAME)


@pytest.mark.parametrize("who", sorted(set(NAMES) - set(INSIDE)))
def test_nobody_else_reads_it(cast, settlement, who) -> None:
    add_scan(cast, settlement)
    with pytest.raises(Forbidden):
        scanning.read_scan(actor=getattr(cast, who), settlement=settlement)


def test_there_is_no_scan_of_what_was_signed_electronically() -> None:
    cast = make_cast()
    settlement = make_settlement(cast, stage="sealed")
    with pytest.raises(Forbidden):
        add_scan(cast, settlement)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"plain words"),
        ("a.docx", samples.docx()),
        ("a.pdf", b"<html>"),
        ("a.exe", b"MZ"),
    ],
)
def test_only_a_pdf_or_a_picture_is_a_scan(cast, settlement, name, content) -> None:
    with pytest.raises(FileRefused):
        scanning.add_scan(
            actor=cast.mediator,
            settlement=settlement,
            replaces="",
            name=name,
            content=BytesIO(content),
        )
    assert not Scan.objects.exists()


def test_too_large_a_file_is_refused(cast, settlement, settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 10
    with pytest.raises(FileRefused):
        add_scan(cast, settlement)


def test_another_scan_destroys_the_first_with_what_was_said_of_it(cast, settlement) -> None:
    first = add_scan(cast, settlement)
    say(cast, "party_a", settlement, ScanSays.SAME)
    say(cast, "party_b", settlement, ScanSays.OTHER)
    second = add_scan(cast, settlement, replaces=first.sha256, mark="two")
    assert list(Scan.objects.all()) == [second]
    assert not ScanAnswer.objects.exists()
    assert revisions.destroy_dropped_files(case_id=str(settlement.case_id)) == 1
    assert not SealedFile.objects.filter(pk=first.file_id).exists()
    copy = scanning.read_scan(actor=cast.party_a, settlement=settlement)
    assert copy.content == scan_bytes("two")
    assert actions(settlement)[:4] == [
        "scan.added",
        "scan.confirmed",
        "scan.doubted",
        "scan.replaced",
    ]


def test_a_scan_is_replaced_only_by_whoever_saw_it(cast, settlement) -> None:
    add_scan(cast, settlement)
    for seen in ("", "0" * 64):
        with pytest.raises(scanning.OtherScan):
            add_scan(cast, settlement, replaces=seen, mark="two")


def test_an_answer_is_to_the_bytes_that_were_seen(cast, settlement) -> None:
    first = add_scan(cast, settlement)
    add_scan(cast, settlement, replaces=first.sha256, mark="two")
    with pytest.raises(scanning.OtherScan):
        scanning.answer_scan(
            actor=cast.party_a, settlement=settlement, sha256=first.sha256, says=ScanSays.SAME
        )
    assert not ScanAnswer.objects.exists()


def test_a_party_can_think_again_until_both_agree(cast, settlement) -> None:
    scan = add_scan(cast, settlement)
    say(cast, "party_a", settlement, ScanSays.UNREADABLE)
    say(cast, "party_a", settlement, ScanSays.SAME)
    assert say(cast, "party_a", settlement, ScanSays.SAME).says == ScanSays.SAME
    say(cast, "party_b", settlement, ScanSays.SAME)
    assert actions(settlement) == ["scan.added", "scan.doubted", "scan.confirmed", "scan.confirmed"]
    with pytest.raises(WrongState):
        say(cast, "party_b", settlement, ScanSays.OTHER)
    with pytest.raises(WrongState):
        add_scan(cast, settlement, replaces=scan.sha256, mark="two")


def test_the_copy_of_a_partys_data_has_it(cast, settlement) -> None:
    scan = add_scan(cast, settlement)
    say(cast, "party_b", settlement, ScanSays.OTHER)
    files = dict(case_files(actor=cast.party_a, case=settlement.case))
    assert files[f"settlement/{settlement.number}-scan.pdf"] == scan_bytes()
    told = json.loads(files["data.json"])["settlements"][0]["scan_of_the_signed_paper"]
    assert told["sha256"] == scan.sha256
    assert [(row["from"], row["says"]) for row in told["said"]] == [
        ("me", None),
        ("the other side", "other"),
    ]


def test_it_goes_with_the_settlement(cast, settlement) -> None:
    add_scan(cast, settlement)
    say(cast, "party_a", settlement, ScanSays.SAME)
    erasing.erase_settlements(case_id=settlement.case_id)
    assert not Scan.objects.exists()
    assert not ScanAnswer.objects.exists()


# --- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["scan", "scan_file"])
def test_who_gets_the_pages(cast, settlement, page) -> None:
    add_scan(cast, settlement)
    assert client_of(None).get(url(cast, page)).status_code == 302
    for who in NAMES:
        answer = client_of(getattr(cast, who)).get(url(cast, page))
        assert answer.status_code == (200 if who in INSIDE else 404), who


def test_there_is_no_page_before_it_was_signed_on_paper() -> None:
    cast = make_cast()
    make_settlement(cast, stage="signing")
    for who in INSIDE:
        assert client_of(getattr(cast, who)).get(url(cast)).status_code == 404


def test_from_the_mediators_form_to_both_answers(cast, settlement) -> None:
    mediator = client_of(cast.mediator)
    upload = SimpleUploadedFile("IMG.png", samples.png(), "image/png")
    assert mediator.post(url(cast), {"file": upload}).status_code == 302
    scan = Scan.objects.get()
    for who in ("party_a", "party_b"):
        client = client_of(getattr(cast, who))
        assert "No answer yet" in client.get(url(cast)).content.decode()
        fields = {"sha256": scan.sha256, "says": "same"}
        assert client.post(url(cast, "answer_scan"), fields).status_code == 302
    page = mediator.get(url(cast)).content.decode()
    assert "Both sides said that this is the paper they signed" in page
    assert scan.sha256 in page
    assert 'type="file"' not in page
    file = client_of(cast.party_a).get(url(cast, "scan_file"))
    assert file.content == samples.png()
    assert file["Content-Type"] == "image/png"
    assert file["Content-Disposition"].startswith("attachment")


def test_a_refused_file_is_said_beside_the_field(cast, settlement) -> None:
    upload = SimpleUploadedFile("a.txt", b"words", "text/plain")
    answer = client_of(cast.mediator).post(url(cast), {"file": upload})
    assert "Use a PDF, or a JPEG or PNG picture." in answer.content.decode()
    assert client_of(cast.party_a).post(url(cast), {"file": upload}).status_code == 403
    assert not Scan.objects.exists()


def test_no_answer_is_chosen_beforehand_and_none_is_an_error(cast, settlement) -> None:
    scan = add_scan(cast, settlement)
    client = client_of(cast.party_a)
    assert not re.search(r"<input[^>]*\schecked", client.get(url(cast)).content.decode())
    page = client.post(url(cast, "answer_scan"), {"sha256": scan.sha256})
    assert "Choose the answer that is true." in page.content.decode()


def test_the_upload_needs_the_sites_own_form(cast, settlement) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.mediator, backend="allauth.account.auth_backends.AuthenticationBackend")
    upload = SimpleUploadedFile("a.pdf", scan_bytes(), "application/pdf")
    assert client.post(url(cast), {"file": upload}).status_code == 403
    assert not Scan.objects.exists()
