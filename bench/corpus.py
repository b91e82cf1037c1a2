"""A corpus of any size: fifty testimonials from the tests' factories, each copied as often as the size asks for.

Half are published, a fifth wait for an editor. Nobody in it exists. It is the same each time.
"""

import random
from collections.abc import Iterable, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.articles.models import Theme
from app.db import db
from app.territories.models import Department, Partner
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.situation import Situation
from app.testimonials.submission.submit import submit
from app.testimonials.testimonial import Testimonial
from tests.acts import one_of_each_kind
from tests.crowd import multiply
from tests.factories import a_submission, a_testimonial, another_article, the_article

STATUSES = [Status.PUBLISHED] * 25 + [Status.PENDING] * 10 + [Status.DECLINED] * 8 + [Status.INTERNAL] * 7
MOST_AT_ONCE = 100  # copies in one transaction
OFTEN, SELDOM, ONCE, NEVER = "coordinatrice", "aiguebrune", "zinzolin", "palimpseste"
MANY, FEW = "93", "971"  # départements: a fourth of the corpus, and one testimonial in a hundred
# Each copy of a testimonial was published, and has waited, for a second more than the copy before it.
MOMENTS = ("published_at", "waiting_since", "active_at")
SENTENCES = (
    "Avec les gardiens d’immeuble et l’équipe du centre social, nous avons préparé trois cafés-débats au printemps.",
    "Le centre de ressources a réuni les bailleurs et les conseils citoyens autour d’un diagnostic partagé.",
    "Nous cherchions comment associer les enseignantes du quartier ; une exposition nous a servi de prétexte.",
    "Au bout de quelques mois, la confiance est venue : personne n’a quitté la table, on se téléphone plus tôt.",
    "Ce n’était pas gagné : les postes ont tourné, le financement était annuel, et pourtant le réseau tient sans nous.",
    "La coordinatrice a tenu le calendrier ; deux associations d’habitant·es ont tenu le reste.",
    "Une élue et deux médiatrices ont proposé des visites croisées, sans budget propre, sur le temps de chacune.",
    "Les travailleurs sociaux y ont vu un groupe de parole, l’équipe mobile de psychiatrie une porte d’entrée.",
)


def load(session: Session, total: int) -> None:
    """Store about `total` testimonials; commit. A million takes about five minutes."""
    chance = random.Random(2)  # a seed that leaves no choice of the benchmarks without a testimonial
    theme = Theme(slug="autre", label="Une autre façon de faire", choice="Autre", position=0)
    other = submit(session, another_article(session, theme), a_submission(session, themes=[theme]))
    other.confirm()
    multiply(session, [other, *draw(session, chance, STATUSES)], 3, moments=MOMENTS)
    # One in a hundred: neither met at once along a list, nor rare enough for an index of words.
    seldom = {"department": session.get_one(Department, FEW), "clsm": f"CLSM d’{SELDOM}", "author_role": OFTEN}
    draw(session, chance, [Status.PUBLISHED, Status.PENDING], **seldom)
    multiply(session, stored(session), 4, moments=MOMENTS)
    # A word of its own for each: where no word is rare, PostgreSQL expects one that it has never met to be common, and
    # scans all rows for it.
    postgres = db.engine.dialect.name == "postgresql"
    word = "array_to_tsvector(ARRAY['mot' || rowid])" if postgres else "' mot' || rowid"
    for index in ("search_desk", "search_public", "search_open"):
        session.execute(text(f"UPDATE {index} SET words = words || {word}"))
    group = stored(session)
    copies = total // len(group) - 1
    for done in range(0, copies, MOST_AT_ONCE):
        multiply(session, group, min(MOST_AT_ONCE, copies - done), moments=MOMENTS)
    draw(session, chance, [Status.PENDING], title=f"Sous un ciel {ONCE}")
    one_of_each_kind(session)
    session.commit()
    if postgres:  # what autovacuum does in the course of time; SQLite has no such thing
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))


def stored(session: Session) -> Sequence[Testimonial]:
    """Return all testimonials, in the order they were stored in."""
    return session.scalars(select(Testimonial).order_by(Testimonial.id)).all()


def draw(session: Session, chance: random.Random, statuses: Iterable[Status], **changes: object) -> list[Testimonial]:
    """Return a new testimonial for each status; nothing is committed."""
    themes = the_article(session).themes
    departments = session.scalars(select(Department).where(Department.code != FEW).order_by(Department.code)).all()
    partners = session.scalars(select(Partner).order_by(Partner.slug)).all()
    usual = (
        session.get_one(Department, MANY),
        session.scalars(select(Partner).where(Partner.slug == "labo-cites")).one(),
    )
    drawn = []
    for status in statuses:
        department, partner = usual if chance.random() < 0.25 else (chance.choice(departments), chance.choice(partners))  # noqa: PLR2004  # a fourth
        facts = {
            "themes": chance.sample(themes, k=chance.randint(1, 2)),
            "situation": chance.choice(list(Situation)),
            "department": department,
            "partner": partner,
            "account": " ".join(chance.choices(SENTENCES, k=chance.randint(4, 8))),
            "attribution": chance.choice(list(Attribution)),
        }
        publish = status is not Status.PENDING or chance.random() < 0.8  # noqa: PLR2004  # most say yes
        email = f"personne{chance.getrandbits(40)}@exemple.invalid"
        drawn.append(a_testimonial(session, status=status, publish=publish, email=email, **facts | changes))
    return drawn
