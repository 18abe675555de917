"""ASVS 3.5.3: no address changes anything by GET, for anybody."""

import hashlib

import pytest
from django.apps import apps
from django.core.serializers import serialize

from tests.promises.crawler import crawl
from tests.promises.test_private_talks import addresses, client_of
from tests.promises.world import make_world

pytestmark = pytest.mark.django_db
# A session remembers a language or a login; reading a document is on record. Both are meant.
MAY_CHANGE = {"sessions.session", "audit.entry", "audit.entrydetail", "audit.casesalt"}


def fingerprint() -> dict[str, str]:
    return {
        model._meta.label_lower: hashlib.sha256(
            serialize("json", model.objects.order_by("pk")).encode()
        ).hexdigest()
        for model in apps.get_models()
        if model._meta.label_lower not in MAY_CHANGE
    }


@pytest.mark.parametrize("name", ["party_a", "mediator", "nobody"])
def test_getting_every_address_leaves_every_table_as_it_was(name):
    world = make_world()
    client = client_of(world.cast.everybody[name])
    paths = addresses(world)
    before = fingerprint()
    crawl(client, paths)
    after = fingerprint()
    assert {label for label in before if before[label] != after[label]} == set()
