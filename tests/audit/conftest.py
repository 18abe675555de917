import pytest


@pytest.fixture(autouse=True)
def own_key(tmp_path, settings):
    """A signing key and an address for this test alone."""
    settings.SIGNING_DIR = tmp_path / "signing"
    settings.PUBLIC_URL = "https://heyi.example"
    return tmp_path
