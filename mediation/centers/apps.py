from django.apps import AppConfig


class CentersConfig(AppConfig):
    name = "mediation.centers"
