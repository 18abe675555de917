"""The colour tokens keep their promises, and the templates name only what exists."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from django.template.loader import get_template

from mediation.core.templatetags.heyi import TONE_ICONS

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static/css/tokens.css").read_text()
BLOCK = re.compile(r"(:root[^{]*)\{([^}]*)\}")
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")

TEXT = ("ink", "ink-soft", "link", "link-visited", "brand-ink", "error")
TEXT_PAIRS = [
    *product(TEXT, ("paper", "surface")),
    *((tone, f"{tone}-tint") for tone in ("error", "success", "attention", "waiting")),
    *product(("ink", "ink-soft"), ("brand-tint", "private-tint", "ended-tint", "attention-tint")),
    ("private", "private-tint"),
    ("brand-ink", "brand-tint"),
    ("link", "brand-tint"),
    ("on-brand", "brand"),
    ("on-brand", "brand-deep"),
    ("on-error", "error"),
    ("on-error", "error-deep"),
    ("on-focus", "focus"),
]
EDGE_PAIRS = [*product(("field-border",), ("paper", "surface"))]


def _blocks() -> list[dict[str, str]]:
    found = [dict(COLOUR.findall(body)) for _selector, body in BLOCK.findall(TOKENS)]
    return [block for block in found if "brand" in block]


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of an sRGB colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", _blocks()[:2], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_has_contrast_of_at_least_4_5(palette, text, ground):
    assert _contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", _blocks()[:2], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_of_controls_have_contrast_of_at_least_3(palette, edge, ground):
    assert _contrast(palette[edge], palette[ground]) >= 3


def test_chosen_dark_equals_the_devices_dark():
    _light, device, chosen = _blocks()
    assert device == chosen


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A page that is one file for keeping holds its own style and script, under a policy of hashes.
ONE_FILE = ROOT / "templates/verification/checker.html"
SERVED = [path for path in TEMPLATES if "pdf" not in path.parts and path != ONE_FILE]
ICONS = set(json.loads((ROOT / "frontend/icons.json").read_text()))
NAMED_ICON = re.compile(
    r"""\{% icon "([\w-]+)"|icon="([\w-]+)"|_icon\.html" with name="([\w-]+)\""""
)
INCLUDED = re.compile(r"""\{% (?:include|extends) "([^"]+)\"""")
INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+=|href="javascript:|<script(?![^>]*\bsrc=)""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_names_only_icons_we_ship(path):
    named = {name for groups in NAMED_ICON.findall(path.read_text()) for name in groups if name}
    assert named <= ICONS


def test_every_tone_has_an_icon_we_ship():
    assert set(TONE_ICONS.values()) <= ICONS


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_includes_only_what_exists(path):
    for name in INCLUDED.findall(path.read_text()):
        get_template(name)


@pytest.mark.parametrize("path", SERVED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_carries_no_inline_script_or_style(path):
    assert INLINE.findall(path.read_text()) == []


def test_every_component_is_on_the_living_page_or_part_of_one_that_is():
    reached, waiting = set(), ["core/style.html", "base.html", "django/forms/field.html"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        source = (ROOT / "templates" / name).read_text()
        found = {part for part in INCLUDED.findall(source) if part.startswith("components/")}
        waiting += found - reached
    drawn_by_tags = {"components/_deadline.html", "components/_error_help.html"}
    parts = {f"components/{path.name}" for path in (ROOT / "templates/components").glob("*.html")}
    assert parts - reached == drawn_by_tags


@pytest.mark.parametrize("name", ["400", "403", "404", "429", "500", "refusal"])
def test_an_error_page_can_be_drawn_when_all_else_failed(name):
    assert "<h1" in get_template(f"errors/{name}.html").render()
