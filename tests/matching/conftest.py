import pytest

from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.matching import services
from mediation.matching.enums import DisclosureKind
from mediation.matching.models import Assignment
from tests.factories.cast import Cast, person


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """The standing cast and a second mediator."""
    second = person("max")
    centers.add_member(center=cast.center, user=second, role=CenterRole.MEDIATOR)
    cast.extra["second"] = second
    return cast


@pytest.fixture
def claim(cast):
    """Offer to mediate the cast's case: `claim(mediator, "relative", "My cousin.")`."""

    def offer(mediator=None, kind=DisclosureKind.NONE, text="", case=None) -> Assignment:
        mediator, case = mediator or cast.mediator, case or cast.case
        services.show_names(actor=mediator, case=case)
        return services.claim_case(
            actor=mediator,
            case=case,
            disclosure_kind=kind,
            disclosure_text=text,
            has_no_conflict=kind == DisclosureKind.NONE,
        )

    return offer
