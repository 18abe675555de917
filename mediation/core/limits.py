"""How often something may be tried. Counted in the shared cache; keys carry no address in clear."""

import hashlib

from django.core.cache import cache

from mediation.core.errors import TooMany


def count_try(what: str, who: str, *, limit: int, seconds: int) -> None:
    """Count one try of `what` by `who`; raise TooMany beyond `limit` within `seconds`."""
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    key = f"tries:{what}:{digest}"
    cache.add(key, 0, timeout=seconds)
    try:
        tries = cache.incr(key)
    except ValueError:  # it expired between the two calls
        tries = 1
    if tries > limit:
        raise TooMany
