"""ASVS 3.5.3: no address changes anything by GET, for anybody."""

import pytest

from tests.factories.cast import NAMES
from tests.promises.visits import visit_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
def test_getting_every_address_leaves_every_table_as_it_was(world, name):
    assert visit_of(world, name).touched == set()
