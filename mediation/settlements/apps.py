from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "mediation.settlements"
