import pytest

from mediation.settlements.models import Settlement
from tests.factories.cast import Cast
from tests.factories.settlements import make_settlement


@pytest.fixture(scope="module")
def signing_once(cast_once: Cast) -> Settlement:
    return make_settlement(cast_once, stage="signing")


@pytest.fixture
def settlement_to_sign(signing_once: Settlement, cast: Cast) -> Settlement:
    """A document that waits for its signatures, in the cast's case. Made once for a module that
    uses nothing else, and in which no test destroys what is sealed.
    """
    cast.case.refresh_from_db()
    return Settlement.objects.select_related("case__center").get(pk=signing_once.pk)
