"""Signing with a passkey, the scan and a change by REST: who, twice, refused, in which language."""

import base64
import hashlib
import json
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseState, Purpose
from mediation.cases.models import Case
from mediation.cases.services import consents, invitations
from mediation.settlements.models import Amendment, FreedomConfirmation, Scan, Signature
from mediation.settlements.services import amending
from mediation.settlements.services.revisions import sha256_of
from tests.factories.cast import NAMES, make_cast
from tests.factories.passkeys import Device, give_passkey
from tests.factories.settlements import (
    add_scan,
    make_paper,
    make_settlement,
    scan_bytes,
    shown_sha256,
    sign,
)
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
PARTIES = ("party_a", "party_b")
INSIDE = (*PARTIES, "mediator")
OUTSIDE = sorted({*NAMES} - {*INSIDE})
CALLS = [
    *(
        ("settlement-document", "get"),
        ("settlement-signing", "get"),
        ("settlement-signing", "post"),
    ),
    ("settlement-passkey", "post"),
    *(("settlement-scan", "get"), ("settlement-scan", "put"), ("settlement-scan-file", "get")),
    ("settlement-scan-answer", "put"),
    *(("settlement-change", "get"), ("settlement-change", "post")),
    *(("settlement-change-yes", "post"), ("settlement-change-no", "post")),
]


@pytest.fixture(autouse=True)
def _nobody_tried_yet():
    cache.clear()


@pytest.fixture
def cast():
    return make_cast()


def url(cast, name):
    return reverse(f"api:settlement-{name}", args=[cast.case.pk])


def call(cast, who, verb, name, written=None, **headers):
    client = client_of(getattr(cast, who))
    return getattr(client, verb)(url(cast, name), written, headers=headers, **JSON)


def actions(cast):
    return [line.action for line in history_for_case(cast.case.pk)]


@pytest.mark.parametrize("who", [*OUTSIDE, "nobody"])
@pytest.mark.parametrize("make", [make_settlement, make_paper])
def test_for_everybody_else_there_is_nothing(cast, who, make):
    make(cast)
    client = client_of(cast.everybody[who])
    for name, verb in CALLS:
        answer = getattr(client, verb)(reverse(f"api:{name}", args=[cast.case.pk]), **JSON)
        expected = (401, "not_authenticated") if who == "nobody" else (404, "not_found")
        assert (answer.status_code, answer.json()["code"]) == expected, name


def test_what_changes_something_needs_the_csrf_token(cast):
    make_settlement(cast)
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.party_a, backend=BACKEND)
    for name, verb in CALLS:
        if verb != "get":
            answer = getattr(client, verb)(reverse(f"api:{name}", args=[cast.case.pk]), **JSON)
            assert answer.status_code == 403, name


# --- Signing with a passkey -------------------------------------------------------------------


@pytest.fixture
def settlement(cast):
    return make_settlement(cast, stage="signing")


@pytest.fixture
def device(cast):
    """Party A's."""
    made = Device()
    give_passkey(cast.party_a, made)
    return made


def asked(cast, settlement, who="party_a"):
    written = {"document_sha256": shown_sha256(settlement)}
    return call(cast, who, "post", "passkey", written)


def signature(cast, settlement, device, **more):
    """What a program sends after it asked for the options."""
    answer = json.loads(device.answer(asked(cast, settlement).json()))
    shown = {"document_sha256": shown_sha256(settlement), "typed_name": "Ada Applicant"}
    return {**shown, "answer": answer, **more}


def test_a_program_reads_asks_and_signs_the_bytes_it_fetched(cast, settlement, device):
    before = call(cast, "party_a", "get", "signing").json()
    assert (before["state"], before["name_to_type"]) == ("signing", "Ada Applicant")
    assert (before["can_sign"], before["has_passkey"], before["has_consents"]) == (True, True, True)
    assert [(one["side"], one["is_mine"], one["signed_at"]) for one in before["places"]] == [
        ("A", True, None),
        ("B", False, None),
        ("", False, None),
    ]
    fetched = call(cast, "party_a", "get", "document", accept="application/pdf")
    assert hashlib.sha256(fetched.content).hexdigest() == before["document_sha256"]
    digest = base64.b64encode(hashlib.sha256(fetched.content).digest()).decode()
    assert fetched.headers["Content-Digest"] == f"sha-256=:{digest}:"

    answer = call(cast, "party_a", "post", "signing", signature(cast, settlement, device))
    assert answer.status_code == 201
    made = Signature.objects.get()
    assert (made.participant.user, made.signed_sha256) == (cast.party_a, before["document_sha256"])
    after = answer.json()
    assert after["document_sha256"] == shown_sha256(settlement) != before["document_sha256"]
    assert [bool(one["signed_at"]) for one in after["places"]] == [True, False, False]
    assert after["can_sign"] is False
    assert {"document.read", "document.signed"} <= {*actions(cast)}


@pytest.mark.parametrize("who", INSIDE)
def test_nobody_is_named_but_whoever_asks(cast, settlement, who):
    names = {"party_a": "Ada Applicant", "party_b": "Bo Respondent", "mediator": "Mei"}
    text = call(cast, who, "get", "signing").content.decode()
    assert [one for one in INSIDE if names[one] in text] == [who]


def test_a_signature_sent_twice_is_made_once(cast, settlement, device):
    written = signature(cast, settlement, device)
    codes = [call(cast, "party_a", "post", "signing", written) for _time in "12"]
    assert [answer.status_code for answer in codes] == [201, 409]
    assert codes[1].json()["code"] == "already_signed"
    assert Signature.objects.count() == 1


def test_the_drawing_goes_into_the_document(cast, settlement, device):
    drawn = json.dumps([[100, 100, 900, 400, 1500, 120]])
    written = signature(cast, settlement, device, drawing=drawn)
    with_drawing = call(cast, "party_a", "post", "signing", written)
    assert with_drawing.status_code == 201


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"typed_name": "Ada"}, 400, "invalid"),
        ({"answer": {}}, 403, "passkey_refused"),
        ({"answer": "words"}, 400, "invalid"),
        ({"answer": {"id": "x" * 20_000}}, 400, "invalid"),
        ({"document_sha256": "0" * 64}, 409, "other_document"),
        ({"drawing": "[]"}, 400, "invalid"),
    ],
)
def test_what_is_wrong_signs_nothing(cast, settlement, device, changed, status, code):
    written = signature(cast, settlement, device, **changed)
    answer = call(cast, "party_a", "post", "signing", written)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Signature.objects.exists()


def test_spaces_and_capitals_of_the_name_do_not_matter(cast, settlement, device):
    written = signature(cast, settlement, device, typed_name=" ada  APPLICANT ")
    assert call(cast, "party_a", "post", "signing", written).status_code == 201


def test_a_wrong_answer_uses_up_what_was_asked(cast, settlement, device):
    right = signature(cast, settlement, device)
    wrong = {**right, "answer": {"id": "AA"}}
    assert call(cast, "party_a", "post", "signing", wrong).status_code == 403
    assert call(cast, "party_a", "post", "signing", right).status_code == 403
    assert not Signature.objects.exists()


def test_somebody_signed_in_between(cast, settlement, device):
    written = signature(cast, settlement, device)
    sign(cast.party_b, settlement)
    answer = call(cast, "party_a", "post", "signing", written)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_document")


def test_without_a_passkey_there_is_nothing_to_ask(cast, settlement):
    answer = asked(cast, settlement, "party_b")
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey_refused")


def test_the_question_of_freedom_comes_first(cast, settlement, device):
    written = signature(cast, settlement, device)
    FreedomConfirmation.objects.all().delete()
    assert call(cast, "party_a", "get", "signing").json()["freedom_is_asked"] is True
    for answer in (
        asked(cast, settlement),
        call(cast, "party_a", "post", "signing", written),
    ):
        assert answer.json()["code"] == "freedom_not_confirmed"
    assert not Signature.objects.exists()


@pytest.mark.parametrize("who", PARTIES)
def test_without_both_consents_nobody_signs(cast, settlement, device, who):
    written = signature(cast, settlement, device)
    consents.withdraw_consent(actor=getattr(cast, who), case=cast.case, purpose=Purpose.SIGNING)
    assert call(cast, "party_a", "get", "signing").json()["has_consents"] is False
    answer = call(cast, "party_a", "post", "signing", written)
    assert answer.json()["code"] == "consent_missing"
    assert asked(cast, settlement).json()["code"] == "consent_missing"
    assert not Signature.objects.exists()


def test_before_there_is_a_document(cast, device):
    make_settlement(cast, stage="offered")
    shown = call(cast, "party_a", "get", "signing").json()
    assert (shown["state"], shown["document_sha256"], shown["places"]) == ("offered", "", [])
    assert (shown["name_to_type"], shown["can_sign"]) == ("", False)
    assert call(cast, "party_a", "get", "document").json()["code"] == "wrong_state"
    written = {"document_sha256": "0" * 64, "typed_name": "Ada Applicant", "answer": {}}
    assert call(cast, "party_a", "post", "signing", written).json()["code"] == "wrong_state"


def test_a_draft_is_the_mediators(cast):
    make_settlement(cast, stage="drafting")
    codes = [call(cast, who, "get", "signing").status_code for who in INSIDE]
    assert codes == [404, 404, 200]


# --- The scan of what was signed on paper -----------------------------------------------------


@pytest.fixture
def paper(cast):
    return make_paper(cast)


def put_scan(cast, who="mediator", content=None, name="scan.pdf", **more):
    content = scan_bytes() if content is None else content
    fields = {"file": SimpleUploadedFile(name, content), **more}
    body = encode_multipart(BOUNDARY, fields)
    client = client_of(getattr(cast, who))
    return client.put(url(cast, "scan"), body, content_type=MULTIPART_CONTENT)


def say(cast, who, says="same", content=None):
    sha256 = sha256_of(scan_bytes() if content is None else content)
    return call(cast, who, "put", "scan-answer", {"sha256": sha256, "says": says})


def test_a_scan_is_put_fetched_and_answered(cast, paper):
    none = call(cast, "mediator", "get", "scan").json()
    assert (none["scan"], none["words"], none["can_add"]) == (None, [], True)
    shown = put_scan(cast).json()
    assert shown["scan"]["sha256"] == sha256_of(scan_bytes())
    assert shown["scan"]["size"] == len(scan_bytes())
    for who in INSIDE:
        fetched = call(cast, who, "get", "scan-file", accept="application/pdf")
        assert fetched.content == scan_bytes()
        assert fetched.headers["Content-Type"] == "application/pdf"
        assert fetched.headers["Content-Disposition"].startswith("attachment")
    word = say(cast, "party_a").json()
    assert [(one["side"], one["is_mine"], one["says"]) for one in word["words"]] == [
        ("A", True, "same"),
        ("B", False, None),
    ]
    agreed = say(cast, "party_b").json()
    assert (agreed["is_agreed"], agreed["can_answer"]) == (True, False)
    assert [one for one in actions(cast) if one.startswith("scan.")] == [
        "scan.added",
        *["scan.read"] * 3,
        *["scan.confirmed"] * 2,
    ]


def test_the_same_scan_and_the_same_word_twice_are_stored_once(cast, paper):
    assert [put_scan(cast).status_code for _time in "12"] == [200, 200]
    assert [say(cast, "party_a").status_code for _time in "12"] == [200, 200]
    assert Scan.objects.get().answers.count() == 1
    assert actions(cast).count("scan.added") == actions(cast).count("scan.confirmed") == 1


@pytest.mark.parametrize("who", PARTIES)
def test_a_side_puts_no_scan_and_the_mediator_says_no_word(cast, paper, who):
    assert put_scan(cast, who).status_code == 403
    assert not Scan.objects.exists()
    add_scan(cast, paper)
    assert say(cast, "mediator").status_code == 403


def test_a_better_one_takes_the_place_of_the_one_it_names(cast, paper):
    put_scan(cast)
    better = scan_bytes() + b"\n% again\n"
    refused = put_scan(cast, content=better)
    assert (refused.status_code, refused.json()["code"]) == (409, "other_scan")
    put_scan(cast, content=better, replaces=sha256_of(scan_bytes()))
    assert Scan.objects.get().sha256 == sha256_of(better)
    assert say(cast, "party_a").json()["code"] == "other_scan"


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "scan.pdf"), (b"plain words", "scan.txt"), (b"<p>", "scan.pdf")]
)
def test_only_a_pdf_or_a_picture_is_a_scan(cast, paper, content, name):
    answer = put_scan(cast, content=content, name=name)
    code = "file_refused" if content else "invalid"
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Scan.objects.exists()


def test_without_a_file_and_as_json_nothing_is_put(cast, paper):
    body = encode_multipart(BOUNDARY, {"replaces": ""})
    client = client_of(cast.mediator)
    assert client.put(url(cast, "scan"), body, content_type=MULTIPART_CONTENT).status_code == 400
    assert client.put(url(cast, "scan"), {"replaces": ""}, **JSON).status_code == 415


def test_what_was_signed_electronically_has_no_scan(cast):
    make_settlement(cast)
    for who in INSIDE:
        assert call(cast, who, "get", "scan").status_code == 404
    assert put_scan(cast).status_code == 404


def test_a_missing_scan_is_refused_as_json(cast, paper):
    answer = call(cast, "party_a", "get", "scan-file", accept="image/png")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


# --- A change of what was signed --------------------------------------------------------------


@pytest.fixture
def sealed(cast):
    return make_settlement(cast)


def propose(cast, who="party_a", client_id=None, wish="Another day."):
    written = {"client_id": str(client_id or uuid4()), "wish": wish}
    return call(cast, who, "post", "change", written)


def test_a_change_is_asked_for_and_taken_up(cast, sealed):
    asked_for = propose(cast)
    assert asked_for.status_code == 201
    case = Amendment.objects.get().case
    assert asked_for.json()["running"]["case"] == str(case.pk)
    shown = call(cast, "party_b", "get", "change").json()
    asked = {"asked": str(Amendment.objects.get().pk)}
    assert (shown["running"], shown["asked"], shown["can_propose"]) == (
        None,
        *asked.values(),
        False,
    )
    taken_up = call(cast, "party_b", "post", "change-yes", asked)
    assert taken_up.status_code == 200
    assert taken_up.json()["running"]["state"] == CaseState.CONSENTING
    again = call(cast, "party_b", "post", "change-yes", asked)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    sealed.refresh_from_db()
    assert sealed.replaced_by == ""


def test_a_no_ends_it_and_the_settlement_stays(cast, sealed):
    propose(cast)
    asked = {"asked": str(Amendment.objects.get().pk)}
    answer = call(cast, "party_b", "post", "change-no", asked)
    assert (answer.status_code, answer.json()["running"]) == (200, None)
    assert Amendment.objects.get().case.state == CaseState.CLOSED
    again = call(cast, "party_b", "post", "change-no", asked)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert call(cast, "party_a", "get", "change").json()["replaced_by"] == ""


def test_the_same_client_id_asks_once_also_after_a_no(cast, sealed):
    client_id = uuid4()
    for _time in "12":
        assert propose(cast, client_id=client_id).status_code == 201
    invitations.decline_invitation(invitation=Amendment.objects.get().case.invitations.get())
    after = propose(cast, client_id=client_id)
    assert (after.status_code, after.json()["running"]) == (201, None)
    assert (Amendment.objects.count(), Case.objects.count()) == (1, 2)


def test_the_other_sides_client_id_is_not_taken(cast, sealed):
    client_id = uuid4()
    propose(cast, client_id=client_id)
    answer = propose(cast, "party_b", client_id)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_one_change_at_a_time(cast, sealed):
    propose(cast)
    answer = propose(cast, "party_b")
    assert (answer.status_code, answer.json()["code"]) == (409, "amendment_running")


def test_one_does_not_answer_oneself(cast, sealed):
    propose(cast)
    asked = {"asked": str(Amendment.objects.get().pk)}
    for name in ("change-yes", "change-no"):
        assert call(cast, "party_a", "post", name, asked).status_code == 409
    assert Amendment.objects.get().case.state == CaseState.INVITED


@pytest.mark.parametrize("name", ["change-yes", "change-no"])
def test_an_answer_names_what_was_asked(cast, sealed, name):
    """A late yes or no never answers something that was asked after it."""
    propose(cast)
    assert call(cast, "party_b", "post", name).status_code == 400
    assert call(cast, "party_b", "post", name, {"asked": str(uuid4())}).status_code == 404
    assert Amendment.objects.get().case.state == CaseState.INVITED


def test_one_wish_has_one_client_id(cast, sealed):
    """What was asked on the page takes a program's first id; another one is refused meanwhile."""
    amending.propose_amendment(actor=cast.party_a, settlement=sealed, wish="Another day.")
    client_id = uuid4()
    for _time in "12":
        assert propose(cast, client_id=client_id).status_code == 201
    answer = propose(cast)
    assert (answer.status_code, answer.json()["code"]) == (409, "amendment_running")
    invitations.decline_invitation(invitation=Amendment.objects.get().case.invitations.get())
    assert propose(cast, client_id=client_id).status_code == 201
    assert Amendment.objects.count() == 1


@pytest.mark.parametrize("depth", [900, 100_000])
def test_what_is_nested_too_deep_is_refused(cast, settlement, depth):
    nested = '{"a":' * depth + "1" + "}" * depth
    written = json.dumps({"document_sha256": "0" * 64, "typed_name": "Ada"})[:-1]
    body = f'{written}, "answer": {nested}}}'
    answer = client_of(cast.party_a).post(url(cast, "signing"), body, **JSON)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ({"wish": "Another day."}, 400),
        ({"client_id": "x", "wish": "Another day."}, 400),
        ({"client_id": str(uuid4()), "wish": "  "}, 400),
        ({"client_id": str(uuid4()), "wish": "x" * 2001}, 400),
    ],
)
def test_what_is_missing_asks_nobody(cast, sealed, written, status):
    assert call(cast, "party_a", "post", "change", written).status_code == status
    assert not Amendment.objects.exists()


def test_it_is_between_the_two_sides(cast, sealed):
    propose(cast)
    for name, verb in (("change", "get"), ("change", "post"), ("change-yes", "post")):
        assert call(cast, "mediator", verb, name).status_code == 404


def test_what_is_not_signed_has_no_change(cast, settlement):
    assert call(cast, "party_a", "get", "change").status_code == 404
    assert propose(cast).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Type the name exactly"), ("zh-hans", "请完全按这样输入姓名")]
)
def test_a_refusal_speaks_the_callers_language(cast, settlement, device, language, words):
    cast.party_a.language = language
    cast.party_a.save(update_fields=["language"])
    written = signature(cast, settlement, device, typed_name="Ada")
    answer = call(cast, "party_a", "post", "signing", written)
    assert words in answer.json()["errors"]["typed_name"][0]
