from django.apps import AppConfig


class CourtsConfig(AppConfig):
    name = "mediation.courts"
