"""The record of processing activities (GDPR 30, PIPL 55-56), from the registry and the settings.

It is the same at every call: no clock, no random, and nothing from a case.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.centers.models import Center
from mediation.centers.selectors import periods_of
from mediation.privacy.activities import ACTIVITIES, Activity, Recipient
from mediation.privacy.inventory import TABLE, Line
from mediation.profiles.selectors import profile_named, profile_names

SCHEMA = "heyi-record-of-processing-1"
# GDPR 32(1), letter by letter; docs/privacy/threat-model.md names the tests of each.
MEASURES: dict[str, tuple[Promise, ...]] = {
    "a": (
        _("Confidential text and files are sealed, with a key for each part of a case."),
        _("Keys are kept outside the database and its backups, wrapped by keys kept elsewhere."),
        _("Who did what is logged under pseudonyms that point to nobody once the case is gone."),
    ),
    "b": (
        _("Every page, socket and file asks the same rules who may see it."),
        _("A private talk has a key of its own and does not exist for the other side."),
        _("Every change of the log can be proven by its signed checkpoints."),
    ),
    "c": (_("Keys can be restored from a backup; whatever was destroyed stays destroyed."),),
    "d": (
        _("An erasure looks again whether anything is left before it is certified."),
        _("The tests fail for a stored field that this record does not list."),
    ),
}


def record() -> dict[str, Any]:
    """The whole record, as text, whole numbers, lists and dicts, in the active language."""
    return {
        "schema": SCHEMA,
        "service": settings.SITE_NAME,
        "controller": _controller(),
        "processors": _processors(),
        "activities": [_as_plain(activity) for activity in ACTIVITIES],
        "transfers": settings.RECORD_TRANSFERS or gettext("None by itself."),
        "days_after_the_end_of_a_case": {
            name: {ending: dict(days) for ending, days in profile_named(name).retention.items()}
            for name in profile_names()
        },
        "days_of_key_ring_backups": settings.KEYRING_BACKUP_DAYS + settings.KEYRING_WAL_DAYS,
        "days_at_centres_with_periods_of_their_own": _own_periods(),
        "measures": {letter: [str(one) for one in texts] for letter, texts in MEASURES.items()},
    }


def _own_periods() -> dict[str, dict[str, dict[str, int]]]:
    """By the name of the centre; for cases that begin now."""
    changed = Center.objects.exclude(period_changes=None).order_by("name", "pk").distinct()
    return {center.name: periods_of(center) for center in changed}


def _controller() -> dict[str, str]:
    return {
        "name": settings.RECORD_CONTROLLER or _to_fill_in("RECORD_CONTROLLER"),
        "contact": settings.CONTACT_EMAIL,
        "data_protection_officer": settings.RECORD_OFFICER or _to_fill_in("RECORD_OFFICER"),
    }


def _processors() -> list[dict[str, str]]:
    """Who works for the controller; the time-stamp authority only where there is one."""
    names = {
        Recipient.HOSTER: settings.RECORD_HOSTER or _to_fill_in("RECORD_HOSTER"),
        Recipient.MAIL: settings.RECORD_MAIL or _to_fill_in("RECORD_MAIL"),
    }
    if settings.TSA_URL:
        names[Recipient.TSA] = settings.TSA_URL
    return [{"for": str(one.label), "name": name} for one, name in names.items()]


def _to_fill_in(setting: str) -> str:
    return gettext("[to be filled in by the operator: %(setting)s]") % {"setting": setting}


def _as_plain(activity: Activity) -> dict[str, Any]:
    lines = [line for line in TABLE if line.activity is activity]
    return {
        "activity": activity.key,
        "purpose": str(activity.purpose),
        "legal_basis": [str(one.label) for one in activity.bases],
        "persons": [str(one.label) for one in activity.persons],
        "recipients": [str(one.label) for one in activity.recipients],
        "categories_of_data": _kinds(lines),
        "fields": [_field(line) for line in lines],
    }


def _kinds(lines: list[Line]) -> list[str]:
    return list(dict.fromkeys(str(line.kind.label) for line in lines))


def _field(line: Line) -> dict[str, Any]:
    return {
        "table": line.model,
        "fields": list(line.fields),
        "kind": str(line.kind.label),
        "goes_with": list(line.compartments),
        "kept": str(line.period.label) if line.period else None,
        "at_its_date": str(line.fate.label),
    }


# --- As Markdown --------------------------------------------------------------------------------


def as_markdown(found: dict[str, Any]) -> str:
    return "\n".join(_lines(found)) + "\n"


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"# {gettext('Record of processing')}: {found['service']}"
    who = found["controller"]
    yield f"\n- {gettext('Controller')}: {who['name']}, {who['contact']}"
    yield f"- {gettext('Data protection officer')}: {who['data_protection_officer']}"
    for one in found["processors"]:
        yield f"- {gettext('Processor')}: {one['name']} ({one['for']})"
    yield f"- {gettext('Transfers to other countries')}: {found['transfers']}"
    for activity in found["activities"]:
        yield from _activity_lines(activity)
    yield from _period_lines(found)
    yield f"\n## {gettext('Security measures (GDPR 32(1))')}\n"
    for letter, texts in found["measures"].items():
        yield from (f"- ({letter}) {text}" for text in texts)


def _activity_lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {one['purpose']}\n"
    named = {
        gettext("Allowed by"): one["legal_basis"],
        gettext("Whose data"): one["persons"],
        gettext("What data"): one["categories_of_data"],
        gettext("Who receives it"): one["recipients"],
    }
    yield from (f"- {name}: {'; '.join(found) or '–'}" for name, found in named.items())
    yield f"\n| {gettext('Fields')} | {gettext('What')} | {gettext('Kept until')} |"
    yield "| --- | --- | --- |"
    for line in one["fields"]:
        until = line["kept"] or " / ".join(line["goes_with"])
        what = f"{line['table']}: {', '.join(line['fields'])}"
        yield f"| {what} | {line['kind']} | {until}; {line['at_its_date']} |"


def _period_lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {gettext('Days after the end of a case')}\n"
    own = found["days_at_centres_with_periods_of_their_own"]
    for name, endings in {**found["days_after_the_end_of_a_case"], **own}.items():
        for ending, days in endings.items():
            yield f"- {name}, {ending}: {', '.join(f'{part} {n}' for part, n in days.items())}"
    days = found["days_of_key_ring_backups"]
    yield f"- {gettext('Backups of the key ring')}: {days}"
