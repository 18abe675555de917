from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mediation.privacy.inventory import record_of_processing
from mediation.profiles.selectors import profile_named, profile_names

RECIPIENTS = """
Recipients: the people in the case; a court, when both sides released the settlement to it.
Processors: whoever runs the servers and the mail. Transfers to other countries: none by itself.
Measures: docs/privacy.md (keys per compartment outside the database, sealed files, audit log).
Controller's contact: {contact}. Backups of the key ring are kept {days} days.
"""


class Command(BaseCommand):
    help = "Print the record of processing (GDPR 30), as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in record_of_processing():
            self.stdout.write(line)
        self.stdout.write("\n## Days after the end of a case\n")
        for name in profile_names():
            for ending, periods in profile_named(name).retention.items():
                days = ", ".join(f"{part} {count}" for part, count in periods.items())
                self.stdout.write(f"- {name}, {ending}: {days}")
        self.stdout.write(
            RECIPIENTS.format(contact=settings.CONTACT_EMAIL, days=settings.KEYRING_BACKUP_DAYS)
        )
