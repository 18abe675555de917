"""The JSON Schema of the socket's frames, which the documentation publishes."""

import json
from functools import cache

from jsonschema import Draft202012Validator, FormatChecker

from tests.servers import ROOT

SCHEMA = json.loads((ROOT / "docs/realtime/med.v1.json").read_text("utf-8"))
NAMES = {
    side: sorted(name for name in SCHEMA["$defs"] if name.startswith(f"{side}."))
    for side in ("client", "server")
}


@cache
def validator(name):
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{name}"}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def check_from_server(frame):
    """Raise for a frame the documentation does not describe."""
    validator(f"server.{frame['name']}").validate(frame)


def is_from_client(frame):
    """Whether the documentation lets a client send this."""
    name = f"client.{frame.get('name')}"
    return name in NAMES["client"] and validator(name).is_valid(frame)
