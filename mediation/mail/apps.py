from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mediation.mail"
