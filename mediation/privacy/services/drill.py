"""A drill: erase a case of an installation that was made for it, restore the old backups, and look
whether anything of it opens or is left. Never to be run where real cases are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyrage
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import override_settings

from mediation.cases.enums import CaseOutcome, CaseState, Compartment
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case
from mediation.privacy.enums import Reason
from mediation.privacy.services.checking import paths_to_case, sealed_fields
from mediation.privacy.services.erasing import begin_erasure, carry_out
from mediation.privacy.services.replaying import replay_destructions
from mediation.vault import backups
from mediation.vault import services as vault
from mediation.vault.services import Place

ARCHIVES = "backups"


def new_canary() -> bytes:
    """Bytes that nobody else ever wrote."""
    return f"canary-{uuid4().hex}".encode()


class Failed(Exception):
    """Something of the drill did not hold; says what."""


@dataclass
class Drill:
    """What one drill knows. `say` prints a line of the report."""

    folder: Path
    say: Callable[[str], object]
    canary: bytes = field(default_factory=new_canary)

    def run(self) -> None:
        """Raises Failed at the first thing that does not hold."""
        self.say("1. A small installation with demonstration cases, in a folder of its own.")
        call_command("migrate", verbosity=0)
        call_command("load_demo", stdout=StringIO())
        case, file = self._plant()
        places = [Place(case.pk, name) for name in vault.compartments_with_keys(case_id=case.pk)]
        sealed = [*_ciphertexts(case), _stored(file)]
        self.say(f"   {len(places)} compartments, {len(sealed)} sealed texts and files, a canary.")
        self._expect(self._reads(file), "the canary can be read while its key is alive")
        self._expect(not self._on_disk([self.canary]), "the canary is in no byte on the disk")
        self._expect(self._on_disk(sealed), "what is sealed is on the disk, as ciphertext")
        identity = pyrage.x25519.Identity.generate()
        with override_settings(BACKUP_RECIPIENTS=[str(identity.to_public())]):
            archives = self._back_up()
        self._destroy(case, sealed)
        self._restore(archives, identity, sealed)
        self._replay(places, sealed)

    def _plant(self) -> tuple[Case, Any]:
        cases = Case.objects.all()
        case = max(cases, key=lambda one: len(vault.compartments_with_keys(case_id=one.pk)))
        place = Place(case.pk, Compartment.JOINT)
        return case, vault.store_file(place=place, content=[self.canary], media_type="text/plain")

    def _back_up(self) -> list[Path]:
        self.say("2. Backups of the key ring and of the data.")
        folder = self.folder / ARCHIVES
        archives = [backups.back_up(folder=folder, part=part) for part in ("keys", "data")]
        for path in archives:
            self.say(f"   {path.name}, {path.stat().st_size} bytes")
        return archives

    def _destroy(self, case: Case, sealed: list[bytes]) -> None:
        self.say("3. The case is destroyed: keys, rows, files, and a last look.")
        with transaction.atomic():
            locked = lock(case)
            if locked.is_open:
                move(locked, CaseState.CLOSED, actor=None, outcome=CaseOutcome.EXPIRED)
            erasure = begin_erasure(
                case=locked, compartments=[Compartment.SHELL], reason=Reason.SCHEDULE
            )
        carry_out(erasure=erasure)
        self._expect(not self._on_disk(sealed), "no ciphertext of it is left on the disk")

    def _restore(self, archives: list[Path], identity: Any, sealed: list[bytes]) -> None:
        self.say("4. Somebody restores the old backups.")
        backups.restore(paths=archives, identities=[identity], is_forced=True)
        self._expect(self._on_disk(sealed), "the ciphertext is back, as in any restore")

    def _replay(self, places: list[Place], sealed: list[bytes]) -> None:
        self.say("5. What every server does before it answers: destroy again.")
        came_back = replay_destructions()
        self._expect(came_back > 0, f"{came_back} compartments had come back")
        self._expect(all(map(_is_destroyed, places)), "every compartment says KeyDestroyed")
        self._expect(not self._on_disk(sealed), "no ciphertext of it is left on the disk")
        everywhere = self._on_disk([self.canary], with_archives=True)
        self._expect(not everywhere, "the canary is in no byte, the archives' bytes included")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise Failed(f"not so: {what}")
        self.say(f"   ok: {what}")

    def _reads(self, file: Any) -> bool:
        return b"".join(vault.read_file(file=file)) == self.canary

    def _on_disk(self, wanted: list[bytes], *, with_archives: bool = False) -> bool:
        """Whether any of it is in a file of the installation."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        files = (path for path in self.folder.rglob("*") if path.is_file())
        kept = [one for one in files if with_archives or one.parent.name != ARCHIVES]
        return any(one in path.read_bytes() for path in kept for one in wanted)


def _is_destroyed(place: Place) -> bool:
    try:
        vault.derive_secret(place=place, info="drill")
    except vault.KeyDestroyed:
        return True
    return False


def _stored(file: Any) -> bytes:
    with default_storage.open(file.storage_name) as stored:
        content: bytes = stored.read()
    return content


def _ciphertexts(case: Case) -> Iterator[bytes]:
    """Everything sealed of the case, wherever a model keeps it."""
    for model, path in paths_to_case().items():
        names = [one.name for one in sealed_fields(model)]
        rows = model._meta.base_manager.filter(**{path: case.pk})
        for row in rows.values_list(*names) if names else ():
            yield from (bytes(value) for value in row if value)
