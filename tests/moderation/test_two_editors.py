"""Two editors in two browsers: the second act is stale, shows the first one, and keeps the words typed."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.mail.outbox import Email
from app.moderation import holds
from app.testimonials import erasure
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, private_page, reload
from tests.concurrency import together
from tests.depth import DEPTH
from tests.factories import ACCOUNT, an_editor
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

OTHER = "omar@ville-exemple.fr"
WORDS = "Des mots à ne pas perdre."


# Acts on a pending text: the page, the fields filled in, the button.
ACTS: Mapping[str, tuple[str, dict[str, str], str]] = {
    "publish": ("", {"message": WORDS}, "Publier"),
    "keep": ("", {"message": WORDS}, "Garder"),
    "decline": ("", {"message": WORDS, "reason": "promotion"}, "Refuser"),
    "decline without a reason": ("", {"message": WORDS}, "Refuser"),
    "ask": ("/demander", {"ask_account": WORDS}, "Envoyer la demande"),
    "ask nothing": ("/demander", {"message": WORDS}, "Envoyer la demande"),
    "correct": ("/relire", {"title": "Trois après-midis", "message": WORDS, "kind": "correction"}, "Enregistrer"),
    "rewrite": ("/relire", {"account": f"{ACCOUNT} {WORDS}", "kind": "rewriting"}, "Enregistrer"),
    "look first": ("/relire", {"title": WORDS, "kind": "correction"}, "Voir ce qui change"),
    "say nothing of it": ("/relire", {"title": WORDS}, "Enregistrer"),
}
# The acts that change something.
FIRST = ("publish", "keep", "decline", "ask", "correct", "rewrite")


def test_a_second_act_is_stale_and_keeps_its_words(
    app: Flask, pair: tuple[Visitor, Visitor], session: Session, subtests: pytest.Subtests
) -> None:
    for first in DEPTH.drawn(FIRST):
        with subtests.test(first=first):
            refuse_the_second(app, pair, session, first)


def refuse_the_second(app: Flask, pair: tuple[Visitor, Visitor], session: Session, first: str) -> None:
    """One editor acts on a text after the other has opened all its pages; each act of the other is refused."""
    nadia, omar = pair
    testimonial = committed(session)
    here = f"/moderation/{testimonial.public_id}"
    windows = {}
    for name, (suffix, typed, _) in ACTS.items():
        windows[name] = Visitor(app)
        windows[name].client = omar.client
        windows[name].get(here + suffix).fill(**typed)
    suffix, typed, button = ACTS[first]
    nadia.get(here + suffix).fill(**typed).press(button)
    assert nadia.status == 200
    session.rollback()
    before = (testimonial.revision, testimonial.status, testimonial.current_number, len(testimonial.events))
    sentence = testimonial.events[-1].sentence({testimonial.events[-1].user_id or 0: "Nadia Exemple"})
    emails = session.scalars(select(Email.id)).all()
    for name, (_, _, button) in ACTS.items():
        window = windows[name].press(button)
        assert window.status == 409, name
        assert "a changé entre-temps" in window.text, name
        assert sentence in window.text, f"{name}: the first act is shown"
        (leads,) = window.page.select("main a.button")
        assert (leads["href"], leads.get_text()) == (here, "Voir où en est ce retour"), "« Rouvrir » is a decision"
        assert "rouvr" not in window.text.casefold()
        assert WORDS in window.page.select("textarea")[0].get_text(), f"{name}: the words can be copied"
    session.rollback()
    after = (testimonial.revision, testimonial.status, testimonial.current_number, len(testimonial.events))
    assert after == before
    assert session.scalars(select(Email.id)).all() == emails


def test_of_two_concurrent_decisions_one_is_taken(pair: tuple[Visitor, Visitor], session: Session) -> None:
    nadia, omar = pair
    testimonial = committed(session)
    for each in pair:
        each.get(f"/moderation/{testimonial.public_id}")
    omar.fill(reason="promotion")
    together(lambda: nadia.press("Publier"), lambda: omar.press("Refuser"))
    assert sorted(each.status for each in pair) == [200, 409]
    assert [each.kind for each in reload(session, testimonial).events].count(Kind.PUBLISH) == (nadia.status == 200)
    assert testimonial.status is (Status.PUBLISHED if nadia.status == 200 else Status.DECLINED)
    assert len(testimonial.decisions) == 1


def test_a_decision_undone_twice_at_once_is_undone_once(pair: tuple[Visitor, Visitor], session: Session) -> None:
    nadia, omar = pair
    testimonial = committed(session)
    nadia.get(f"/moderation/{testimonial.public_id}").press("Garder")
    omar.get(f"/moderation/{testimonial.public_id}")
    together(lambda: nadia.press("Annuler"), lambda: omar.press("Annuler"))
    assert sorted(each.status for each in pair) == [200, 409]
    assert reload(session, testimonial).status is Status.PENDING
    assert [each.kind for each in testimonial.events].count(Kind.TAKE_BACK) == 1


def test_undoing_and_withdrawing_at_once_ends_withdrawn(
    app: Flask, pair: tuple[Visitor, Visitor], session: Session
) -> None:
    editor, _ = pair
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").press("Publier")
    author = Visitor(app).get(private_page(testimonial))
    together(lambda: editor.press("Annuler"), lambda: author.press("Retirer mon texte"))
    assert author.status == 200
    session.rollback()
    taken_back = Kind.TAKE_BACK in [event.kind for event in testimonial.events]
    assert editor.status == (200 if taken_back else 409)
    assert testimonial.status is Status.WITHDRAWN
    assert testimonial.shown_number is None


def test_undoing_too_late_shows_an_error(app: Flask, pair: tuple[Visitor, Visitor], session: Session) -> None:
    editor, _ = pair
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").press("Publier")
    app.config["UNDO_PERIOD"] = timedelta(0)
    editor.press("Annuler")
    assert editor.status == 409
    assert "ne s’annule plus" in editor.text
    assert "Texte publié par Nadia Exemple." in editor.text
    assert reload(session, testimonial).status is Status.PUBLISHED


def test_an_act_on_a_withdrawn_or_erased_text_keeps_its_words(
    pair: tuple[Visitor, Visitor], session: Session, subtests: pytest.Subtests
) -> None:
    editor, _ = pair
    acts: tuple[Callable[[Testimonial], None], ...] = (Testimonial.withdraw, erasure.erase_testimonial)
    for act, name in product(acts, ("correct", "rewrite", "ask", "publish")):
        with subtests.test(act=act.__name__, name=name):
            testimonial = committed(session)
            suffix, typed, button = ACTS[name]
            editor.get(f"/moderation/{testimonial.public_id}{suffix}").fill(**typed)
            act(testimonial)
            session.commit()
            editor.press(button)
            assert editor.status == 409
            assert "par l’auteur·e" in editor.text
            assert WORDS in editor.page.select("textarea")[0].get_text()


def test_a_note_about_an_erased_text_is_refused(pair: tuple[Visitor, Visitor], session: Session) -> None:
    editor, _ = pair
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").fill(words="Appeler Camille.")
    erasure.erase_testimonial(testimonial)
    session.commit()
    editor.press("Ajouter la note")
    assert editor.status == 403
    assert reload(session, testimonial).remarks == []


def test_of_two_concurrent_holds_one_stays_and_only_its_owner_releases_it(
    pair: tuple[Visitor, Visitor], session: Session
) -> None:
    nadia, omar = pair
    testimonial = committed(session)
    for each in pair:
        each.get(f"/moderation/{testimonial.public_id}")
    together(lambda: nadia.press("Je m’en occupe"), lambda: omar.press("Je m’en occupe"))
    assert [each.status for each in pair] == [200, 200]
    nadia.get(f"/moderation/{testimonial.public_id}")
    if "Vous lisez" not in nadia.text:
        nadia.press("Je m’en occupe")
    omar.get(f"/moderation/{testimonial.public_id}").press("Je m’en occupe")
    nadia.press("Le laisser")
    session.rollback()
    assert holds.holds_on(session, [testimonial.id])[testimonial.id].user_id == an_editor(session, email=OTHER).id
    assert "Omar Exemple lit ce texte" in nadia.text
    assert "Vous lisez" in omar.text
    assert "lisez" not in omar.press("Le laisser").text
    session.rollback()
    assert holds.holds_on(session, [testimonial.id]) == {}
