from typing import Any

from django.apps import AppConfig
from django.core import checks


class ProfilesConfig(AppConfig):
    name = "mediation.profiles"

    def ready(self) -> None:
        checks.register(check_holidays)


def check_holidays(**_kwargs: Any) -> list[checks.CheckMessage]:
    """For the operator: files of public holidays that count for nothing. A warning, because every
    command runs this, and destroying on time does not wait for a file of dates.
    """
    from mediation.profiles.holidays import unreadable  # noqa: PLC0415 the apps are not loaded yet

    return [
        checks.Warning(f"{name} in HOLIDAYS_DIR is not read: {why}.", id="profiles.W001")
        for name, why in unreadable().items()
    ]
