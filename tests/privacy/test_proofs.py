"""The proof of one's own events: one's own and nobody else's, checked three ways."""

import base64
import json
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.urls import reverse

from mediation.audit import services as audit
from mediation.audit.models import EntryDetail
from mediation.audit.note import verifier_key
from mediation.audit.segments import VERIFIER
from mediation.core.errors import Forbidden, TooMany
from mediation.privacy.services.proofs import is_own_and_logged, prove_own_events
from mediation.vault import services as vault
from mediation.verification.enums import Fact, Finding, Kind, Verdict
from mediation.verification.services import verify
from tests.privacy.test_views import expected, statuses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def logged(mediated):
    audit.seal_pending()
    audit.checkpoint()
    return mediated


def opened(content):
    return json.loads(content)["statement"]


def offline(tmp_path, content):
    file, key, pem = (tmp_path / name for name in ("mine.json", "log-key.txt", "key.pem"))
    file.write_bytes(content)
    key.write_text(verifier_key())
    pem.write_bytes(vault.public_key_pem())
    command = [sys.executable, "-I", VERIFIER, file, "--key", key, "--service-key", pem]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["party_a", "party_b", "mediator"])
def test_everybody_gets_exactly_their_own_events(logged, name, tmp_path):
    user = getattr(logged, name)
    mine = EntryDetail.objects.filter(case_id=logged.case.pk, actor_id=user.pk)
    wanted = sorted(bytes(details) for details in mine.values_list("details", flat=True))

    content = prove_own_events(actor=user, case=logged.case)

    statement = opened(content)
    assert sorted(one["details"].encode() for one in statement["events"]) == wanted
    assert statement["not_sealed_yet"] == 1, "asking for it is an event too"
    done = offline(tmp_path, content)
    assert (done.returncode, done.stdout) == (0, "sound\n")
    report = verify(content)
    assert (report.kind, report.verdict) == (Kind.EVENTS, Verdict.GENUINE)
    assert (Fact.EVENTS, str(len(wanted))) in report.facts


def test_it_tells_nothing_of_others(logged):
    """No name, address or text, nobody else's salt or id, and no key of pseudonyms."""
    content = prove_own_events(actor=logged.party_a, case=logged.case).decode()

    others = EntryDetail.objects.filter(case_id=logged.case.pk).exclude(actor_id=logged.party_a.pk)
    for detail in others:
        assert base64.b64encode(bytes(detail.salt)).decode() not in content
        assert bytes(detail.details).decode() not in content
    for user in (logged.party_b, logged.mediator):
        assert str(user.pk) not in content
        assert user.email not in content
    assert "canary" not in content
    assert logged.party_a.email not in content


def test_the_command_knows_it(logged, tmp_path, capsys):
    file = tmp_path / "mine.json"
    file.write_bytes(prove_own_events(actor=logged.party_a, case=logged.case))

    call_command("verify", str(file), "--json")

    assert json.loads(capsys.readouterr().out)["verdict"] == "genuine"


def test_every_byte_counts(logged):
    content = prove_own_events(actor=logged.party_b, case=logged.case)
    for place in range(0, len(content), len(content) // 150):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        assert verify(bytes(changed)).verdict != Verdict.GENUINE, place


def somebody_elses(statement, other):
    statement["events"] = other["events"][:1]


def of_another_leaf(statement, _other):
    first, second = statement["events"][:2]
    first["proof"] = second["proof"]


def of_another_year(statement, _other):
    (note,) = statement["checkpoints"].values()
    statement["checkpoints"]["1999"] = note
    statement["events"][0]["segment"] = 1999


def of_no_year(statement, _other):
    statement["checkpoints"] = {}


@pytest.mark.parametrize("spoil", [somebody_elses, of_another_leaf, of_another_year, of_no_year])
def test_even_a_signed_file_must_agree_with_the_log(logged, spoil, tmp_path):
    """Had the service itself signed something else, both checks would say so."""
    statement = opened(prove_own_events(actor=logged.party_a, case=logged.case))
    other = opened(prove_own_events(actor=logged.party_b, case=logged.case))
    assert is_own_and_logged(statement)
    spoil(statement, other)
    signed = vault.sign_statement(statement=statement)
    content = json.dumps(signed, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"

    assert verify(content).findings == (Finding.EVENTS_WRONG,)
    assert offline(tmp_path, content).returncode == 1


def test_it_is_on_record_and_not_for_every_second(logged):
    for _ in range(5):
        prove_own_events(actor=logged.party_a, case=logged.case)
    with pytest.raises(TooMany):
        prove_own_events(actor=logged.party_a, case=logged.case)
    with pytest.raises(Forbidden):
        prove_own_events(actor=logged.stranger, case=logged.case)

    found = [line.action for line in audit_history(logged)]
    assert found.count("proof.downloaded") == 5


def audit_history(cast):
    from mediation.audit.selectors import history_for_case

    return history_for_case(cast.case.pk)


def test_the_button_as_everybody(logged, client):
    url = reverse("privacy:proof", args=[logged.case.pk])

    assert statuses(logged, client, "post", url) == expected(
        404, party_a=200, party_b=200, mediator=200
    )
    client.force_login(logged.party_a)
    answer = client.post(url)
    assert answer.headers["Content-Disposition"].endswith('-my-events.json"')
    assert client.get(url).status_code == 405
    page = client.get(reverse("privacy:case", args=[logged.case.pk])).content.decode()
    assert "Downloaded the proof of what they did" in page


def test_before_anything_is_sealed_the_file_is_empty_and_says_so(mediated, tmp_path):
    content = prove_own_events(actor=mediated.party_a, case=mediated.case)

    assert opened(content)["events"] == []
    assert opened(content)["not_sealed_yet"] > 3
    done = offline(tmp_path, content)
    assert (done.returncode, "events_missing" in done.stdout) == (1, True)  # it proves nothing
