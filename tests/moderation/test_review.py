"""The review page: editing, requests to the author, notes, comparison of versions, related texts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.permissions import AccessLevel, permission_of
from app.audit import ActorKind, Kind
from app.db import now
from app.french import paris_time, plain
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.moderation.review.editing import mask
from app.spelling.words import MASK
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.decision import RemarkKind
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_with, committed, private_page, reload
from tests.factories import ACCOUNT, a_testimonial, an_editor
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor, words_of


def edit(editor: Visitor, testimonial: Testimonial, *, kind: str = "correction", **typed: str) -> Visitor:
    page = editor.get(f"/moderation/{testimonial.public_id}/relire")
    return page.fill(kind=kind, **typed).press("Enregistrer")


def emails(session: Session, testimonial: Testimonial) -> list[Mail]:
    return list(session.scalars(select(Email.message).where(Email.testimonial_id == testimonial.id).order_by(Email.id)))


@pytest.mark.parametrize("page", ["relire", "demander"])
def test_a_head_request_is_answered_like_a_get(editor: Visitor, session: Session, page: str) -> None:
    path = f"/moderation/{committed(session).public_id}/{page}"
    assert editor.client.head(path).status_code == editor.client.get(path).status_code == 200


def test_a_correction_is_approved_under_consent(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    edit(editor, testimonial, title="Trois après-midis", message="Un pluriel.")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    reload(session, testimonial)
    assert testimonial.status is Status.PENDING
    latest = testimonial.latest
    assert (latest.made_by, latest.approval) == (ActorKind.EDITOR, Approval.UNDER_CONSENT)
    assert latest.title == "Trois après-midis"
    assert testimonial.versions[0].title == "Trois après-midi", "the original is kept"
    assert emails(session, testimonial)[-1] is mails.CONFIRMED, "it is told with the decision"
    editor.press("Publier")
    assert reload(session, testimonial).shown_number == 2


def test_a_correction_of_a_new_version_does_not_publish_it(editor: Visitor, session: Session) -> None:
    testimonial = amended(session, "Un titre nouveau")
    edit(editor, testimonial, title="Un titre nouveaux")
    assert reload(session, testimonial).shown_number == 1
    assert testimonial.has_new_version


@pytest.mark.parametrize("status", [Status.PENDING, Status.PUBLISHED])
def test_the_message_of_a_correction_is_shown_to_author_and_editors(
    editor: Visitor, session: Session, status: Status
) -> None:
    testimonial = committed(session, status=status)
    edit(editor, testimonial, title="Trois après-midis", message="Un pluriel, à votre première ligne.")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    (section,) = author.page.select("section[aria-labelledby=corrections]")
    assert "Un pluriel, à votre première ligne." in section.get_text()
    assert author.get(f"{private_page(testimonial)}/mes-donnees").text.count("Un pluriel, à votre première ligne.") == 1
    editor.get(f"/moderation/{testimonial.public_id}")
    (section,) = editor.page.select("section[aria-labelledby=dit]")
    assert "Un pluriel, à votre première ligne." in section.get_text()
    assert editor.text.count("Un pluriel, à votre première ligne.") == 1


def amended(session: Session, title: str) -> Testimonial:
    testimonial = committed(session, status=Status.PUBLISHED)
    changed = testimonial.latest.edited(title=title)
    changed.made_by = ActorKind.AUTHOR
    amend_with(testimonial, changed)
    session.commit()
    return testimonial


def set_aside(session: Session, editor: Visitor) -> Testimonial:
    testimonial = amended(session, "Un titre écarté")
    editor.get(f"/moderation/{testimonial.public_id}").fill(message="Gardons le titre d’avant.")
    editor.press("Garder la version publiée")
    return reload(session, testimonial)


def test_a_correction_starts_from_the_published_version(editor: Visitor, session: Session) -> None:
    testimonial = set_aside(session, editor)
    editor.get(f"/moderation/{testimonial.public_id}/relire")
    assert editor.page.select("[name=title]")[0]["value"] == "Trois après-midi"
    assert "Un titre écarté" not in editor.text
    editor.fill(title="Trois après-midis", kind="correction").press("Voir ce qui change")
    assert "Un titre écarté" not in editor.text
    editor.press("Enregistrer")
    shown = reload(session, testimonial).shown
    assert shown is not None
    assert (shown.number, shown.title) == (3, "Trois après-midis")
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "Un titre écarté" not in author.text, "a correction is compared with the version it corrected"


def test_the_edit_page_warns_when_saving_publishes(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    assert "paraît aussitôt" in editor.get(f"/moderation/{testimonial.public_id}/relire").text
    assert editor.page.select("[name=due]") == [], "no rewriting is offered, hence no due date"
    editor.get(f"/moderation/{committed(session, email='b@exemple.fr').public_id}/relire")
    assert "paraît aussitôt" not in editor.text
    assert editor.page.select("[name=due]")


def test_the_review_page_announces_a_new_version(editor: Visitor, session: Session) -> None:
    testimonial = amended(session, "Un titre nouveau")
    testimonial.published_at = now() - timedelta(days=3)
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}")
    head = editor.page.select(".review__head")[0]
    words = " ".join(head.get_text().split())
    assert "publié depuis 3 jours" in words
    assert "Nouvelle version à relire depuis" in words
    assert head.select("[href$='/versions/1-2']")
    assert "prend aussitôt la place de celle que l’article montre" in editor.text
    editor.press("Publier la nouvelle version")
    assert reload(session, testimonial).shown_number == 2


def test_setting_aside_a_new_version_requires_a_message(editor: Visitor, session: Session) -> None:
    testimonial = amended(session, "Un titre nouveau")
    editor.get(f"/moderation/{testimonial.public_id}").press("Garder la version publiée")
    assert editor.status == 422
    assert "pourquoi sa nouvelle version n’est pas prise" in editor.text
    assert reload(session, testimonial).has_new_version


def test_a_version_set_aside_is_not_shown_as_published(editor: Visitor, session: Session) -> None:
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
    edit(editor, testimonial, kind="rewriting", account=f"{ACCOUNT} Douze personnes sont venues.", due=due.isoformat())
    reload(session, testimonial)
    assert testimonial.status is Status.PROOF_SENT
    assert testimonial.latest.approval is None
    assert testimonial.due_at is not None
    assert paris_time(testimonial.due_at) == due
    assert emails(session, testimonial)[-1] is mails.PROOF_SENT
    assert "rappeler" in editor.get(f"/moderation/{testimonial.public_id}").text
    editor.press("Rappeler le bon à tirer")
    assert reload(session, testimonial).status is Status.PENDING
    assert emails(session, testimonial)[-1] is mails.PROOF_RECALLED
    editor.get(f"/moderation/{testimonial.public_id}").press("Envoyer le bon à tirer")
    assert reload(session, testimonial).status is Status.PROOF_SENT


COVERED = " : c’est une correction, l’accord donné la couvre."
PROOF = "Choisissez « Une réécriture » : l’auteur·e recevra un bon à tirer."


@pytest.mark.parametrize(
    ("status", "typed", "verdict"),
    [
        (Status.PENDING, {"title": "Trois après-midis"}, f"1 mot corrigé{COVERED}"),
        (Status.PUBLISHED, {"account": ACCOUNT.replace("gardiens", "[[gardiens]]")}, f"1 mot masqué{COVERED}"),
        (Status.PENDING, {"title": "Trois belles matinées"}, "2 mots nouveaux : c’est une réécriture. " + PROOF),
        (
            Status.PUBLISHED,
            {"title": "Trois belles matinées"},
            (
                "2 mots nouveaux : c’est une réécriture. Ce texte est publié : pour le récrire, dépubliez-le, puis "
                "rouvrez-le et envoyez un bon à tirer."
            ),
        ),
        (Status.PENDING, {}, "Rien n’a changé : modifiez le texte, ou revenez à la relecture."),
    ],
)
def test_the_kind_of_an_edit_is_told_before_it_is_chosen(
    editor: Visitor, session: Session, status: Status, typed: dict[str, str], verdict: str
) -> None:
    testimonial = committed(session, status=status)
    written = emails(session, testimonial)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(**typed).press("Voir ce qui change")
    assert editor.status == 200
    (said,) = editor.page.select(".edit__verdict")
    assert words_of(said) == verdict
    assert editor.page.select(".field--wrong") == [], "nothing is asked yet"
    assert editor.page.select("[name=kind][checked]") == [], "the choice stays the editor's"
    assert bool(editor.page.select(".change")) is bool(typed), "the difference is shown"
    reload(session, testimonial)
    assert (testimonial.current_number, testimonial.status) == (1, status)
    assert emails(session, testimonial) == written
    assert Kind.EDITED not in [event.kind for event in testimonial.events]
    editor.press("Enregistrer")
    assert editor.status == 422
    assert "Dites si c’est une correction ou une réécriture." in editor.text


def test_a_correction_beside_a_contested_one_is_told_to_be_a_matter_for_a_proof(
    editor: Visitor, session: Session
) -> None:
    testimonial = committed(session)
    testimonial.propose(testimonial.latest.edited(title="Trois après-midis"), as_correction=True)
    contest_decision(testimonial, "Non.")
    session.commit()
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(title="trois après-midi").press("Voir ce qui change")
    (said,) = editor.page.select(".edit__verdict")
    assert words_of(said) == (
        "Ponctuation, majuscules ou espaces : ce serait une correction, mais l’auteur·e conteste déjà une correction. "
        + PROOF
    )
    assert editor.page.select("[name=kind][value=correction]") == []


def test_changing_a_choice_of_the_author_is_a_rewriting(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    edit(editor, testimonial, attribution="full")
    assert editor.status == 422
    assert "est une réécriture" in editor.text
    assert reload(session, testimonial).current_number == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.PUBLISHED])
def test_a_rewriting_saved_as_a_correction_is_refused_with_its_count(
    editor: Visitor, session: Session, status: Status
) -> None:
    testimonial = committed(session, status=status)
    invented = (
        "Nous avons mené une enquête auprès de tous les bailleurs de la ville, qui a changé nos façons de faire. "
    )
    edit(editor, testimonial, account=invented * 2)
    assert editor.status == 422
    assert "mots nouveaux" in editor.text
    assert "c’est une réécriture" in editor.text
    assert ("pour le récrire, dépubliez-le" in editor.text) is (status is Status.PUBLISHED)
    assert "[ajouté :" in editor.text, "the difference is shown"
    assert editor.page.select("[name=account]")[0].get_text().strip().startswith(invented), "the form is kept"
    assert reload(session, testimonial).current_number == 1


def test_masks_and_private_signs_that_an_author_typed_can_be_corrected_around(
    editor: Visitor, session: Session
) -> None:
    account = f"{ACCOUNT} Un \ue000 signe, {MASK} et [des crochets]."
    testimonial = committed(session, account=account)
    masked = account.replace("gardiens d’immeuble", "[[gardiens d’immeuble]]")
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(account=masked, kind="correction")
    editor.press("Voir ce qui change").press("Enregistrer")
    assert reload(session, testimonial).latest.account == account.replace("gardiens d’immeuble", MASK)
    assert testimonial.latest.correction is not None
    assert testimonial.latest.correction.is_mask_only


def test_both_histories_tell_what_a_correction_changed(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/relire").fill(
        title="Trois après-midis", account=ACCOUNT.replace("gardiens d’immeuble", "[[gardiens d’immeuble]]")
    )
    editor.fill(kind="correction").press("Voir ce qui change")
    measure = "3 mots masqués, 1 mot corrigé"
    assert measure in editor.text
    editor.press("Enregistrer")
    editor.get(f"/moderation/{testimonial.public_id}")
    assert f"Correction : {measure}." in editor.text
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert f"L’équipe a corrigé votre texte : {measure}." in author.text
    assert reload(session, testimonial).latest.measure == {
        "total": 58,
        "masked": 3,
        "near": 1,
        **dict.fromkeys(("repeated", "typography", "new", "removed", "overmasked", "chosen"), 0),
    }


@pytest.mark.both_engines
@pytest.mark.parametrize("spoilt", [None, {"new": 1}, {"new": 0, "removed": 0, "overmasked": 0}])
def test_the_database_refuses_a_correction_without_a_measure(session: Session, spoilt: dict[str, int] | None) -> None:
    testimonial = committed(session)
    testimonial.propose(testimonial.latest.edited(title="Tout autre chose"))
    session.flush()
    testimonial.latest.measure = spoilt
    testimonial.latest.approve(Approval.UNDER_CONSENT, testimonial.latest.digest)
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
    session.rollback()


@pytest.mark.both_engines
def test_the_database_refuses_to_change_a_measure(session: Session) -> None:
    testimonial = committed(session)
    testimonial.propose(testimonial.latest.edited(title="Trois après-midis"), as_correction=True)
    session.flush()
    testimonial.latest.measure = {"new": 0}
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
    session.rollback()


def test_only_pending_and_published_texts_with_consent_are_edited_and_others_lead_back(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    closed: list[dict[str, Any]] = [
        {"status": each} for each in (Status.DECLINED, Status.WITHDRAWN, Status.PROOF_SENT, Status.ERASED)
    ]
    for facts in (*closed, {"publish": False}):
        with subtests.test(facts=facts):
            text = f"/moderation/{committed(session, **facts).public_id}"
            for page in ("relire", "demander") if "status" in facts else ("relire",):
                assert editor.get(f"{text}/{page}").status == 409
                (link,) = editor.page.select("main a")
                assert (link["href"], words_of(link)) == (text, "Voir où en est ce retour")


def test_masking_takes_the_shortest_passage() -> None:
    assert mask("Avec [[M. X]] et [[Mme\nY]], au centre.") == f"Avec {MASK} et {MASK}, au centre."
    assert mask("Un crochet [seul] reste.") == "Un crochet [seul] reste."


UNPAIRED = (
    *("[[Trois journées de [[formation]] ont été organisées]]", "[[non fermé", "jamais ouvert]]", "[[un]] ]] [[deux"),
)


def test_unpaired_brackets_are_refused_and_the_words_kept(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    for words in UNPAIRED:
        with subtests.test(words=words):
            edit(editor, testimonial, outcome=words)
            assert editor.status == 422
            assert "Fermez chaque passage à masquer avant d’en ouvrir un autre" in editor.text
            assert words in editor.page.select("[name=outcome]")[0].get_text()
            assert reload(session, testimonial).current_number == 1


def test_masked_words_disappear_from_every_public_page(editor: Visitor, session: Session) -> None:
    """Every published field on every public address: a new outlet that shows the original words fails here."""
    secret = {
        "title": "Un titre avec Zoémasquée",
        "account": f"{ACCOUNT} Merci à Zoémasquée.",
        "outcome": "Zoémasquée est venue.",
        "obstacles": "Zoémasquée partait.",
        "advice": "Appelez Zoémasquée.",
        "years": "2024, avec Zoémasquée",
        "other_partners": "Zoémasquée",
        "author_role": "Coordinatrice, avec Zoémasquée",
    }
    testimonial = committed(session, status=Status.PUBLISHED, attribution=Attribution.FULL, **secret)
    app = editor.client.application
    reader = Visitor(app)
    outlets = [*addresses(app, slug="crpv", public_id=testimonial.public_id, beginning=testimonial.public_id[:1])]

    def shown_at() -> list[str]:
        answers = [(path, reader.client.get(path, follow_redirects=True)) for path in outlets]
        # The address after redirects counts too: it contains the title.
        return [
            path for path, got in answers if "zoemasquee" in plain(f"{got.request.path} {got.get_data(as_text=True)}")
        ]

    assert {"/articles/crpv", f"/temoignages/{testimonial.public_id}"} <= {*shown_at()}
    edit(editor, testimonial, **{name: words.replace("Zoémasquée", "[[Zoémasquée]]") for name, words in secret.items()})
    assert reload(session, testimonial).shown_number == 2
    assert shown_at() == []
    assert testimonial.versions[0].account.endswith("Merci à Zoémasquée."), "the original is kept"


def addresses(app: Flask, **known: Any) -> Iterator[str]:
    """Yield every public address whose parameters are known."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            permission = permission_of(rule.endpoint)
            is_public = permission is not None and permission.level is AccessLevel.READER
            if is_public and "GET" in (rule.methods or ()) and rule.arguments <= known.keys():
                yield url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})


def test_the_request_form_shows_the_current_answers(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, attribution=Attribution.FULL)
    editor.get(f"/moderation/{testimonial.public_id}/demander")
    summaries = [" ".join(each.get_text(" ").split()) for each in editor.page.select("summary")]
    assert "Situation Collaboration régulière" in summaries
    assert f"Signature {Attribution.FULL.label}" in summaries
    assert "Département Ille-et-Vilaine" in summaries
    assert "CRPV concerné RésO Villes" in summaries
    assert f"Types de collaboration {testimonial.latest.themes[0].label}" in summaries


def test_a_request_for_changes_is_sent_by_question(editor: Visitor, session: Session) -> None:
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
    assert emails(session, testimonial)[-1] is mails.CHANGES_REQUESTED
    editor.get(f"/moderation/{testimonial.public_id}")
    assert {each.get_text(strip=True) for each in editor.page.select(".bar button")} == {"Annuler la demande"}
    assert not editor.page.select("[name=reason]"), "no decision there needs a reason"
    editor.press("Annuler la demande")
    assert reload(session, testimonial).status is Status.PENDING
    assert emails(session, testimonial)[-1] is mails.REQUEST_CANCELLED
    assert "Combien étiez-vous" in editor.get(f"/moderation/{testimonial.public_id}").text, (
        "the request stays in the history"
    )


@pytest.mark.parametrize("days", [0, -1, 200])
def test_an_invalid_due_date_is_refused_and_nothing_is_lost(editor: Visitor, session: Session, days: int) -> None:
    testimonial = committed(session)
    due = (paris_time(now()) + timedelta(days=days)).isoformat()
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(ask_account="Combien étiez-vous ?", due=due)
    editor.press("Envoyer la demande")
    assert editor.status == 422
    assert "Choisissez un jour à venir" in editor.text
    assert "Combien étiez-vous ?" in editor.page.select("[name=ask_account]")[0].get_text()


def test_a_note_emails_the_editors_it_mentions(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    colleague = an_editor(session, email="zoe@ville-exemple.fr")
    colleague.name = "Zoé Exemple"
    session.commit()
    assert "a le droit de lire ces notes" in editor.get(f"/moderation/{testimonial.public_id}").text
    editor.fill(words="@zoé, peux-tu relire la fin ? @Zoéline non.")
    fields = [*editor.fields(editor.form_of("Ajouter la note"))]
    for _ in range(2):
        editor.post(f"/moderation/{testimonial.public_id}/note", fields)  # a double click
    assert "peux-tu relire la fin" in editor.text
    session.rollback()
    (email,) = session.scalars(select(Email).where(Email.message == editor_mails.MENTION)).all()
    assert email.recipient == "zoe@ville-exemple.fr"
    assert "relire" not in str(email.facts)
    assert [each.kind for each in reload(session, testimonial).remarks] == [RemarkKind.NOTE]


def test_an_invalid_note_is_not_lost(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").fill(words="Une longue note. " * 200).press("Ajouter la note")
    assert editor.status == 422
    assert "Retirez-en" in editor.text
    assert "Une longue note." in editor.page.select("[name=words]")[0].get_text()
    assert reload(session, testimonial).remarks == []


def test_any_two_versions_are_compared(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    for title in ("Trois [[après-midi]]", "Trois après-midis"):
        edit(editor, testimonial, title=title)
    editor.get(f"/moderation/{testimonial.public_id}").fill(de="1", a="3").press("Comparer")
    assert "De la version 1 à la version 3" in editor.text
    assert "après-midis" in editor.text
    assert "passage masqué" not in editor.text
    assert "[ajouté :" in editor.text
    editor.fill(de="3", a="2").press("Comparer")
    assert "De la version 3 à la version 2" in editor.text
    for versions in ("", "?de=1", "?de=x&a=2", "/1-9"):
        assert editor.get(f"/moderation/{testimonial.public_id}/versions{versions}").status == 404


def test_a_request_opens_the_next_text_and_can_be_undone(editor: Visitor, session: Session) -> None:
    first = committed(session)
    second = committed(session, email="b@exemple.fr", title="Le suivant")
    editor.get("/moderation").get(f"/moderation/{first.public_id}/demander").fill(ask_title="Plus court ?")
    editor.press("Envoyer la demande")
    assert editor.path == f"/moderation/{second.public_id}"
    assert "Corrections demandées par Nadia Exemple." in editor.text
    editor.press("Annuler cette décision")
    assert reload(session, first).status is Status.PENDING
    edit(editor, first, kind="rewriting", account=f"{ACCOUNT} Douze venus.")
    assert editor.path == f"/moderation/{second.public_id}"
    assert "Bon à tirer envoyé par Nadia Exemple." in editor.text


def test_a_reopened_text_stays_open(editor: Visitor, session: Session) -> None:
    committed(session, email="b@exemple.fr", title="Un autre")
    testimonial = committed(session, status=Status.DECLINED)
    editor.get(f"/moderation/{testimonial.public_id}?etat=declined").press("Rouvrir")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    assert "Publier" in editor.text


def test_related_texts_are_shown(editor: Visitor, session: Session) -> None:
    first = committed(session, title="Le premier")
    committed(session, title="Presque le même", email="autre@ville-exemple.fr")
    committed(session, title="Du même CLSM, autre", email="c@ville-exemple.fr", account="Un autre récit. " * 20)
    committed(session, title="Du même courriel", account="Une autre histoire. " * 20)
    page = editor.get(f"/moderation/{first.public_id}").page
    near = page.find(id="ressemble")
    same = page.find(id="du-meme")
    assert near is not None
    assert same is not None
    assert [each.get_text() for each in near.find_next("ul").find_all("a")] == ["Presque le même"]  # type: ignore[union-attr]  # there is one
    assert [each.get_text() for each in same.find_next("ul").find_all("a")] == ["Du même courriel"]  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("texts", [1, 5])
def test_the_page_of_a_text_that_waits_runs_eleven_statements(
    app: Flask, editor: Visitor, session: Session, texts: int
) -> None:
    ids = [a_testimonial(session, clsm=f"CLSM {number}").public_id for number in range(texts)]
    session.commit()
    page = f"/moderation/{ids[-1]}"
    editor.get(page)
    with recorded_statements(app) as statements:
        assert editor.get(page).status == 200
    assert len(editor.page.select("#du-meme ~ ul li")) == texts - 1, "those of the same address"
    assert editor.page.select("option[data-sentence]"), "a reason may be needed"
    assert len(statements) <= 11, [each[:80] for each in statements]
