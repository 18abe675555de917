"""ASVS 3.5.3: no address changes anything by GET, for anybody."""

import pytest

from tests.promises.crawler import crawl, every_address
from tests.promises.tables import AUDIT, SESSIONS, changed, fingerprint
from tests.promises.world import client_of, values_of_every_parameter

pytestmark = pytest.mark.django_db
# A session remembers a language or a login; reading a document is on record. Both are meant.
MEANT = SESSIONS | AUDIT


@pytest.mark.parametrize("name", ["party_a", "mediator", "clerk", "nobody"])
def test_getting_every_address_leaves_every_table_as_it_was(world, name):
    client = client_of(world.cast.everybody[name])
    paths = every_address(values_of_every_parameter())
    before = fingerprint(MEANT)
    crawl(client, paths)
    assert changed(before, fingerprint(MEANT)) == set()
