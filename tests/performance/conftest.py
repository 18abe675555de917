from collections.abc import Iterator

import pytest

from mediation.settlements.models import Settlement
from tests.factories.cast import Cast, make_cast
from tests.factories.performance import signed
from tests.once import undone_afterwards


@pytest.fixture(scope="module")
def signed_once(
    django_db_setup: None, django_db_blocker: object
) -> Iterator[tuple[Cast, Settlement]]:
    """Signing takes seconds, so that it is done once for a file of tests."""
    with undone_afterwards(django_db_blocker):
        cast = make_cast("mediating")
        yield cast, signed(cast)


@pytest.fixture
def cast(signed_once: tuple[Cast, Settlement], db: None) -> Cast:
    found = signed_once[0]
    found.case.refresh_from_db()
    return found


@pytest.fixture
def settlement(signed_once: tuple[Cast, Settlement], db: None) -> Settlement:
    """Signed and sealed: side B pays EUR 1,200 by 31 January 2027, side A waives the rest."""
    return Settlement.objects.select_related("case__center").get(pk=signed_once[1].pk)
