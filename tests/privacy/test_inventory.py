from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command

from mediation.privacy import inventory
from mediation.privacy.services.checking import paths_to_case, sealed_fields


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


def test_every_app_has_a_purpose():
    assert set(inventory.PURPOSES) == {label.partition(".")[0] for label, _field in stored()}


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
        *("centers.center", "centers.membership", "mail.dispatch", "cases.refusal"),
        *("courts.court", "courts.courtmembership", "courts.apitoken"),
        *("audit.entry", "audit.leaf", "audit.pending", "audit.treehead", "audit.checkpoint"),
        "django_tasks_database.dbtaskresult",
    }


def test_ropa_prints_every_field():
    out = StringIO()
    call_command("ropa", stdout=out)

    assert "rooms.message: body_sealed" in out.getvalue()
    assert "generic, settled: identity 90" in out.getvalue()
