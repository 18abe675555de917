from tests.privacy.conftest import left, mediated, own_places, settled

__all__ = ["left", "mediated", "own_places", "settled"]
