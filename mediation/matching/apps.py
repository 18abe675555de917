from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "mediation.matching"
