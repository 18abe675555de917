import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.template.loader import render_to_string
from django.utils import translation

from mediation.privacy.record import as_markdown, record


class Command(BaseCommand):
    help = "Print the record of processing (GDPR 30, PIPL 55-56) as Markdown, JSON or HTML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["md", "json", "html"], default="md")
        parser.add_argument("--language", choices=dict(settings.LANGUAGES), default="en")
        parser.add_argument("--out", type=Path, help="a file to write instead of printing")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            text = _in_format(options["format"])
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")


def _in_format(name: str) -> str:
    found = record()
    if name == "json":
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    if name == "html":
        return render_to_string("privacy/record.html", {"record": found})
    return as_markdown(found)
