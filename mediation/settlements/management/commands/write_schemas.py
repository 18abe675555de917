import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mediation.settlements.document.schemas import json_schema, xml_schema
from mediation.settlements.document.terms import SCHEMAS, VERSIONS


class Command(BaseCommand):
    help = "Write the JSON Schema and, of documents, the XML Schema of every version of the terms."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=Path("docs/schemas"), metavar="DIR")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        out.mkdir(parents=True, exist_ok=True)
        for schema in VERSIONS:
            text = json.dumps(json_schema(schema), indent=1, ensure_ascii=False)
            (out / f"{schema}.schema.json").write_text(text + "\n", encoding="utf-8")
        for schema in SCHEMAS:
            (out / f"{schema}.xsd").write_bytes(xml_schema(schema))
