"""Editing a text at the desk, asking its author, noting, and comparing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.permissions import PERMISSIONS, AccessLevel
from app.audit import ActorKind
from app.db import now
from app.french import paris_time, plain
from app.mail.messages import Message
from app.mail.outbox import Email
from app.moderation.review.editing import MASK, mask
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.remarks import RemarkKind
from app.testimonials.versions import Approval
from tests.acts import committed, private_page
from tests.factories import ACCOUNT, an_editor
from tests.visitor import Visitor


def reload(session: Session, testimonial: Testimonial) -> Testimonial:
    session.rollback()
    return testimonial


def emails(session: Session, testimonial: Testimonial) -> list[Message]:
    return list(session.scalars(select(Email.message).where(Email.testimonial_id == testimonial.id).order_by(Email.id)))


@pytest.mark.parametrize("page", ["relire", "demander"])
def test_asking_for_the_head_of_a_page_is_reading_it(editor: Visitor, session: Session, page: str) -> None:
    path = f"/moderation/{committed(session).public_id}/{page}"
    assert editor.client.head(path).status_code == editor.client.get(path).status_code == 200


def test_a_correction_is_covered_by_the_consent_and_told(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        title="Trois après-midis", kind="correction", message="Un pluriel."
    )
    editor.press("Enregistrer")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    reload(session, testimonial)
    assert testimonial.status is Status.PENDING
    latest = testimonial.latest
    assert (latest.made_by, latest.approval, latest.title) == (
        ActorKind.EDITOR,
        Approval.UNDER_CONSENT,
        "Trois après-midis",
    )
    assert testimonial.versions[0].title == "Trois après-midi", "the original is kept"
    assert emails(session, testimonial)[-1] is Message.EDITED
    editor.press("Publier")
    assert reload(session, testimonial).shown_number == 2


def test_a_correction_of_a_published_text_stands_at_once(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    until = testimonial.published_until
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        account=ACCOUNT.replace("gardiens d’immeuble", "[[gardiens d’immeuble]]"), kind="correction"
    )
    editor.press("Enregistrer")
    assert MASK in editor.get("/articles/crpv").text + editor.get(f"/temoignages/{testimonial.public_id}").text
    assert "gardiens d’immeuble" not in editor.text
    assert reload(session, testimonial).published_until == until
    assert not testimonial.has_new_version


def test_a_correction_of_a_new_version_does_not_publish_it(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    amended = testimonial.latest.edited(title="Un titre nouveau")
    amended.made_by = ActorKind.AUTHOR
    testimonial.amend(amended, {}, seen=amended.compute_digest())
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title="Un titre neuf", kind="correction")
    editor.press("Enregistrer")
    assert reload(session, testimonial).shown_number == 1
    assert testimonial.has_new_version


@pytest.mark.parametrize("status", [Status.PENDING, Status.PUBLISHED])
def test_what_is_written_with_a_correction_is_kept_where_it_is_read(
    editor: Visitor, session: Session, status: Status
) -> None:
    testimonial = committed(session, status=status)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        title="Trois après-midis", kind="correction", message="Un pluriel, à votre première ligne."
    )
    editor.press("Enregistrer")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    (section,) = author.page.select("section[aria-labelledby=corrections]")
    assert "Un pluriel, à votre première ligne." in section.get_text()
    assert author.get(f"{private_page(testimonial)}/mes-donnees").text.count("Un pluriel, à votre première ligne.") == 1
    editor.get(f"/moderation/{testimonial.public_id}")
    (section,) = editor.page.select("section[aria-labelledby=dit]")
    assert "Un pluriel, à votre première ligne." in section.get_text()
    assert editor.text.count("Un pluriel, à votre première ligne.") == 1


def amended(session: Session, title: str) -> Testimonial:
    """Give a published text that its author has changed since."""
    testimonial = committed(session, status=Status.PUBLISHED)
    changed = testimonial.latest.edited(title=title)
    changed.made_by = ActorKind.AUTHOR
    testimonial.amend(changed, {}, seen=changed.compute_digest())
    session.commit()
    return testimonial


def set_aside(session: Session, editor: Visitor) -> Testimonial:
    """Give a published text whose author's new version was not taken."""
    testimonial = amended(session, "Un titre écarté")
    editor.get(f"/moderation/{testimonial.public_id}").fill(message="Gardons le titre d’avant.")
    editor.press("Garder la version publiée")
    return reload(session, testimonial)


def test_a_correction_starts_from_what_readers_see(editor: Visitor, session: Session) -> None:
    testimonial = set_aside(session, editor)
    editor.get(f"/moderation/{testimonial.public_id}/relire")
    assert editor.page.select("[name=title]")[0]["value"] == "Trois après-midi"
    assert "Un titre écarté" not in editor.text
    editor.fill(outcome="Un mot de plus.", kind="correction").press("Voir ce qui change")
    assert "Un titre écarté" not in editor.text
    editor.press("Enregistrer")
    shown = reload(session, testimonial).shown
    assert shown is not None
    assert (shown.number, shown.title, shown.outcome) == (3, "Trois après-midi", "Un mot de plus.")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "Un titre écarté" not in author.text, "a correction is compared with what it corrected"


def test_it_is_said_when_saving_publishes_at_once(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    editor.get(f"/moderation/{testimonial.public_id}/relire")
    assert "paraît aussitôt" in editor.text
    assert editor.page.select("[name=due]") == [], "no rewriting is offered, so no answer is waited for"
    editor.get(f"/moderation/{committed(session, email='b@exemple.fr').public_id}/relire")
    assert "paraît aussitôt" not in editor.text
    assert editor.page.select("[name=due]")


def test_a_new_version_is_said_to_wait_and_to_take_the_shown_one_s_place(editor: Visitor, session: Session) -> None:
    testimonial = amended(session, "Un titre nouveau")
    testimonial.published_at = now() - timedelta(days=3)
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}")
    head = editor.page.select(".review__head")[0]
    said = " ".join(head.get_text().split())
    assert "publié depuis 3 jours" in said
    assert "Nouvelle version à relire depuis" in said
    assert head.select("[href$='/versions/1-2']")
    assert "prend aussitôt la place de celle que l’article montre" in editor.text.replace("\u202f", " ")
    editor.press("Publier la nouvelle version")
    assert reload(session, testimonial).shown_number == 2


def test_a_new_version_is_not_set_aside_without_a_word(editor: Visitor, session: Session) -> None:
    testimonial = amended(session, "Un titre nouveau")
    editor.get(f"/moderation/{testimonial.public_id}").press("Garder la version publiée")
    assert editor.status == 422
    assert "pourquoi sa nouvelle version n’est pas prise" in editor.text
    assert reload(session, testimonial).has_new_version


def test_what_was_set_aside_does_not_stand_for_what_readers_see(editor: Visitor, session: Session) -> None:
    testimonial = set_aside(session, editor)
    page = editor.get(f"/moderation/{testimonial.public_id}").page
    assert page.select("h1")[0].get_text(strip=True) == "Trois après-midi"
    (shown,) = page.select(":has(> #tel-qu-il-parait)")
    assert "Ce que l’article montre " in f"{shown.get_text()} ".replace("\n", " ")
    assert "Un titre écarté" not in shown.get_text()
    versions = [" ".join(each.get_text().split()) for each in page.select("#versions ~ ol p:first-child")]
    assert versions[0].startswith("Version 2, de l’auteur·e, écartée")
    assert versions[1].startswith("Version 1, de l’auteur·e, publiée")
    assert "Un titre écarté" not in editor.get("/moderation?etat=published").text
    assert "Trois après-midi" in editor.text


def test_a_rewriting_waits_for_a_signature(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    due = paris_time(now()) + timedelta(days=5)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        account=f"{ACCOUNT} Douze personnes sont venues.", kind="rewriting", due=due.isoformat()
    )
    editor.press("Enregistrer")
    reload(session, testimonial)
    assert testimonial.status is Status.PROOF_SENT
    assert testimonial.latest.approval is None
    assert testimonial.due_at is not None
    assert paris_time(testimonial.due_at) == due
    assert emails(session, testimonial)[-1] is Message.PROOF_SENT
    assert "rappeler" in editor.get(f"/moderation/{testimonial.public_id}").text
    editor.press("Rappeler le bon à tirer")
    assert reload(session, testimonial).status is Status.PENDING
    assert emails(session, testimonial)[-1] is Message.PROOF_RECALLED
    editor.get(f"/moderation/{testimonial.public_id}").press("Envoyer le bon à tirer")
    assert reload(session, testimonial).status is Status.PROOF_SENT


def test_one_sees_what_would_change_before_saving(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title="Quatre matinées", kind="correction")
    editor.press("Voir ce qui change")
    assert "[ajouté : Quatre" in editor.text
    assert reload(session, testimonial).current_number == 1, "looking stores nothing"
    assert editor.page.select("[name=title]")[0]["value"] == "Quatre matinées"


def test_what_the_author_chose_is_no_matter_of_spelling(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(attribution="full", kind="correction")
    editor.press("Enregistrer")
    assert editor.status == 422
    assert "est une réécriture" in editor.text
    assert reload(session, testimonial).current_number == 1


def test_saving_without_a_change_is_said(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(kind="correction").press("Enregistrer")
    assert editor.status == 422
    assert "Rien n’a changé" in editor.text


def test_an_edit_that_comes_second_is_refused_with_its_words(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title="Le second titre", kind="correction")
    changed = testimonial.latest.edited(title="Le premier titre")
    testimonial.amend(changed, {}, seen=changed.compute_digest())
    session.commit()
    editor.press("Enregistrer")
    assert editor.status == 409
    assert "Le second titre" in str(editor.page)
    assert reload(session, testimonial).latest.title == "Le premier titre"


def test_what_is_not_to_be_read_is_not_edited(editor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    for status in (Status.DECLINED, Status.WITHDRAWN, Status.PROOF_SENT, Status.ERASED):
        with subtests.test(status=status):
            testimonial = committed(session, status=status)
            assert editor.get(f"/moderation/{testimonial.public_id}/relire").status == 409


def test_what_may_not_appear_is_not_edited(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, publish=False)
    assert editor.get(f"/moderation/{testimonial.public_id}/relire").status == 409


def test_masking_takes_the_shortest_passage() -> None:
    assert mask("Avec [[M. X]] et [[Mme\nY]], au centre.") == f"Avec {MASK} et {MASK}, au centre."
    assert mask("Un crochet [seul] reste.") == "Un crochet [seul] reste."


UNPAIRED = (
    *("[[Trois journées de [[formation]] ont été organisées]]", "[[non fermé", "jamais ouvert]]", "[[un]] ]] [[deux"),
)


def test_brackets_that_do_not_pair_are_refused_with_the_words(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    for words in UNPAIRED:
        with subtests.test(words=words):
            editor.get(f"/moderation/{testimonial.public_id}/relire").fill(outcome=words, kind="correction")
            editor.press("Enregistrer")
            assert editor.status == 422
            assert "Fermez chaque passage à masquer avant d’en ouvrir un autre" in editor.text
            assert words in editor.page.select("[name=outcome]")[0].get_text()
            assert reload(session, testimonial).current_number == 1


def test_masked_words_leave_all_that_is_read_and_taken_away(editor: Visitor, session: Session) -> None:
    """In every field that is shown, on every outlet: a new one that shows the old words fails here."""
    secret = {
        "title": "Un titre avec Zoémasquée",
        "account": f"{ACCOUNT} Merci à Zoémasquée.",
        "outcome": "Zoémasquée est venue.",
        "obstacles": "Zoémasquée partait.",
        "advice": "Appelez Zoémasquée.",
        "years": "2024, avec Zoémasquée",
        "partners": "Zoémasquée",
        "author_role": "Coordinatrice, avec Zoémasquée",
    }
    testimonial = committed(session, status=Status.PUBLISHED, attribution=Attribution.FULL, **secret)
    app = editor.client.application
    reader = Visitor(app)
    outlets = [*addresses(app, slug="crpv", public_id=testimonial.public_id, beginning=testimonial.public_id[:1])]

    def shown_at() -> list[str]:
        answers = [(path, reader.client.get(path, follow_redirects=True)) for path in outlets]
        # Where it led counts too: the title is in the address.
        return [
            path for path, got in answers if "zoemasquee" in plain(f"{got.request.path} {got.get_data(as_text=True)}")
        ]

    assert {"/articles/crpv", f"/temoignages/{testimonial.public_id}"} <= {*shown_at()}
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        **{name: words.replace("Zoémasquée", "[[Zoémasquée]]") for name, words in secret.items()}, kind="correction"
    )
    editor.press("Enregistrer")
    assert reload(session, testimonial).shown_number == 2
    assert shown_at() == []
    assert testimonial.versions[0].account.endswith("Merci à Zoémasquée."), "the original is kept"


def addresses(app: Flask, **known: Any) -> Iterator[str]:
    """Yield every address that readers may ask for, with what is known to stand in it."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            permission = PERMISSIONS.get(rule.endpoint)
            is_public = permission is not None and permission.level is AccessLevel.READER
            if is_public and "GET" in (rule.methods or ()) and rule.arguments <= known.keys():
                yield url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})


def test_asking_shows_answers_by_their_names(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, attribution=Attribution.FULL)
    editor.get(f"/moderation/{testimonial.public_id}/demander")
    said = [" ".join(each.get_text(" ").split()) for each in editor.page.select("summary")]
    assert "Situation Collaboration régulière" in said
    assert f"Signature {Attribution.FULL.label}" in said
    assert "Département Ille-et-Vilaine" in said
    assert "CRPV concerné RésO Villes" in said
    assert f"Types de collaboration {testimonial.latest.themes[0].label}" in said


def test_asking_is_anchored_to_questions(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    due = paris_time(now()) + timedelta(days=3)
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(
        message="Merci pour ce récit.", ask_account="Combien étiez-vous ?", ask_link="", due=due.isoformat()
    )
    editor.press("Envoyer la demande")
    reload(session, testimonial)
    assert testimonial.status is Status.CHANGES_REQUESTED
    assert testimonial.asked == {"account": "Combien étiez-vous ?"}
    assert testimonial.due_at is not None
    assert paris_time(testimonial.due_at) == due
    assert emails(session, testimonial)[-1] is Message.CHANGES_REQUESTED
    editor.get(f"/moderation/{testimonial.public_id}")
    assert {each.get_text(strip=True) for each in editor.page.select(".bar button")} == {"Annuler la demande"}
    assert not editor.page.select("[name=reason]"), "nothing there needs a reason"
    editor.press("Annuler la demande")
    assert reload(session, testimonial).status is Status.PENDING
    assert emails(session, testimonial)[-1] is Message.REQUEST_CANCELLED
    assert "Combien étiez-vous" in editor.get(f"/moderation/{testimonial.public_id}").text, "the thread is kept"


@pytest.mark.parametrize("days", [0, -1, 200])
def test_a_day_that_cannot_be_is_refused_and_nothing_is_lost(editor: Visitor, session: Session, days: int) -> None:
    testimonial = committed(session)
    due = (paris_time(now()) + timedelta(days=days)).isoformat()
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(ask_account="Combien étiez-vous ?", due=due)
    editor.press("Envoyer la demande")
    assert editor.status == 422
    assert "Choisissez un jour à venir" in editor.text
    assert "Combien étiez-vous ?" in editor.page.select("[name=ask_account]")[0].get_text()


def test_asking_nothing_is_said(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(message="Merci.").press("Envoyer la demande")
    assert editor.status == 422
    assert "Dites à quelle question revenir" in editor.text


def test_asking_what_is_already_asked_is_too_late(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(ask_title="Plus court ?")
    second = Visitor(editor.client.application)
    second.client = editor.client
    second.get(f"/moderation/{testimonial.public_id}/demander").fill(ask_title="Plus long ?")
    second.press("Envoyer la demande")
    editor.press("Envoyer la demande")
    assert editor.status == 409
    assert reload(session, testimonial).asked == {"title": "Plus long ?"}


def test_a_note_is_for_colleagues_and_tells_who_it_names(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    colleague = an_editor(session, email="zoe@ville-exemple.fr")
    colleague.name = "Zoé Exemple"
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}")
    assert "a le droit de lire ces notes" in editor.text
    editor.fill(words="@zoé, peux-tu relire la fin ? @Zoéline non.").press("Ajouter la note")
    assert "peux-tu relire la fin" in editor.text
    session.rollback()
    (email,) = session.scalars(select(Email).where(Email.message == Message.MENTION)).all()
    assert email.recipient == "zoe@ville-exemple.fr"
    assert "relire" not in str(email.facts)
    assert reload(session, testimonial).remarks[0].kind is RemarkKind.NOTE


def test_a_note_that_cannot_be_added_is_not_lost(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").fill(words="Une longue note. " * 200).press("Ajouter la note")
    assert editor.status == 422
    assert "Retirez-en" in editor.text
    assert "Une longue note." in editor.page.select("[name=words]")[0].get_text()
    assert reload(session, testimonial).remarks == []


def test_any_two_versions_are_compared(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    for title in ("Un deuxième titre", "Un troisième titre"):
        editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title=title, kind="correction")
        editor.press("Enregistrer")
    editor.get(f"/moderation/{testimonial.public_id}").fill(de="1", a="3").press("Comparer")
    assert "De la version 1 à la version 3" in editor.text
    assert "troisième" in editor.text
    assert "deuxième" not in editor.text
    editor.fill(de="3", a="2").press("Comparer")
    assert "De la version 3 à la version 2" in editor.text
    for query in ("", "?de=1", "?de=x&a=2"):
        assert editor.get(f"/moderation/{testimonial.public_id}/versions{query}").status == 404


def test_after_asking_the_next_opens_and_it_can_be_taken_back(editor: Visitor, session: Session) -> None:
    first = committed(session)
    second = committed(session, email="b@exemple.fr", title="Le suivant")
    editor.get("/moderation").get(f"/moderation/{first.public_id}/demander").fill(ask_title="Plus court ?")
    editor.press("Envoyer la demande")
    assert editor.path == f"/moderation/{second.public_id}"
    assert "Corrections demandées par Nadia Exemple." in editor.text
    editor.press("Annuler cette décision")
    assert reload(session, first).status is Status.PENDING
    editor.get(f"/moderation/{first.public_id}/relire").fill(account=f"{ACCOUNT} Douze venus.", kind="rewriting")
    editor.press("Enregistrer")
    assert editor.path == f"/moderation/{second.public_id}"
    assert "Bon à tirer envoyé par Nadia Exemple." in editor.text


def test_what_comes_back_to_be_read_stays_open(editor: Visitor, session: Session) -> None:
    committed(session, email="b@exemple.fr", title="Un autre")
    testimonial = committed(session, status=Status.DECLINED)
    editor.get(f"/moderation/{testimonial.public_id}?etat=declined").press("Rouvrir")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    assert "Publier" in editor.text


def test_two_versions_are_compared_word_by_word(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PROOF_SENT)
    editor.get(f"/moderation/{testimonial.public_id}/versions/1-2")
    assert "[ajouté : avec les gardiens" in editor.text.replace("[ajouté :  ", "[ajouté : ")
    assert editor.get(f"/moderation/{testimonial.public_id}/versions/1-9").status == 404


def test_the_same_author_s_other_texts_and_near_copies_are_shown(editor: Visitor, session: Session) -> None:
    first = committed(session, title="Le premier")
    committed(session, title="Presque le même", email="autre@ville-exemple.fr")
    committed(session, title="Du même CLSM, autre", email="c@ville-exemple.fr", account="Un autre récit. " * 20)
    committed(session, title="Du même courriel", account="Une autre histoire. " * 20)
    beside = editor.get(f"/moderation/{first.public_id}").page
    near = beside.find(id="ressemble")
    same = beside.find(id="du-meme")
    assert near is not None
    assert same is not None
    assert [each.get_text() for each in near.find_next("ul").find_all("a")] == ["Presque le même"]  # type: ignore[union-attr]  # there is one
    assert [each.get_text() for each in same.find_next("ul").find_all("a")] == ["Du même courriel"]  # type: ignore[union-attr]  # there is one
