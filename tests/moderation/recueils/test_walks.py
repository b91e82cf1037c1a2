"""What a recueil holds, after any acts: `visible()` and reuse, as the consent lines say, in its page, list and file.

The oracle is SQL on the rows as stored, and says the rules a second time.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit import Actor
from app.db import now
from app.moderation.recueils import files
from app.moderation.recueils.contents import Contents, load_contents
from app.moderation.recueils.models import Recueil, RecueilEntry, RecueilFile
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.consent import ConsentMissing
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Status, TransitionRefused
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import first_wordings, stored
from tests.depth import DEPTH
from tests.factories import a_testimonial, an_editor, by_editor, the_article
from tests.moderation.exports.test_walks import CHECKS, GIVEN, PERFORM, perform

NAME, ROLE, PLACE = "Dominique Secret", "Veilleuse", "Lieu-Caché"
ACTS = (
    *("give reuse", "withdraw reuse", "amend", "mask name", "correct", "contest"),
    *("withdraw", "call back", "unpublish", "end", "end", "end", "erase"),
)
CHOICES: tuple[dict[str, str], ...] = ({}, {"region": "53"}, {"words": "bordée"})


class Walk(NamedTuple):
    """A text, and what becomes of it once it stands in a file."""

    status: Status
    attribution: Attribution
    department: str
    reuse: bool
    old_wording: bool
    acts: list[str]


walks = st.builds(
    Walk,
    st.sampled_from([Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED, Status.PENDING, Status.UNPUBLISHED]),
    st.sampled_from(Attribution),
    st.sampled_from(["35", "59"]),
    st.sampled_from([True, True, False]),
    st.sampled_from([False, False, True]),
    st.lists(st.sampled_from(ACTS), max_size=3),
)


def test_after_any_acts_a_recueil_holds_what_consents_allow_and_so_does_its_file(app: Flask, session: Session) -> None:
    by = by_editor(session)
    made = Recueil(article=the_article(session), author=an_editor(session), title="Ce que nous avons appris")
    session.add(made)
    session.commit()
    number = 0

    @settings(max_examples=DEPTH.rounds(50), deadline=None, suppress_health_check=CHECKS)
    @given(st.lists(walks, min_size=2, max_size=4), st.sampled_from(CHOICES))
    def check(several: list[Walk], chosen: dict[str, str]) -> None:
        nonlocal number
        made.chosen = chosen
        texts = []
        for walk in several:
            number += 1
            texts.append(written(session, walk, number))
        session.commit()
        check_document(app, session, made)
        keep(session, made)
        for walk, testimonial in zip(several, texts, strict=True):
            for act in walk.acts:
                with suppress(TransitionRefused, ConsentMissing), session.begin_nested():
                    perform(session, testimonial, act, by, {**PERFORM, "correct": correct, "end": end})
                    session.flush()
        session.commit()
        check_file(app, session, made)
        check_document(app, session, made)
        clean(session)

    check()


def clean(session: Session) -> None:
    """Have nothing published at the end of an example: the next one begins with its own texts."""
    for testimonial in session.scalars(select(Testimonial)):
        if testimonial.status is not Status.ERASED:
            erase_testimonial(testimonial)
    session.commit()


def written(session: Session, walk: Walk, number: int) -> Testimonial:
    with first_wordings(*([Purpose.REUSE] if walk.old_wording else [])):
        return a_testimonial(
            session,
            status=walk.status,
            attribution=walk.attribution,
            department=session.get_one(Department, walk.department),
            reuse=walk.reuse,
            email=f"personne{number}@exemple.fr",
            author_name=f"{NAME} {number}",
            author_role=f"{ROLE} {number}",
            clsm=f"CLSM de {PLACE}-{number}",
            title=f"Récit {number} dune rive bordée",
            account=f"Ce que raconte le numéro {number}, {'avec ses mots ' * 12}jusqu’au bout.",
        )


def end(session: Session, testimonial: Testimonial, _by: Actor) -> None:
    """Have the period of a publication be over, before the clock runs."""
    table: Any = Testimonial.__table__
    ended = table.update().where(table.c.id == testimonial.id, table.c.published_until.is_not(None))
    session.execute(ended.values(published_until=now() - timedelta(seconds=1)))


def correct(_session: Session, testimonial: Testimonial, _by: Actor) -> None:
    if testimonial.status is Status.PUBLISHED:
        own = testimonial.latest
        testimonial.propose(own.edited(title=own.title.replace("dune", "d’une")))


# The words of rule 1 and of rule 4: the last line of each consent, on wordings that say what a recueil does.
SHOWN = (
    "SELECT testimonial.id, version.digest, version.title, version.account, version.attribution, version.author_name,"  # noqa: S608  # above
    " version.author_role, version.clsm FROM testimonial"
    " JOIN version ON version.testimonial_id = testimonial.id AND version.number = testimonial.shown_number"
    " JOIN department ON department.code = version.department_code"
    f" WHERE status = 'published' AND {GIVEN.format(1, 'publication')} AND published_until > :now"
    " AND testimonial.approved_digest = version.digest"
)
OF_CHOICE = {(): "", ("region",): " AND region_code = '53'", ("words",): " AND version.title LIKE '%bordée%'"}


def lawful(session: Session, chosen: dict[str, str], ago: timedelta = timedelta()) -> tuple[list[Any], int]:
    """Return what a recueil may hold, and how many others of its choice are published: now, or as of then."""
    read = {"now": moment(session, ago)}
    shown = SHOWN + OF_CHOICE[*chosen,]
    total = len(session.execute(text(shown), read).all())
    held = list(session.execute(text(f"{shown} AND {GIVEN.format(2, 'reuse')}"), read))
    session.rollback()
    return held, total - len(held)


def moment(session: Session, ago: timedelta = timedelta()) -> Any:
    """Return now, or earlier, as the engine stores it."""
    then = now() - ago
    return then.replace(tzinfo=None).isoformat(" ") if session.get_bind().dialect.name == "sqlite" else then


def contents_of(session: Session, made: Recueil) -> Contents:
    contents = load_contents(session, made.article, made.filters)
    assert contents is not None
    return contents


def check_document(app: Flask, session: Session, made: Recueil) -> None:
    session.rollback()
    held, others = lawful(session, made.chosen)
    contents = contents_of(session, made)
    assert {(each.testimonial.id, each.version.digest) for each in contents.sheets} == {row[:2] for row in held}
    assert [(each.testimonial_id, each.digest) for each in contents.entries()] == [
        (each.testimonial.id, each.version.digest) for each in contents.sheets
    ]
    over = "SELECT count(*) FROM testimonial WHERE status = 'published' AND published_until <= :now"
    if not session.scalar(text(over), {"now": moment(session)}):  # else the totals wait for the clock, as readers' do
        assert contents.others == others
    with app.app_context():
        page = files.render_document(session, made, contents, is_file=True)
    session.rollback()
    for row in held:
        assert row.account in page
        shown = {"full": (row.author_name, row.author_role, row.clsm), "role": (row.author_role, row.clsm)}
        named = shown.get(row.attribution, (row.clsm,) if row.attribution == "clsm" else ())
        for words in {row.author_name, row.author_role, row.clsm} - {"[…]"}:
            assert (f"{words}<" in page or f"{words}," in page or f"{words[0].lower()}{words[1:]}," in page) is (
                words in named
            ), (words, row.attribution)
    for number, account in session.execute(text("SELECT testimonial_id, account FROM version")):
        assert (account in page) is any(row.account == account for row in held), number
    session.rollback()
    assert not [hidden for hidden in ("@exemple.fr", "Ille-et-Vilaine") if hidden in page]


def keep(session: Session, made: Recueil) -> None:
    """Have a file kept of what the recueil now holds, as its maker does; its bytes name whom they hold."""
    session.rollback()
    entries = contents_of(session, made).entries()
    made.delete_file()
    session.flush()
    made.file = RecueilFile(pages=1, content=b"%PDF kept", entries=entries)
    session.commit()


def check_file(app: Flask, session: Session, made: Recueil) -> None:
    """The file is gone with the first act that takes words away; one whose words are over is not handed out."""
    held = {row[:2] for row in lawful(session, {})[0]}
    entries = {(each.testimonial_id, each.digest) for each in stored(session, RecueilEntry)}
    kept = stored(session, RecueilFile)
    assert bool(kept) or not entries
    assert entries <= {row[:2] for row in lawful(session, {}, timedelta(days=1))[0]}, "nobody acted, or it is gone"
    session.rollback()
    contents = contents_of(session, made)
    if contents.sheets:
        with app.app_context():
            handed = files.hand_out(session, made, contents, an_editor(session))
        is_kept = getattr(handed, "content", None) == b"%PDF kept"
        assert is_kept is (bool(kept) and entries <= held)
        session.rollback()
    files.expire_files(session)
    session.commit()
    entries = {(each.testimonial_id, each.digest) for each in stored(session, RecueilEntry)}
    assert entries <= held
    if not stored(session, RecueilFile):
        assert made.file is None
    session.rollback()
