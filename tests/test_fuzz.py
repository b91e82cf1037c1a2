"""Fuzzing of every form: any text, missing, repeated and unknown fields give no 500 and no partial write."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from wtforms.fields.core import UnboundField

from app import create_app
from app.accounts.models import Role
from app.db import Base, db
from app.forms import Form
from app.testimonials.lifecycle import Status
from config import Testing
from tests.acts import committed, private_token, signed_in
from tests.depth import DEPTH
from tests.factories import an_editor
from tests.visitor import Visitor


def forms_of(kind: type[Form]) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from forms_of(each)


# Fields of the forms, and unknown ones.
ASKED = {name for form in forms_of(Form) for name, field in vars(form).items() if isinstance(field, UnboundField)}
NAMES = st.sampled_from([*sorted(ASKED), "step", "csrf_token", "inconnu", "", "é"])
WORDS = st.one_of(
    st.sampled_from(
        [
            *("", "y", "yes", "no", "on", "0", "-1", "1", "2147483648", "1e309", "NaN", "null", "[]", "{}", "true"),
            *("send", "preview", "edit", "save", "rename", "raise", "add", "retire", "qualification"),
            *("publish", "decline", "erase", "autre", "regular", "35", "resovilles", "full"),
            *("a@b.fr", "a@b", "https://exemple.fr", "javascript:x", "%s", "{}"),
            *("2026-11-25", "9999-12-31", "0000-00-00"),
            *("a" * 2500, "é" * 200, "\u202e", "\ud7ff", "\U0001f600" * 50, "\r\n" * 200),
            *("' OR 1=1 --", "../../etc/passwd"),
        ]
    ),
    st.text(max_size=300),
    st.integers().map(str),
    st.floats().map(str),
)
QUESTIONS = st.sampled_from(
    [
        *("situation", "region", "articulation", "partner", "mots", "etat", "apres", "avant", "kind", "actor"),
        *("account", "since", "until", "page", "texte", "url", "format", "maxwidth", "article", "ordre", "next"),
        *("inconnu", "é", ""),
    ]
)
FIELDS = st.lists(st.tuples(NAMES, WORDS), max_size=25)


@pytest.fixture
def unlimited(database: str, app: Flask) -> Iterator[Flask]:
    settings = Testing(instance=app.config["INSTANCE"], database=database)
    settings.RATELIMIT_ENABLED = False
    app = create_app(settings)
    app.test_client_class = Visitor(app).client.__class__
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def contents(session: Session) -> dict[str, list[str]]:
    """Return every row, but those that a refusal writes on purpose: rate counters and failed sign-ins."""
    session.rollback()
    rows = {
        table.name: sorted(str(tuple(row)) for row in session.execute(table.select()))
        for table in Base.metadata.sorted_tables
        if table.name not in {"rate_counter", "attempts", "audit_event"}
    }
    session.rollback()
    return rows


@pytest.mark.both_engines
@pytest.mark.changes_content
@pytest.mark.slow("generated requests")
def test_no_generated_form_breaks_or_writes_in_part(unlimited: Flask, session: Session) -> None:
    an_editor(session, role=Role.ADMIN)
    testimonial = committed(session)
    shown = committed(session, status=Status.PUBLISHED, email="b@exemple.fr", questions=True)
    paths = {
        "slug": "crpv",
        "public_id": testimonial.public_id,
        "token": private_token(testimonial),
    }
    stranger, admin = Visitor(unlimited), Visitor(unlimited)
    signed_in(admin, session)
    tokens = {admin: admin.get("/moderation").csrf_token, stranger: stranger.get("/articles/crpv/temoigner").csrf_token}
    # Notices and questions need a published testimonial.
    of_shown = paths | {"public_id": shown.public_id}

    def path(rule: Rule) -> str:
        known = of_shown if re.search("notice|colleague_questions", rule.endpoint) else paths
        return re.sub(r"<(?:[^>]*:)?(\w+)>", lambda name: known.get(name[1], "1"), rule.rule)

    forms = [
        path(rule)
        for rule in unlimited.url_map.iter_rules()
        # Signing out and erasing would end the sequence.
        if "POST" in (rule.methods or set()) and rule.endpoint not in {"accounts.sign_out", "private_page.erase"}
    ]
    assert len(forms) >= 30
    assert len(ASKED) >= 50

    @settings(max_examples=DEPTH.rounds(150), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(form=st.sampled_from(forms), who=st.sampled_from([stranger, admin]), fields=FIELDS)
    def send(form: str, who: Visitor, fields: list[tuple[str, str]]) -> None:
        data: dict[str, list[str]] = {"csrf_token": [tokens[who]]}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        before = contents(session)
        answer = who.client.post(form, data=data)
        assert answer.status_code in {200, 302, 303, 400, 403, 404, 409, 413, 415, 422}, f"{form}: {answer.status}"
        assert answer.status_code < 400 or contents(session) == before, f"{form}: {answer.status}, and written"

    send()


@pytest.mark.both_engines
@pytest.mark.slow("generated requests")
def test_no_generated_address_breaks(unlimited: Flask, session: Session) -> None:
    an_editor(session, role=Role.ADMIN)
    session.commit()
    admin = signed_in(Visitor(unlimited), session)
    pages = [
        rule.rule.replace("<slug>", "crpv")
        for rule in unlimited.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and "<" not in rule.rule.replace("<slug>", "")
    ]
    assert len(pages) >= 30

    @settings(max_examples=DEPTH.rounds(150), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(page=st.sampled_from(pages), query=st.lists(st.tuples(QUESTIONS, WORDS), max_size=8))
    def ask(page: str, query: list[tuple[str, str]]) -> None:
        code = admin.client.get(page, query_string=query).status_code
        # oEmbed's status for an unsupported format.
        assert code < 500 or (code == 501 and page == "/oembed"), f"{page}: {code}"

    ask()
