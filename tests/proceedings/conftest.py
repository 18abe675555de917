import pytest

from tests.factories.cast import Cast, make_cast


@pytest.fixture
def cast(db) -> Cast:
    """A case in mediation and everybody who tries every door."""
    return make_cast("mediating")
