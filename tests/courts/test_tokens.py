from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediation.core.errors import InvalidInput
from mediation.courts.enums import Scope
from mediation.courts.models import ApiToken, Court
from mediation.courts.services import clerks
from mediation.courts.services.tokens import LONGEST_LIFE, find_token, make_token, revoke_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> Court:
    return clerks.open_court(code="heyang", name="和阳县人民法院", seat="和阳")


def test_token_is_found_by_its_clear_text_which_is_nowhere(court):
    token, clear = make_token(court=court, label="docket", scopes=[Scope.PACKAGES])
    assert find_token(presented=clear) == token
    assert all(
        clear not in str(value) for row in ApiToken.objects.values() for value in row.values()
    )


def test_a_token_with_one_character_changed_is_not_found(court):
    _token, clear = make_token(court=court, label="docket", scopes=[Scope.PACKAGES])
    for place in range(len(clear)):
        other = "0" if clear[place] != "0" else "1"
        assert find_token(presented=clear[:place] + other + clear[place + 1 :]) is None


@pytest.mark.parametrize("presented", ["", "heyi_", "heyi__", "x" * 5000, "heyi_\x00_a", "é"])
def test_nonsense_is_not_found(court, presented):
    assert find_token(presented=presented) is None


def test_expired_and_revoked_tokens_open_nothing(court):
    token, clear = make_token(
        court=court, label="a", scopes=[Scope.PACKAGES], lifetime=timedelta(hours=1)
    )
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert find_token(presented=clear) is None
    assert find_token(presented=clear) == token
    revoke_token(token=token)
    assert find_token(presented=clear) is None


@pytest.mark.parametrize("life", [timedelta(0), LONGEST_LIFE + timedelta(seconds=1)])
def test_life_is_bounded(court, life):
    with pytest.raises(InvalidInput):
        make_token(court=court, label="a", scopes=[Scope.PACKAGES], lifetime=life)


def test_command_shows_the_token_once_and_another_revokes_it(court):
    shown, beside = StringIO(), StringIO()
    call_command("make_court_token", "heyang", "docket", days=7, stdout=shown, stderr=beside)
    token = find_token(presented=shown.getvalue().strip())
    assert token is not None
    assert token.scopes == ["outcomes:read", "packages:read"]
    assert token.prefix not in beside.getvalue()
    call_command("revoke_court_token", token.prefix, stdout=StringIO())
    assert find_token(presented=shown.getvalue().strip()) is None


def test_commands_refuse_what_is_not_there(court):
    with pytest.raises(CommandError):
        call_command("make_court_token", "nowhere", "docket")
    with pytest.raises(CommandError):
        call_command("make_court_token", "heyang", "docket", days=91)
    with pytest.raises(CommandError):
        call_command("revoke_court_token", "00000000")


def test_command_opens_a_court_with_its_clerks(court):
    told = StringIO()
    options = {"clerk": ["clerk@court.example"], "name_en": "Heyang Court", "stdout": told}
    for _time in range(2):
        call_command("add_court", "heyang", "和阳县人民法院", "和阳", **options)
    assert Court.objects.get().name_in("en") == "Heyang Court"
    assert Court.objects.get().memberships.current().count() == 1
