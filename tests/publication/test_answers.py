"""Who reads an answer: beneath its testimonial, where both are read, and nowhere else; on every outlet."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit import CLOCK
from app.catalog.visibility import Outlet, visible, visible_answers
from app.cli.catalog import differences
from app.db import now
from app.features.notices.acts import answer_right_of_reply
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import Notice, NoticeKind, Outcome
from app.testimonials.testimonial import Testimonial
from tests.acts import a_site, signed_in, stored
from tests.depth import DEPTH
from tests.factories import ROADS, a_notice, a_sent_answer, a_testimonial, an_editor, bring, by_editor
from tests.publication.outlets import addresses, keyed_addresses
from tests.visitor import Visitor

# « over »: its period has ended, and the scheduled job has not run yet.
PUBLISHED = ("published", "over", "hidden", "announced")
OF_ANSWER = (*(status.value for status in Status), "over", "hidden", "announced")
# What is answered was published: its address was confirmed.
NOT_PUBLISHED = [state for state in OF_ANSWER if state not in {"published", "unconfirmed", "announced"}]

LISTS = (
    *(f"/articles/crpv{each}?mots={word}" for each in ("", "/flux.atom") for word in ("zinzolin", "voisine")),
    "/sitemap.xml",
)


def bring_to(session: Session, text: Testimonial, state: str) -> Testimonial:
    """Bring an answer that was just sent, or a published testimonial, to a state by its real acts."""
    status, acts = Status.PUBLISHED if state in PUBLISHED else Status(state), 0
    if text.about is None:
        acts = 2
        if Action.PUBLISH not in ROADS[status]:
            for action in (Action.UNPUBLISH, Action.REOPEN):
                text.perform(action, by=by_editor(session))
            acts = 1
    bring(session, text, status, after=acts)
    if text.readable_from is not None and state != "announced":
        text.perform(Action.UNHIDE, by=CLOCK)
    if state == "over":
        text.published_until = now() - timedelta(seconds=1)
    if state == "hidden":
        session.flush()
        a_notice(session, text)
        text.perform(Action.HIDE, by=by_editor(session))
    session.flush()
    return text


def a_pair(session: Session, of_text: str, of_answer: str) -> tuple[Testimonial, Testimonial]:
    """Return a testimonial and its answer, each with a word of its own."""
    name = name_of(of_text, of_answer)
    facts: dict[str, Any] = {"title": f"Zinzolin {name[8:]}", "email": f"{name}@exemple.fr", "reuse": True}
    text = a_testimonial(session, status=Status.PUBLISHED, **facts)
    answer = a_sent_answer(session, text, account=f"{name}, tenu avec une équipe voisine. " * 2, reuse=True)
    bring_to(session, answer, of_answer)
    return bring_to(session, text, of_text), answer


def name_of(of_text: str, of_answer: str) -> str:
    """Return the word of an answer, which URLs, JSON and HTML do not escape."""
    return f"Amarante{of_text}{of_answer}fin".replace("_", "")


def ask(app: Flask, paths: Iterable[str]) -> dict[str, tuple[int, str]]:
    reader = app.test_client()
    answers = {path: reader.get(path, follow_redirects=True) for path in paths}
    return {path: (answer.status_code, answer.get_data(as_text=True)) for path, answer in answers.items()}


def the_addresses(app: Flask, key: str, *texts: Testimonial) -> set[str]:
    keyed = (path for each in texts for path in keyed_addresses(each, key))
    return {*addresses(app, *texts), *keyed, *LISTS, *(f"/temoignages/{each.public_id}/signaler" for each in texts)}


def is_of(path: str, *texts: Testimonial) -> bool:
    return any(each.public_id in path for each in texts)


def open_to(session: Session, outlet: Outlet) -> tuple[list[int], list[int]]:
    texts = session.scalars(visible(Testimonial.id, outlet=outlet)).all()
    return sorted(texts), [each.id for each in session.scalars(visible_answers(outlet=outlet))]


@pytest.mark.parametrize("of_text", ["published", *DEPTH.drawn(NOT_PUBLISHED)])
@pytest.mark.slow("every address of thirteen answers and of what they are about")
def test_an_answer_is_read_where_both_texts_are_published(app: Flask, session: Session, of_text: str) -> None:
    """The truth table: a testimonial in each state, an answer in each, and every address of every outlet."""
    pairs = {of_answer: a_pair(session, of_text, of_answer) for of_answer in OF_ANSWER}
    key = a_site(session).key
    session.commit()
    seen = [each.id for each, _ in pairs.values()] if of_text == "published" else []
    for outlet in Outlet:
        assert open_to(session, outlet) == (seen, [pairs["published"][1].id] if seen else [])
    answers = ask(app, the_addresses(app, key, *(text for pair in pairs.values() for text in pair)))
    for of_answer, (text, answer) in pairs.items():
        word = name_of(of_text, of_answer)
        expected = whole_at(text) if seen and of_answer == "published" else set()
        found = {path for path, (_, body) in answers.items() if word in body and "limite=1" not in path}
        assert found == expected, of_answer
        own = {path: code for path, (code, _) in answers.items() if is_of(path, answer) and "signaler" not in path}
        assert set(own.values()) == {404}, (of_answer, own)
    session.rollback()
    assert list(differences(session)) == []


def whole_at(text: Testimonial) -> set[str]:
    page, slug = f"/temoignages/{text.public_id}", text.latest.slug
    return {
        *(page, f"{page}-rien", f"{page}-{slug}", f"{page}-{slug}?situation=regular"),
        *("/api/v1/articles/crpv/testimonials", f"/api/v1/testimonials/{text.public_id}"),
        *("/articles/crpv/flux.atom", "/articles/crpv/flux.atom?region=53", "/articles/crpv/flux.atom?mots=zinzolin"),
    }


def test_an_answer_ends_with_its_period_whether_or_not_the_job_has_run(app: Flask, session: Session) -> None:
    text, answer = a_pair(session, "published", "published")
    session.commit()
    word, paths = name_of("published", "published"), whole_at(text)
    before = ask(app, paths)
    assert all(word in body for _, body in before.values())
    # Time passes: no flush sees it.
    ended = update(Testimonial).where(Testimonial.id == answer.id).values(published_until=now() - timedelta(seconds=1))
    session.execute(ended.execution_options(synchronize_session=False))
    session.commit()
    assert open_to(session, Outlet.OPEN) == ([text.id], [])
    app.extensions["page_cache"].plain.pages.clear()
    app.extensions["page_cache"].filtered.pages.clear()
    for path, (code, body) in ask(app, paths).items():
        assert code == 200
        assert word not in body, path
        assert "On y parlait de ce qui inquiète" in body or json.dumps("inquiète")[1:-1] in body


def test_who_follows_the_open_outlets_asks_again_once_an_answer_comes_or_leaves(app: Flask, session: Session) -> None:
    text, answer = a_pair(session, "published", "announced")
    session.commit()
    revision, address = text.revision, f"/api/v1/testimonials/{text.public_id}"

    def updated() -> datetime:
        session.commit()
        return datetime.fromisoformat(app.test_client().get(address).get_json()["updated_at"])

    before = datetime.fromisoformat(app.test_client().get(address).get_json()["published_at"])
    assert updated() == before, "nobody is told of what is announced"
    moments = [text.replied_at]
    for act in (partial(answer.perform, Action.UNHIDE, by=CLOCK), answer.withdraw):
        act()
        session.commit()
        moments.append(text.replied_at)
        assert updated() == (text.replied_at or before).replace(microsecond=0)
    nothing, shown, withdrawn = moments
    assert nothing is None
    assert shown is not None
    assert withdrawn is not None
    assert shown < withdrawn
    assert text.revision == revision, "no decision on what is answered becomes stale"


def test_a_right_of_reply_to_an_answer_stands_beneath_it(app: Flask, session: Session) -> None:
    text, answer = a_pair(session, "published", "published")
    facts = {"kind": NoticeKind.NAMED, "reply": "Je suis la gardienne voisine.", "passage": "équipe voisine"}
    notice = a_notice(session, answer, **facts)
    session.commit()
    editor, accepted = an_editor(session), Outcome.REPLY_ACCEPTED
    answer_right_of_reply(editor, answer, notice, accepted, revision=answer.revision, answer="La loi vous le donne.")
    session.commit()
    found = {path for path, (_, body) in ask(app, whole_at(text)).items() if facts["reply"] in body}
    assert f"/temoignages/{text.public_id}" in found
    given = app.test_client().get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert [each["words"] for each in given["answers"][0]["replies"]] == [facts["reply"]]
    assert given["answers"][0]["kind"] == "answer"
    assert given["replies"] == []
    body = app.test_client().get(f"/temoignages/{text.public_id}", follow_redirects=True).get_data(as_text=True)
    assert body.index(name_of("published", "published")) < body.index("Droit de réponse de Lou Exemple")
    assert list(differences(session)) == []


def test_a_notice_about_an_answer_is_sent_from_beneath_it(app: Flask, session: Session) -> None:
    text, answer = a_pair(session, "published", "published")
    session.commit()
    form = f"/temoignages/{answer.public_id}/signaler"
    reader = Visitor(app).get(f"/temoignages/{text.public_id}")
    assert reader.answer is not None
    assert f'href="{form}"' in reader.answer.get_data(as_text=True)
    assert "Signaler une réponse" in reader.get(form).text
    back = f"/temoignages/{text.public_id}"
    assert reader.page.select(f'main a[href^="{back}-"]'), "an answer has no page to come back to"
    reader.get(f"{form}?motif=personal_data")
    facts = {"passage": "avec une équipe voisine", "words": "C’est la mienne.", "name": "Lou", "email": "l@exemple.fr"}
    reader.fill(**facts, in_good_faith="y").press("Envoyer le signalement")
    assert reader.page.select(f'main a[href="{back}"]')
    (notice,) = stored(session, Notice)
    assert (notice.testimonial_id, notice.digest) == (answer.id, answer.shown_digest)
    assert (text.noticed_at, answer.noticed_at) == (None, notice.at)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{answer.public_id}")
    assert [each.text.strip() for each in editor.page.select(".pairs mark")] == ["avec une équipe voisine"]
    editor.fill(reason="masque-tiers_identifiable", message="Nous le vérifions.")
    editor.press("Masquer en attendant")
    for path, (code, body) in ask(app, whole_at(text)).items():
        assert code == 200
        assert name_of("published", "published") not in body, path
    gone = Visitor(app).get(f"/temoignages/{answer.public_id}/signaler")
    assert gone.status == 404
    assert "ne se lit pas pour le moment" in gone.text


@pytest.mark.parametrize("of_answer", ["pending", "announced", "withdrawn"])
def test_what_nobody_reads_is_not_reported(app: Flask, session: Session, of_answer: str) -> None:
    _, answer = a_pair(session, "published", of_answer)
    session.commit()
    reader = Visitor(app).get(f"/temoignages/{answer.public_id}/signaler")
    assert reader.status == (410 if of_answer == "withdrawn" else 404)
    assert "pour le moment" not in reader.text, "what is announced is told to nobody"
