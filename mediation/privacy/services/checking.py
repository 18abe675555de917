"""The last look: is anything of what was destroyed still there?

It does not ask the lists the destruction worked from. It walks every model there is, finds the
rows of the case by following the foreign keys, and tries to open what is sealed in them.
"""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db.models import BinaryField, ForeignKey, Model, QuerySet

from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.privacy import inventory
from mediation.privacy.models import Erasure
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from mediation.vault.services import Place, Slot

LONGEST_PATH = 4


class Remains(Exception):
    """Something is still there. Names the model or compartment, never what is in it."""


def check_nothing_remains(*, case_id: UUID, compartments: Collection[str]) -> None:
    """Raise Remains if a key, row or file of these compartments is left. What is left of the case
    may be restricted: looking whether it opens shows it to nobody.
    """
    with vault.opening_restricted():
        _look(case_id, compartments)


def _look(case_id: UUID, compartments: Collection[str]) -> None:
    for name in compartments:
        _check_key(Place(case_id, name))
    if SealedFile.objects.filter(case_id=case_id, compartment__in=compartments).exists():
        raise Remains("vault.sealedfile")
    for model, path in paths_to_case().items():
        rows = model._meta.base_manager.filter(**{path: case_id})
        _check_sealed(model, rows, case_id)
        if _goes_with(model, compartments) and rows.exists():
            raise Remains(model._meta.label_lower)


def _check_key(place: Place) -> None:
    """Nothing opens any more, and nothing late can be put in."""
    nowhere = Slot("privacy.erasure", uuid4(), "probe")
    try:
        vault.open_text(place=place, slot=nowhere, sealed=b"")
    except vault.KeyDestroyed:
        return
    raise Remains(place.compartment)


def _goes_with(model: type[Model], compartments: Collection[str]) -> bool:
    """Whether no row of this model may be left. With the shell that is every one but the
    erasure's own.
    """
    if Compartment.SHELL in compartments:
        return model is not Erasure
    return inventory.row_goes_with(model) in compartments


def _check_sealed(model: type[Model], rows: QuerySet[Any], case_id: UUID) -> None:
    """What is still sealed must open with a key that is still alive."""
    fields = [field.name for field in sealed_fields(model)]
    if not fields:
        return
    alive = vault.compartments_with_keys(case_id=case_id)
    for row in rows.only("pk", *fields).iterator():
        for name in fields:
            value = bytes(getattr(row, name))
            slot = Slot(model._meta.label_lower, row.pk, name.removesuffix("_sealed"))
            if value and not any(_opens(Place(case_id, key), slot, value) for key in alive):
                raise Remains(model._meta.label_lower)


def _opens(place: Place, slot: Slot, value: bytes) -> bool:
    try:
        vault.open_text(place=place, slot=slot, sealed=value)
    except (vault.Tampered, vault.KeyDestroyed):
        return False
    return True


def sealed_fields(model: type[Model]) -> list["BinaryField[Any, Any]"]:
    """The model's fields with sealed text."""
    fields = model._meta.get_fields()
    return [
        field
        for field in fields
        if isinstance(field, BinaryField) and field.name.endswith("_sealed")
    ]


def paths_to_case() -> dict[type[Model], str]:
    """Every model whose rows belong to a case, and the shortest lookup that leads there."""
    found = ((model, _path(model)) for model in apps.get_models(include_auto_created=True))
    return {model: path for model, path in found if path}


def _path(model: type[Model]) -> str:
    return min(_paths(model, LONGEST_PATH), key=len, default="")


def _paths(model: type[Model], steps: int) -> Iterator[str]:
    if model is Case:
        yield "pk"
    for field in model._meta.concrete_fields if steps else ():
        if isinstance(field, ForeignKey):
            for rest in _paths(field.related_model, steps - 1):
                yield f"{field.name}__{rest}"
        elif field.name == "case_id":
            yield "case_id"
