"""A copy of one's data: one's own, what is shared, and nothing of the other side's."""

import io
import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from mediation.core.errors import Forbidden, TooMany
from mediation.privacy.services.export import download_data
from mediation.verification.enums import Verdict
from mediation.verification.services import verify

pytestmark = pytest.mark.django_db(transaction=True)


def schema_of(name):
    """The published schema (docs/schemas), so that the copy can be read by other programs."""
    return json.loads(Path(f"docs/schemas/{name}.schema.json").read_text())


def opened(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_everybody_gets_their_own_and_the_shared(settled):
    mine = opened(download_data(actor=settled.party_a, case=settled.case))
    theirs = opened(download_data(actor=settled.party_b, case=settled.case))

    everything_a = b"".join(mine.values()).decode("utf-8", "replace")
    everything_b = b"".join(theirs.values()).decode("utf-8", "replace")
    for shared in ("joint-canary", "room-paper-canary", "offer-canary", "proposal-canary"):
        assert shared in everything_a
        assert shared in everything_b
    assert "caucus-A-talk-canary" in everything_a
    assert "caucus-A-canary background" in everything_a
    assert "caucus-B-talk-canary" not in everything_a
    assert "caucus-A-talk-canary" not in everything_b
    assert "caucus-A-canary" not in everything_b
    assert settled.party_b.email not in everything_a
    assert settled.party_a.email not in everything_b
    facts = json.loads(mine["data.json"])
    jsonschema.validate(facts, schema_of("heyi-personal-data-1"))
    assert facts["schema"] == "heyi-personal-data-1"
    assert [line["why"] for line in facts["left_out"] if "GDPR" in line["why"]] == []
    assert len(facts["documents"]) == 3
    assert facts["my_part"]["name"] == "Ada Applicant"
    for line in facts["documents"]:
        assert line["file"] in mine
    assert [(one["from"], one["my_answer"]) for one in facts["offers"]] == [
        ("side A", None),
        ("side B", None),
        ("mediator", "accepted"),
    ]
    assert json.loads(theirs["data.json"])["offers"][2]["my_answer"] is None
    receipts = [name for name in mine if name.startswith("consents/")]
    assert len(receipts) == len(facts["consents"]) == 4
    receipts.append("all-consents.json")
    assert {verify(mine[name]).verdict for name in receipts} == {Verdict.GENUINE}


def test_the_settlement_the_talks_and_what_was_sealed_are_in_it(settled):
    mine = opened(download_data(actor=settled.party_a, case=settled.case))
    (sealed,) = json.loads(mine["data.json"])["sealed_offers"]
    assert (sealed["from"], sealed["state"], sealed["midpoint"]) == ("side A", "expired", None)
    assert sealed["i_sealed_a_figure"]
    (pdf,) = [name for name in mine if name.startswith("settlement/")]
    assert verify(mine[pdf]).verdict == Verdict.GENUINE
    assert {name for name in mine if name.startswith("talks/")} == {
        "talks/joint.txt",
        "talks/caucus.txt",
    }
    assert "caucus-A-talk-canary" in mine["talks/caucus.txt"].decode()


def test_the_course_is_in_it_with_ones_own_answers_and_without_notes(mediated):
    mine = opened(download_data(actor=mediated.party_a, case=mediated.case))
    assert b"note-canary" not in b"".join(mine.values())
    course = json.loads(mine["data.json"])["course"]
    assert course["opening"]["read_by"].keys() == {"side A", "side B"}
    assert [line["stage"] for line in course["stages"]] == ["opening", "issues"]
    assert [line["point"] for line in course["agenda"]] == ["agenda-canary"]
    assert [(one["text"], one["my_answer"]) for one in course["facts"]] == [
        ("fact-canary", "yes"),
        ("open-fact-canary", None),
    ]
    (sitting,) = course["sittings"]
    assert {one["who"] for one in sitting["attended"]} == {"side A", "mediator"}
    assert [(one["who"], one["how"]) for one in course["identity"]] == [
        ("side A", "Known in person"),
        ("side B", None),
    ]


def test_it_is_for_parties_and_not_too_often(left):
    for user in (left.mediator, left.coordinator, left.clerk, left.stranger):
        with pytest.raises(Forbidden):
            download_data(actor=user, case=left.case)
    for _time in range(5):
        download_data(actor=left.party_a, case=left.case)
    with pytest.raises(TooMany):
        download_data(actor=left.party_a, case=left.case)
