"""What both sides say about a signed settlement, by the real services."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

from mediation.accounts.models import User
from mediation.performance.enums import Says
from mediation.performance.lines import Details, Line
from mediation.performance.models import Statement
from mediation.performance.selectors import line_for
from mediation.performance.services.statements import Draft, state_performance
from mediation.settlements.document.terms import Instalment
from mediation.settlements.models import Settlement
from mediation.settlements.services import drafting
from tests.factories.cast import Cast
from tests.factories.settlements import PAYMENT, make_settlement

IN_PARTS = replace(
    PAYMENT,
    due_on=None,
    instalments=(
        Instalment(seq=1, due_on=date(2027, 1, 31), amount=Decimal("500.00")),
        Instalment(seq=2, due_on=date(2027, 2, 28), amount=Decimal("700.00")),
    ),
)


def signed(cast: Cast) -> Settlement:
    """A payment of side B to side A, and a waiver."""
    return make_settlement(cast, stage="sealed")


def in_parts(cast: Cast, settlement: Settlement) -> Settlement:
    """The draft's payment, in two parts."""
    return drafting.save_obligation(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        obligation=IN_PARTS,
    )


def draft(says: Says, *, line: str = "o1", seen: int = 0, **details: object) -> Draft:
    return Draft(uuid4(), line, says, seen, Details(**details))


def say(
    user: User, settlement: Settlement, says: Says, *, line: str = "o1", **details: object
) -> Statement:
    """After the last statement there is."""
    seen = line_of(user, settlement, line).seen
    return state_performance(
        actor=user, settlement=settlement, draft=draft(says, line=line, seen=seen, **details)
    )


def line_of(user: User, settlement: Settlement, key: str = "o1") -> Line:
    found = line_for(user, settlement, key)
    assert found is not None
    return found
