import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command

from mediation.centers import services
from mediation.privacy import inventory
from mediation.privacy.activities import ACTIVITIES, Basis, Fate, Kind, Unclassified
from mediation.privacy.services.checking import paths_to_case, sealed_fields
from mediation.profiles.selectors import profile_names
from tests.factories.cast import make_center


def stored():
    return {
        (model._meta.label_lower, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in [*model._meta.concrete_fields, *model._meta.many_to_many]
    }


def test_every_field_of_every_model_is_listed_once():
    listed = list(inventory.listed())

    assert sorted(stored()) == sorted(set(listed))
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("line", inventory.TABLE, ids=lambda line: line.model)
def test_every_line_says_what_it_is_for_and_until_when(line):
    activity = line.activity
    assert activity.purpose
    assert bool(line.compartments) != bool(line.period)
    assert isinstance(line.kind, Kind)
    assert isinstance(line.fate, Fate)
    if line.kind is not Kind.NONE and activity.key != "framework":
        assert activity.bases
        assert activity.persons
        assert activity.recipients


def test_every_model_belongs_to_one_activity_and_no_activity_to_a_model_that_is_gone():
    named = [model for activity in ACTIVITIES for model in activity.models]

    assert sorted(named) == sorted({model for model, _field in stored()})


def test_a_model_without_an_activity_is_an_error():
    line = inventory.Line("cases.horoscope", ("id",), Kind.NONE, "shell", Fate.ROW)

    with pytest.raises(Unclassified):
        line.activity  # noqa: B018 asking is the act


def test_a_period_nobody_knows_is_an_error():
    line = inventory.Line("cases.case", ("id",), Kind.NONE, "a while", Fate.ROW)

    with pytest.raises(ValueError, match="a while"):
        line.period  # noqa: B018 asking is the act


def test_only_what_is_optional_rests_on_consent():
    """The agreement to mediate is the basis of everything else."""
    assert {one.key for one in ACTIVITIES if Basis.CONSENT in one.bases} == {"release"}


def test_sealed_text_is_destroyed_with_a_key():
    fates = {(line.model, name): line.fate for line in inventory.TABLE for name in line.fields}
    sealed = [
        (model._meta.label_lower, field.name)
        for model in apps.get_models()
        for field in sealed_fields(model)
    ]

    assert sealed
    assert {fates[one] for one in sealed} == {inventory.Fate.KEY}


@pytest.mark.parametrize("label", ["cases.Consent", "rooms.Message", "courts.Delivery"])
def test_the_last_look_finds_what_belongs_to_a_case(label):
    assert apps.get_model(label) in paths_to_case()


def test_nothing_else_belongs_to_a_case():
    outside = {model._meta.label_lower for model in apps.get_models()} - {
        model._meta.label_lower for model in paths_to_case()
    }

    assert outside == {
        *("auth.permission", "auth.group", "contenttypes.contenttype", "sessions.session"),
        *("account.emailaddress", "account.emailconfirmation"),
        *("accounts.user", "accounts.confirmationcode"),
        *("accounts.passkey", "accounts.passkeychallenge"),
        *("centers.center", "centers.membership", "centers.periodchange"),
        *("mail.dispatch", "cases.refusal", "rights.rightsrequest", "rights.breach"),
        *("courts.court", "courts.courtmembership", "courts.apitoken"),
        *("audit.entry", "audit.leaf", "audit.pending", "audit.treehead", "audit.checkpoint"),
        *("audit.dailyhead", "audit.stamp", "audit.droppedsegment"),
        "django_tasks_database.dbtaskresult",
    }


# --- The record of processing (GDPR 30) ---------------------------------------------------------


def ropa(*options):
    out = StringIO()
    call_command("ropa", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["md", "html"])
def test_the_record_has_every_field(form):
    text = " ".join(ropa("--format", form).split())

    for line in inventory.TABLE:
        assert f"{line.model}: {', '.join(line.fields)}" in text
    assert "generic, settled: identity 90" in text


@pytest.mark.django_db
def test_the_record_has_all_that_article_30_asks_for():
    found = json.loads(ropa("--format", "json"))

    assert set(found) >= {"controller", "processors", "activities", "transfers", "measures"}
    assert set(found["measures"]) == {"a", "b", "c", "d"}
    assert set(found["days_after_the_end_of_a_case"]) == set(profile_names())
    fields = {
        (line["table"], field)
        for activity in found["activities"]
        for line in activity["fields"]
        for field in line["fields"]
    }
    assert fields == stored()
    for activity in found["activities"]:
        assert activity["purpose"]
        assert all(line["kept"] or line["goes_with"] for line in activity["fields"])


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["md", "json", "html"])
def test_the_record_is_the_same_at_every_call(form, tmp_path):
    ropa("--format", form, "--out", str(tmp_path / "record"))

    assert (tmp_path / "record").read_text(encoding="utf-8") == ropa("--format", form)


@pytest.mark.django_db
def test_the_record_names_the_operator_and_says_where_it_cannot(settings):
    settings.RECORD_CONTROLLER = "Heyang Mediation, 1 Main Street"
    settings.TSA_URL = "https://stamps.example"
    text = ropa()

    assert "Heyang Mediation, 1 Main Street" in text
    assert "https://stamps.example" in text
    assert "[to be filled in by the operator: RECORD_HOSTER]" in text


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["md", "json", "html"])
def test_the_record_has_the_periods_of_a_centre_that_chose_its_own(form):
    center = make_center("Own Periods Centre", "R-7")
    services.change_periods(actor=None, center=center, periods={"settled": {"joint": 77}})

    assert "Own Periods Centre" in ropa("--format", form)
    assert "77" in ropa("--format", form)
