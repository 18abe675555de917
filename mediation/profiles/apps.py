from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register


class ProfilesConfig(AppConfig):
    name = "mediation.profiles"

    def ready(self) -> None:
        register(check_holidays)


def check_holidays(**_kwargs: Any) -> list[CheckMessage]:
    """For the operator (`manage.py check`): files of public holidays that count for nothing."""
    from mediation.profiles.holidays import unreadable  # noqa: PLC0415 the apps are not loaded yet

    return [
        Error(f"{name} in HOLIDAYS_DIR is not read: {why}.", id="profiles.E001")
        for name, why in unreadable().items()
    ]
