from tests.privacy.conftest import mediated, own_places

__all__ = ["mediated", "own_places"]
