"""A form saved as its page had it stores nothing and tells nobody, whatever blanks and accents are stored."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.sentences import UsualSentence
from app.catalog.synthesis import drafts
from app.db import Base
from app.moderation.recueils.models import Recueil
from app.testimonials.lifecycle import Status
from tests.acts import a_site, committed, private_page, published, reload
from tests.administration.test_referentials import LISTS, entry, the_list
from tests.factories import ACCOUNT, AUTHOR, a_testimonial, a_transcript, an_editor, the_article
from tests.visitor import Visitor

LINE = "Une\u202fsoirée\u00a0: l’e\u0301te\u0301  au quartier "
PROSE = f"{ACCOUNT}\u202f! \r\nUn\u00a0e\u0301te\u0301\u202f:\t \r\n\r\n\r\nSoft\u00adhyphen, zero\u200bwidth.  \r\n"
WATCHED = (
    *("audit_event", "email", "version", "remark", "decision", "consent", "transcript", "article", "theme"),
    *("article_version", "usual_sentence", "referential", "partner", "site", "recueil", "synthesis", "synthesis_claim"),
)


def rows(session: Session) -> dict[str, list[Any]]:
    session.rollback()
    return {name: [*map(str, session.execute(select(Base.metadata.tables[name])))] for name in WATCHED}


def untidy(session: Session) -> dict[str, str]:
    """Store texts that no form would let in; return the page of each, with the buttons to press."""
    partner = entry(session, "reso-villes")
    published(session, 1, reuse=True)
    text = a_testimonial(
        session, title=LINE, account=PROSE, outcome=PROSE, author_role=LINE, clsm=LINE, other_partners=LINE
    )
    told, _ = a_transcript(session, title=LINE, account=PROSE, author_name=LINE)
    article, listed, site = the_article(session), the_list(session), a_site(session)
    article.title = article.summary = article.themes[0].choice = listed.name = site.name = LINE
    article.body += f"\r\nFin.  \r\n{PROSE}"
    article.call = replace(article.call, title=LINE, invitation=PROSE)
    partner.name = partner.territory = partner.source = LINE
    editor = an_editor(session)
    session.add(UsualSentence(code="refus-doublon", number=1, words=PROSE[-60:], user_id=editor.id))
    recueil = Recueil(article=article, author=editor, title=LINE, introduction=PROSE)
    session.add(recueil)
    drafts.start_draft(session, article)
    draft = drafts.locked_draft(session, article, [])
    assert draft is not None
    drafts.add_statement(draft, "Un constat\u202f: l’été.", "")
    article.touch()
    session.commit()
    articles, of_article = "/administration/articles/crpv", "/moderation/articles/crpv"
    return {
        f"/moderation/{text.public_id}/relire": "Enregistrer",
        f"/moderation/{told.public_id}/recueilli": "Enregistrer la correction",
        articles: "Relire|Enregistrer",
        f"{articles}/source/modifier": "Relire|Enregistrer",
        f"{articles}/articulations": "Enregistrer ce nom",
        "/administration/phrases/refus-doublon": "Enregistrer cette phrase",
        "/administration/phrases/refus-promotion": "Enregistrer cette phrase",
        f"{LISTS}/{listed.id}": "Renommer",
        f"{LISTS}/entrees/{partner.id}": "Enregistrer",
        f"/administration/sites/{site.id}": "Renommer",
        f"{of_article}/recueils/{recueil.id}": "Enregistrer",
        f"{of_article}/synthese": "Enregistrer ce constat",
    }


@pytest.mark.changes_content
def test_what_is_saved_as_it_was_shown_stores_nothing_and_tells_nobody(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for page, buttons in untidy(session).items():
        with subtests.test(page=re.sub(r"\d+|[0-9a-f]{20}", "…", page)):
            admin.get(page)
            if page.endswith("/relire"):
                admin.fill(kind="correction")
            before = rows(session)
            for button in buttons.split("|"):
                admin.press(button)
            assert (admin.status, "Rien n’a changé" in admin.text) == (
                (422, True) if "/relire" in page else (200, False)
            )
            assert rows(session) == before


def test_an_amendment_has_the_digest_of_what_its_author_left_as_it_was(visitor: Visitor, session: Session) -> None:
    text = committed(session, status=Status.PUBLISHED, title=LINE, account=PROSE, email=AUTHOR)
    visitor.get(f"{private_page(text)}/modifier").press("Relire mon texte").fill(attest="y").press("Envoyer")
    assert [each.digest for each in reload(session, text).versions] == [text.shown_digest] * 2
