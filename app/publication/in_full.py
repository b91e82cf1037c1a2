"""A testimonial's own page: what was said when it was put up, and what stands near it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from flask import current_app
from markupsafe import Markup
from sqlalchemy import bindparam

from app.articles.models import Article
from app.db import AnySession
from app.db.prepared import Hot
from app.publication.listing import Saying, columns
from app.testimonials.attribution import Attribution
from app.testimonials.collection import Place, moment
from app.testimonials.facsimiles import SAID, Facsimile, address
from app.testimonials.models import Testimonial
from app.testimonials.nearby import Nearby, near
from app.testimonials.queries import visible
from app.testimonials.reading import Reading, read
from app.testimonials.versions import Version

THEMES = 2  # of those it speaks of, how many lead elsewhere


@dataclass(frozen=True)
class Author:
    """What is shown of whoever signs, and nothing more: empty where they chose not to give it."""

    name: str = ""
    role: str = ""
    clsm: str = ""

    @classmethod
    def of(cls, attribution: Attribution, name: str, role: str, clsm: str) -> Self:
        """Return as much as an attribution lets be seen."""
        match attribution:
            case Attribution.FULL:
                return cls(name, role, clsm)
            case Attribution.ROLE:
                return cls(role=role, clsm=clsm)
            case Attribution.CLSM:
                return cls(clsm=clsm)
            case Attribution.REGION:
                return cls()


@dataclass(frozen=True)
class Sheet:
    """A testimonial in full: `told` to machines and readers alike, its `themes` with their labels, in order."""

    article: Reading
    path: str
    public_id: str
    published_at: datetime
    told: Mapping[str, Any]
    themes: Mapping[str, str]
    answers: Markup
    author: Author
    nearby: Nearby

    @property
    def url(self) -> str:
        """Return its address in full."""
        return f"{current_app.config['PUBLIC_URL']}{self.path}"


def in_full(session: AnySession, public_id: str) -> Sheet | None:
    """Return a testimonial, if it is visible, by three statements."""
    for number, published, slug, attribution, name, role, clsm, *told in IN_FULL.rows(session, public_id=public_id):
        article = read(session, slug)
        if article is None:
            return None
        saying = Saying.of(told)
        themes = saying.articulations(article.labels)
        here = Place(moment(published), number, article.id)
        return Sheet(
            article=article,
            path=address(saying.public_id, saying.slug),
            public_id=saying.public_id,
            published_at=here.published_at,
            told=json.loads(saying.said),
            themes=themes,
            answers=saying.answers,
            author=Author.of(Attribution(attribution), name, role, clsm),
            nearby=near(session, here, list(themes)[:THEMES]),
        )
    return None


IN_FULL = Hot(
    visible(
        Testimonial.id,
        Testimonial.published_at,
        Article.slug.label("article"),
        Version.attribution,
        Version.author_name,
        Version.author_role,
        Version.clsm,
        *columns(whole=True),
    )
    .join(Facsimile, Facsimile.testimonial_id == Testimonial.id)
    .join(Article, Article.id == Testimonial.article_id)
    .where(Testimonial.public_id == bindparam("public_id"), SAID)
    .order_by(None)
)
