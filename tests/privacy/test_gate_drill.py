"""The drill an operator runs: it passes here, it can fail, and it keeps away from real places."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from mediation.cases.models import Case
from mediation.privacy.services.drill import Drill, Failed
from mediation.vault import services as vault
from mediation.vault.services import Place

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_passes_tells_what_it_did_and_leaves_a_line_in_the_log(caplog):
    report = StringIO()

    call_command("drill_erasure", stdout=report)

    told = report.getvalue()
    assert told.count("   ok: ") == 9
    assert "every compartment says KeyDestroyed" in told
    assert "canary-" not in told
    assert caplog.messages == ["the drill of erasure passed"]
    assert not Case.objects.exists()


def test_it_fails_when_something_can_still_be_opened(tmp_path):
    """A database that came back, and a key nobody destroyed."""
    place = Place(uuid4(), "joint")
    vault.create_key(place=place)
    drill = Drill(tmp_path, [].append)

    with pytest.raises(Failed, match="0 compartments had come back"):
        drill._replay([place], [])
    (tmp_path / "left").write_bytes(b"x" + drill.canary)
    assert drill._on_disk([drill.canary])


def test_it_does_not_run_where_real_cases_are():
    with pytest.raises(CommandError, match="no folder that was made for a drill"):
        call_command("drill_erasure", "--here")
