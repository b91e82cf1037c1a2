"""The file of a text's consents has the fields of ISO/IEC TS 27560, in the terms of DPV's public example."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from pyld import jsonld
from sqlalchemy.orm import Session

from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import WORDINGS, Purpose
from config import ROOT
from tests.acts import a_site, first_wordings, private_page, signed_in
from tests.factories import a_testimonial, the_article
from tests.visitor import Visitor

FIELDS = tomllib.loads((ROOT / "tests" / "data" / "consent_27560.toml").read_text(encoding="utf-8"))

IDENTITY = {"PUBLISHER_ADDRESS": "1 rue de l’Exemple, 35000 Exemple", "HOSTING_PROVIDER_ADDRESS": "2 rue de l’Hôte"}


def the_file(visitor: Visitor, testimonial: Testimonial) -> dict[str, Any]:
    answer = visitor.client.get(f"{private_page(testimonial)}/preuve.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    receipt: dict[str, Any] = json.loads(answer.data)
    return receipt


def by_purpose(receipt: dict[str, Any]) -> dict[str, dict[str, Any]]:
    records = receipt["dpv:hasRecordOfActivity"]
    return {record["dpv:hasProcess"]["dpv:hasPurpose"]["dct:identifier"]: record for record in records}


def values(node: Any, path: list[str]) -> Iterator[Any]:
    """Yield what stands at a path of keys, through lists."""
    if isinstance(node, list):
        for each in node:
            yield from values(each, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from values(node[path[0]], path[1:])


@pytest.fixture
def changed(app: Flask, session: Session) -> Testimonial:
    """Give a published text, whose author gave reuse, withdrew it and refused to be contacted."""
    app.config["IDENTITY"] = app.config["IDENTITY"] | IDENTITY
    testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    testimonial.answer(Purpose.REUSE, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
    session.commit()
    return testimonial


@pytest.mark.one_engine
def test_each_mandatory_field_of_a_record_has_its_counterpart(
    changed: Testimonial, visitor: Visitor, subtests: pytest.Subtests
) -> None:
    records = by_purpose(the_file(visitor, changed))
    assert records.keys() == {"publication", "reuse", "contact", "questions", "attestation"}
    for field, relation in FIELDS["record"].items():
        with subtests.test(field=field, relation=relation):
            for record in records.values():
                found = list(values(record, relation.split()))
                assert found, field
                assert all(found), field


@pytest.mark.one_engine
@pytest.mark.parametrize(("field", "relation"), FIELDS["receipt"].items(), ids=FIELDS["receipt"])
def test_each_mandatory_field_of_a_receipt_has_its_counterpart(
    changed: Testimonial, visitor: Visitor, field: str, relation: str
) -> None:
    found = list(values(the_file(visitor, changed), relation.split()))
    assert found, field
    assert all(found), field


@pytest.mark.one_engine
def test_its_terms_are_those_of_the_vocabulary(changed: Testimonial, visitor: Visitor) -> None:
    receipt = the_file(visitor, changed)
    used = set(re.findall(r'"dpv:(\w+)"', json.dumps(receipt)))
    assert used <= {*FIELDS["terms"]["classes"], *FIELDS["terms"]["properties"]}
    prefixes = set(re.findall(r'"([a-z-]+):[\w-]+"', json.dumps(receipt)))
    assert prefixes == {name for name in receipt["@context"] if ":" not in name}


@pytest.mark.one_engine
def test_a_processor_of_json_ld_follows_its_references(changed: Testimonial, visitor: Visitor) -> None:
    """A reference is an IRI, not words: those within the document lead to a node of it, the others outside."""
    (whole,) = jsonld.expand(receipt := the_file(visitor, changed))
    nodes = {node["@id"]: node for node in jsonld.flatten(receipt) if node.keys() > {"@id"}}
    document = whole["@id"].partition("#")[0]

    def led_to(node: dict[str, Any], relation: str) -> list[dict[str, Any]]:
        prefix, name = relation.split(":")
        return [nodes[each["@id"]] for each in node[f"{receipt['@context'][prefix]}{name}"]]

    keys = {"@id", "@type"}
    stated = [each for node in nodes.values() for key in node.keys() - keys for each in node[key]]
    words = [str(each["@value"]) for each in stated if "@value" in each]
    references = {str(each["@id"]) for each in stated if "@id" in each}
    assert [each for each in words if re.fullmatch(r"[a-z0-9-]+:\S+", each)] == []
    inner = {each for each in references if each.startswith((document, "http://localhost/#", "_:"))}
    assert inner <= nodes.keys()
    assert {each.partition(":")[0] for each in references - inner} == {"http", "https"}
    for record in led_to(whole, "dpv:hasRecordOfActivity"):
        (controller,) = led_to(record, "dpv:hasDataController")
        assert controller["@type"] == ["https://w3id.org/dpv#DataController"]
        assert led_to(whole, "dct:publisher") == [controller]
        (subject,) = led_to(record, "dpv:hasDataSubject")
        assert subject["@type"] == ["https://w3id.org/dpv#DataSubject"]
        notices = led_to(record, "dpv:hasNotice")
        for event in led_to(record, "dpv:hasConsentStatus"):
            assert led_to(event, "dpv:isIndicatedBy") == [subject]
            (notice,) = led_to(event, "dpv:hasNotice")
            assert notice in notices
            assert notice["@type"] == ["https://w3id.org/dpv#ConsentNotice"]
            (moment,) = event["https://w3id.org/dpv#isIndicatedAtTime"]
            assert moment["@type"] == "http://www.w3.org/2001/XMLSchema#dateTime"


def test_each_answer_is_an_event_on_words_that_the_file_holds(
    changed: Testimonial, session: Session, visitor: Visitor
) -> None:
    record = by_purpose(the_file(visitor, changed))["reuse"]
    events = record["dpv:hasConsentStatus"]
    assert [each["@type"][0] for each in events] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert [each["dpv:hasIndicationMethod"] for each in events] == ["dans le formulaire", "depuis la page privée"]
    assert [each["dct:description"] for each in events] == [
        "Enregistré par l’auteur·e, en envoyant le formulaire.",
        "Enregistré par l’auteur·e, depuis sa page privée.",
    ]
    lines = [line for line in changed.consents if line.purpose is Purpose.REUSE]
    assert [each["dpv:isIndicatedAtTime"] for each in events] == [
        line.at.isoformat(timespec="seconds") for line in lines
    ]
    assert {each["schema:about"]["schema:sha256"] for each in events} == {changed.latest.digest}
    notices = {each["@id"]: each for each in record["dpv:hasNotice"]}
    read = [notices[each["dpv:hasNotice"]] for each in events]
    assert [(each["schema:version"], each["schema:text"]) for each in read] == [(2, WORDINGS[Purpose.REUSE][2])] * 2
    refused = by_purpose(the_file(visitor, changed))["contact"]["dpv:hasConsentStatus"]
    assert [each["@type"][0] for each in refused] == ["dpv:ConsentRefused"]


def test_an_attestation_is_said_to_be_a_declaration(changed: Testimonial, visitor: Visitor) -> None:
    records = by_purpose(the_file(visitor, changed))
    declared = {
        name for name, record in records.items() if "dct:description" in record["dpv:hasProcess"]["dpv:hasPurpose"]
    }
    assert declared == {"attestation"}


def test_who_answers_how_long_and_how_to_withdraw(changed: Testimonial, session: Session, visitor: Visitor) -> None:
    record = by_purpose(the_file(visitor, changed))["publication"]
    (entity,) = record["dpv:hasEntity"]
    assert entity["dpv:hasName"] == "L’équipe d’En regard"
    assert entity["dpv:hasAddress"]["schema:streetAddress"] == "1 rue de l’Exemple, 35000 Exemple"
    assert entity["dpv:hasContact"]["schema:email"] == "contact@en-regard.invalid"
    assert entity["@id"] == record["dpv:hasDataController"]
    assert record["dpv:hasConsentStatus"][0]["dpv:hasDuration"]["rdf:value"] == "P36M"
    durations = list(values(record, ["dpv:hasProcess", "dpv:hasStorageCondition", "dpv:hasDuration", "rdf:value"]))
    assert durations == ["Jusqu’au retrait de l’accord, puis effacé", "P60M"]
    assert record["dpv:hasConsentControl"]["dpv:isExercisedAt"] == "http://localhost/mon-temoignage/nouveau-lien"
    assert record["dpv:hasJurisdiction"] == "loc:FR"
    assert record["dpv:hasProcess"]["schema:about"]["schema:name"] == the_article(session).title


@pytest.mark.one_engine
def test_recipients_are_those_that_the_wording_names(app: Flask, session: Session, visitor: Visitor) -> None:
    a_site(session, "site.exemple")
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        earlier = a_testimonial(session, reuse=True, email="avant@exemple.fr")
    later = a_testimonial(session, reuse=True)
    session.commit()

    def recipients(testimonial: Testimonial, purpose: str) -> list[str]:
        record = by_purpose(the_file(visitor, testimonial))[purpose]
        return list(values(record, ["dpv:hasProcess", "dpv:hasRecipient", "dct:title"]))

    page, site = "Qui lit la page de l’article", "Qui lit Le site de site.exemple (site.exemple)"
    assert recipients(earlier, "publication") == [page]
    assert recipients(later, "publication") == [page, site]
    assert recipients(earlier, "reuse") == ["Qui lit les documents du réseau"]
    assert recipients(later, "reuse") == [
        "Tout site et tout programme qui lit nos flux ouverts",
        "Qui lit les documents qui le reprennent",
    ]
    assert recipients(later, "contact") == recipients(later, "attestation") == ["L’équipe qui relit"]
    assert recipients(later, "questions") == ["Qui pose une question et reçoit une réponse de l’auteur·e"]


def test_the_desk_has_the_same_file(changed: Testimonial, session: Session, visitor: Visitor) -> None:
    own = the_file(visitor, changed)
    desk = signed_in(visitor, session).client.get(f"/moderation/{changed.public_id}/preuve.json").get_json()
    assert desk["dpv:hasRecordOfActivity"] == own["dpv:hasRecordOfActivity"]
    assert "mon-temoignage/nouveau-lien" in str(own)
    assert str(own).count("mon-temoignage/") == str(own).count("mon-temoignage/nouveau-lien"), "no private link"
