from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mediation.core"

    def ready(self) -> None:
        import_module("mediation.core.lookups")
