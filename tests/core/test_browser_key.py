from base64 import b64decode

from mediation.core.browser_key import KEY_BYTES, browser_key


def test_a_key_is_the_same_at_every_call_and_fits_the_cipher():
    assert browser_key("session", "person", "case") == browser_key("session", "person", "case")
    assert len(b64decode(browser_key("session", "person", "case"))) == KEY_BYTES


def test_every_session_person_case_and_installation_has_its_own(settings):
    keys = {
        browser_key("session", "person", "case"),
        browser_key("another", "person", "case"),
        browser_key("session", "another", "case"),
        browser_key("session", "person", "another"),
    }
    settings.SECRET_KEY = "another"
    keys.add(browser_key("session", "person", "case"))
    assert len(keys) == 5
