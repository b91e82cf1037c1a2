"""E-mails to editors, as they leave: what was true when they were written may not be, and rights may be gone."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session, object_session

from app.accounts import team
from app.accounts.models import Role, User
from app.accounts.team import TeamAct
from app.articles.addresses import rename_article
from app.articles.models import Theme
from app.audit import SYSTEM, Actor
from app.db import now
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.moderation.digest import models as digests
from app.moderation.recueils import mails as recueil_mails
from app.moderation.recueils.mails import write_to_asker
from app.moderation.recueils.models import Recueil, RecueilFile
from app.moderation.review.letters import leave_note
from app.testimonials.lifecycle import Action
from app.testimonials.testimonial import Testimonial
from tests.acts import give, stored
from tests.factories import a_testimonial, an_editor, another_article, the_article
from tests.mail.test_outbox import deliver, plain

pytestmark = pytest.mark.changes_content

LOUIS, INVITED = "louis@ville-exemple.fr", "ines@ville-exemple.fr"
Two = tuple[Testimonial, Testimonial]
Happening = Callable[[User, Two], object]


@pytest.fixture
def two(session: Session) -> Two:
    """Give a text that waits on each of two articles; Nadia and Louis edit both."""
    other = another_article(session, Theme(slug="autres", label="Autre", choice="Autre", position=0))
    an_editor(session, email=LOUIS).name = "Louis Exemple"
    return a_testimonial(session), a_testimonial(session, email="b@exemple.fr", article=other)


def close(user: User) -> None:
    user.disabled_at = now()


def decide(*texts: Testimonial) -> None:
    for text in texts:
        text.perform(Action.KEEP_INTERNAL, by=Actor.editor(1))


def delivered(app: Flask, session: Session, to: str = LOUIS) -> list[str]:
    """Deliver what is due, and return the texts of what an editor received."""
    session.commit()
    output = deliver(app)
    assert "kept" not in output, output
    emails = [
        message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
        for path in sorted((app.config["INSTANCE"] / "mail").glob("*.eml"))
    ]
    return [" ".join(plain(each).split()) for each in emails if each["To"] == to]


def written(session: Session) -> list[Mail]:
    return [each.message for each in stored(session, Email) if each.recipient == LOUIS]


def queue_digest(session: Session) -> User:
    louis = an_editor(session, email=LOUIS)
    digests.subscription_of(session, louis).notified_at = now() - timedelta(days=2)
    session.flush()
    assert louis in digests.send_digests(session)
    session.commit()
    return louis


NOTHING: Mapping[str, Happening] = {
    "every article taken away": lambda louis, _: give(louis),
    "account closed": lambda louis, _: close(louis),
    "all decided meanwhile": lambda _, two: decide(*two),
}


@pytest.mark.parametrize("happens", NOTHING.values(), ids=NOTHING)
def test_a_digest_that_is_nothing_any_more_does_not_leave(
    app: Flask, session: Session, two: Two, happens: Happening
) -> None:
    happens(queue_digest(session), two)
    assert delivered(app, session) == []
    assert written(session) == []


def test_a_digest_leaves_without_the_article_taken_away_since(app: Flask, session: Session, two: Two) -> None:
    louis, (mine, theirs) = queue_digest(session), two
    give(louis, mine.article)
    [digest] = delivered(app, session)
    assert mine.article.title in digest
    assert theirs.article.title not in digest
    assert f"/moderation/{mine.public_id}" in digest, "of the only text left, the link is its own"


def test_a_digest_leaves_without_what_only_an_admin_edits_once_the_role_is_gone(
    app: Flask, session: Session, two: Two
) -> None:
    louis, (mine, theirs) = an_editor(session, email=LOUIS), two
    give(louis, mine.article)
    louis.role = Role.ADMIN
    queue_digest(session)
    louis.role = Role.EDITOR
    [digest] = delivered(app, session)
    assert mine.article.title in digest
    assert theirs.article.title not in digest


def test_a_digest_counts_what_waits_as_it_leaves_and_adds_no_article(app: Flask, session: Session, two: Two) -> None:
    """An article given since has its turn in the next digest."""
    mine, theirs = two
    louis = an_editor(session, email=LOUIS)
    give(louis, mine.article)
    queue_digest(session)
    a_testimonial(session, email="c@exemple.fr")
    give(louis, mine.article, theirs.article)
    [digest] = delivered(app, session)
    assert "2 textes à relire" in digest
    assert theirs.article.title not in digest


def test_a_digest_that_names_no_article_stops_no_other_email(app: Flask, session: Session, two: Two) -> None:
    """An earlier release queued such: of which articles it tells, nobody can say."""
    queue_digest(session)
    digest = next(each for each in stored(session, Email) if each.recipient == LOUIS)
    digest.facts = {"desk": True}
    leave_note(session, an_editor(session), two[0], "@Louis, qu’en dis-tu ?")
    assert len(delivered(app, session)) == 1
    assert written(session) == [editor_mails.MENTION]


def test_a_digest_tells_what_waits_on_an_article_offline(app: Flask, session: Session, two: Two) -> None:
    """The page that takes an article offline says that its texts are still decided."""
    queue_digest(session)
    two[1].article.is_public, two[1].article.offline_at = False, now()
    [digest] = delivered(app, session)
    assert two[1].article.title in digest


@pytest.mark.parametrize("ends", [None, give, close])
def test_a_mention_leaves_for_those_who_may_read_the_note(
    app: Flask, session: Session, two: Two, ends: Callable[[User], None] | None
) -> None:
    leave_note(session, an_editor(session), two[0], "@Louis, qu’en dis-tu ?")
    session.commit()
    if ends is not None:
        ends(an_editor(session, email=LOUIS))
    assert len(delivered(app, session)) == (ends is None)
    assert written(session) == ([editor_mails.MENTION] if ends is None else [])


def test_an_invitation_names_the_articles_given_as_it_leaves(app: Flask, session: Session, two: Two) -> None:
    mine, theirs = two
    scope = frozenset({mine.article_id, theirs.article_id})
    team.invite(session, SYSTEM, email=INVITED, name="Inès Exemple", role=Role.EDITOR, scope=scope)
    give(an_editor(session, email=INVITED), mine.article)
    mine.article.title = "Un titre changé depuis"
    [invitation] = delivered(app, session, INVITED)
    assert "Un titre changé depuis" in invitation
    assert theirs.article.title not in invitation


@pytest.mark.parametrize("again", [False, True])
def test_an_invitation_whose_link_opens_nothing_does_not_leave(
    app: Flask, session: Session, two: Two, again: bool
) -> None:
    team.invite(session, SYSTEM, email=INVITED, name="Inès Exemple", role=Role.EDITOR)
    act = TeamAct.INVITE_AGAIN if again else TeamAct.DISABLE
    team.perform_team_act(session, SYSTEM, an_editor(session, email=INVITED), act)
    assert len(delivered(app, session, INVITED)) == again


def told_to_louis(session: Session, message: Mail) -> Recueil:
    """Return the recueil that Louis asked for, of which a letter waits to leave; committed."""
    recueil = Recueil(article=the_article(session), author=an_editor(session), title="Recueil")
    session.add(recueil)
    recueil.asked_by = an_editor(session, email=LOUIS)
    if message is recueil_mails.RECUEIL_READY:
        recueil.file = RecueilFile(pages=3, content=b"%PDF")
    else:
        recueil.failed_at = now()
    session.flush()
    write_to_asker(session, recueil, message, pages=3, reason="le serveur s’est arrêté")
    session.commit()
    return recueil


def lose_file(recueil: Recueil) -> None:
    recueil.file = None


def go_offline(recueil: Recueil) -> None:
    recueil.article.is_public, recueil.article.offline_at = False, now()


def lose_rights(recueil: Recueil) -> None:
    assert recueil.asked_by is not None
    give(recueil.asked_by)


def test_a_recueil_whose_article_is_renamed_is_told_at_its_new_address(app: Flask, session: Session, two: Two) -> None:
    rename_article(told_to_louis(session, recueil_mails.RECUEIL_READY).article, "centres-de-ressources")
    [letter] = delivered(app, session)
    assert "/moderation/articles/centres-de-ressources/recueils/" in letter


def ask_again(recueil: Recueil) -> None:
    assert recueil.asked_by is not None
    recueil.ask(recueil.asked_by, 3)
    recueil.due_at = now() + timedelta(minutes=5)  # a maker has it in hand


def delete(recueil: Recueil) -> None:
    object_session(recueil).delete(recueil)  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("message", "ends"),
    [
        *product([recueil_mails.RECUEIL_READY], [None, lose_file, go_offline, lose_rights, delete]),
        *product([recueil_mails.RECUEIL_FAILED], [None, ask_again, lose_rights, delete]),
    ],
)
def test_a_recueil_is_said_to_be_ready_or_to_have_failed_while_it_is(
    app: Flask, session: Session, two: Two, message: Mail, ends: Callable[[Recueil], None] | None
) -> None:
    recueil = told_to_louis(session, message)
    if ends is not None:
        ends(recueil)
    assert len(delivered(app, session)) == (ends is None)
    assert written(session) == ([message] if ends is None else [])
