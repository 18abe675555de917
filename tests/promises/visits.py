"""What each person finds on the whole site, looked up once for all the tests that look at it."""

from dataclasses import dataclass

from tests.promises.crawler import crawl, every_address
from tests.promises.tables import AUDIT, SESSIONS, changed, fingerprint
from tests.promises.world import World, client_of, values_of_every_parameter

# A session remembers a language or a login; reading a document is on record. Both are meant.
MEANT = SESSIONS | AUDIT


@dataclass(frozen=True)
class Visit:
    """Status and body by address, and the tables that looking changed."""

    seen: dict[str, tuple[int, bytes]]
    touched: set[str]


_made: dict[str, Visit] = {}


def visit_of(world: World, name: str) -> Visit:
    """This person's way through every address and every link, in a world like any other."""
    if name not in _made:
        browser = client_of(world.cast.everybody[name])
        before = fingerprint(MEANT)
        seen = crawl(browser, every_address(values_of_every_parameter()))
        _made[name] = Visit(seen, changed(before, fingerprint(MEANT)))
    return _made[name]
