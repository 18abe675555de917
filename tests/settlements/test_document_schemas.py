"""The published schemas describe the data in the documents, and the XML says what the JSON says."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from django.conf import settings
from django.core.management import call_command
from lxml import etree

from mediation.settlements.document.render import attachments
from mediation.settlements.document.schemas import json_schema, xml_schema
from mediation.settlements.document.terms import (
    ORAL_SCHEMA,
    SCHEMAS,
    Authority,
    Guarantor,
    Language,
    Representative,
    Superseded,
)
from mediation.settlements.document.terms_json import TermsUnreadable, from_json, to_json
from mediation.settlements.document.terms_xml import namespace, to_xml
from tests.settlements.document_samples import SAMPLES

PUBLISHED = Path(settings.BASE_DIR) / "docs" / "schemas"


def complete(language, schema):
    """Terms in which every field says something."""
    terms = SAMPLES[language](schema=schema)
    person = Representative(
        name="Luc Moreau", authority=Authority.SPECIAL, document="Power of attorney of 3 May 2026"
    )
    parties = (terms.parties[0], replace(terms.parties[1], representative=person))
    obligations = tuple(replace(one, evidence="A photograph") for one in terms.obligations)
    guarantor = Guarantor(
        id="g1",
        name="Rosa Keller",
        obligations=(obligations[0].id,),
        amount=Decimal("500.00"),
        currency="CHF",
        address="3 Seeweg, 8002 Zürich",
        document="Written guarantee of 3 November 2026",
    )
    return replace(
        terms,
        parties=parties,
        obligations=obligations,
        guarantors=(guarantor,),
        cooling_off_days=3,
        supersedes=Superseded(agreement_no="LV-2025-0001", sha256="ab" * 32),
    )


every = pytest.mark.parametrize(
    "terms",
    [complete(language, schema) for language in Language for schema in SCHEMAS],
    ids=lambda terms: f"{terms.schema}-{terms.language}",
)


@every
def test_the_data_is_valid_in_both_forms(terms):
    jsonschema.validate(json.loads(to_json(terms)), json_schema(terms.schema))
    document = etree.fromstring(to_xml(terms))
    etree.XMLSchema(etree.fromstring(xml_schema(terms.schema))).assertValid(document)


@every
def test_another_value_or_field_is_not_valid(terms):
    tree = json.loads(to_json(terms))
    for changed in (
        {**tree, "stranger": ""},
        {**tree, "scope": "most of it"},
        {key: value for key, value in tree.items() if key != "facts_summary"},
        {**tree, "obligations": [{**tree["obligations"][0], "amount": 12.5}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, json_schema(terms.schema))
    schema = etree.XMLSchema(etree.fromstring(xml_schema(terms.schema)))
    document = etree.fromstring(to_xml(terms))
    document.find(f"{{{namespace(terms.schema)}}}scope").text = "most of it"
    assert not schema.validate(document)


@every
def test_the_xml_says_what_the_json_says(terms):
    in_json = sorted(filter(None, texts_in(json.loads(to_json(terms)))))
    texts = (element.text for element in etree.fromstring(to_xml(terms)).iter())
    assert sorted(filter(None, texts)) == in_json
    assert len(in_json) > 50


def texts_in(value):
    if isinstance(value, dict | list):
        kids = value.values() if isinstance(value, dict) else value
        for kid in kids:
            yield from texts_in(kid)
    elif value is not None:
        yield str(value)


def test_what_a_later_schema_added_is_no_part_of_an_earlier_one():
    old = complete(Language.ENGLISH, "heyi-settlement-1")
    assert b"evidence" not in to_json(old) + to_xml(old)
    tree = json.loads(to_json(old))
    tree["obligations"][0]["evidence"] = "smuggled in"
    with pytest.raises(TermsUnreadable, match="evidence"):
        from_json(json.dumps(tree).encode())


@pytest.mark.parametrize("name", ["guarantors", "cooling_off_days", "supersedes"])
def test_an_agreement_of_schema_2_has_nothing_of_schema_3(name):
    old = complete(Language.CHINESE, "heyi-settlement-2")
    assert name.encode() not in to_json(old) + to_xml(old)
    tree = json.loads(to_json(old))
    tree[name] = json.loads(to_json(complete(Language.CHINESE, "heyi-settlement-3")))[name]
    with pytest.raises(TermsUnreadable, match=name):
        from_json(json.dumps(tree).encode())


def test_no_document_is_made_of_the_record_of_an_oral_agreement():
    record = complete(Language.ENGLISH, ORAL_SCHEMA)
    assert from_json(to_json(record)) == record
    with pytest.raises(KeyError):
        attachments(record)


def test_published_schemas_are_those_of_the_code(tmp_path):
    """If this fails: `manage.py write_schemas`. A published schema is never changed otherwise."""
    call_command("write_schemas", out=tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = [*PUBLISHED.glob("heyi-settlement-*"), *PUBLISHED.glob("heyi-oral-record-*")]
    assert made == {path.name: path.read_bytes() for path in kept}
