"""A deterministic corpus: a million believable French testimonials, loaded in bulk into an empty, migrated database.

Nobody in it exists. The rows are what the lifecycle would have left (product rule 1 is held by the database), except
that digests are drawn, not computed: nothing that reads a page computes one. What is read beside them (search, the
board's lines) is rebuilt by the product's own hand.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine, text

from app.db import Base
from app.moderation.queue.rows import QueueRow, QueueThemeRow, insert_rows, rows_query, theme_rows_query
from app.search.words import plain
from app.testimonials.consent import Purpose
from app.testimonials.situation import CrpvKnown, Situation, crpv_called
from app.testimonials.versions import composed_title
from bench.french import FIRST_NAMES, LAST_NAMES, ROLES, TOWNS, a_text
from bench.shown import show

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)  # a corpus does not expire while it is measured
TEXTS = 5_000
OTHER_ARTICLE = 10  # one in so many answers another article than the one everyone reads

# How what is neither waiting nor visible is spread, in parts.
REST = {
    "unconfirmed": 25,
    "changes_requested": 6,
    "proof_sent": 4,
    "internal": 15,
    "declined": 25,
    "unpublished": 10,
    "withdrawn": 15,
}
# What SQLite need not do for a file that is being filled; the next connection does it all again (`app/db.py`).
HURRY = (
    "foreign_keys = OFF",
    "journal_mode = MEMORY",
    "synchronous = OFF",
    "secure_delete = OFF",
    "temp_store = MEMORY",
    "cache_size = -1000000",  # 1 GB
)
SITUATIONS, SITUATION_PARTS = ("regular", "past", "planned"), (5, 3, 2)
ATTRIBUTIONS, ATTRIBUTION_PARTS = ("role", "full", "clsm", "region"), (4, 3, 2, 1)

PLAN = {
    "n": "INTEGER PRIMARY KEY",
    "public_id": "TEXT",
    "article_id": "INTEGER",
    "status": "TEXT",
    "consent": "BOOLEAN",
    "submitted_at": "MOMENT",
    "waiting_since": "MOMENT",
    "published_at": "MOMENT",
    "published_until": "MOMENT",
    "due_at": "MOMENT",
    "digest": "TEXT",
    "situation": "TEXT",
    "clsm": "TEXT",
    "department_code": "TEXT",
    "crpv_id": "INTEGER",
    "title": "TEXT",
    "text_id": "INTEGER",
    "author_name": "TEXT",
    "author_role": "TEXT",
    "attribution": "TEXT",
    "theme_id": "INTEGER",
    "second_theme_id": "INTEGER",
    "said_plain": "TEXT",
    "signed_plain": "TEXT",
}

STATEMENTS = (
    """INSERT INTO testimonial (id, public_id, article_id, email, link_generation, status, revision, submitted_at,
           waiting_since, published_at, published_until, due_at, publication_consent, current_number, settled_number,
           shown_number, shown_digest, approved_digest, hint_count)
       SELECT n, public_id, article_id, 'personne' || n || '@exemple.invalid', 1, status, 2, submitted_at,
           waiting_since, published_at, published_until, due_at, consent, 1,
           CASE status WHEN 'published' THEN 1 ELSE 0 END, CASE status WHEN 'published' THEN 1 END,
           CASE status WHEN 'published' THEN digest END, CASE status WHEN 'published' THEN digest END, 0
       FROM corpus_plan ORDER BY n""",
    """INSERT INTO version (id, testimonial_id, number, made_by, made_at, digest, situation, clsm, department_code,
           crpv_known, crpv_id, crpv_other, title, account, outcome, obstacles, advice, years, partners, link,
           author_name, author_role, attribution, approval, approved_at, approved_digest)
       SELECT n, n, 1, 'author', submitted_at, digest, situation, clsm, department_code,
           CASE WHEN crpv_id IS NULL THEN 'inconnu' ELSE 'listed' END, crpv_id, '', title, account, outcome,
           obstacles, advice, years, '', '', author_name, author_role, attribution, 'sent', submitted_at, digest
       FROM corpus_plan JOIN corpus_text USING (text_id) ORDER BY n""",
    "INSERT INTO version_theme (version_id, theme_id) SELECT n, theme_id FROM corpus_plan ORDER BY n",
    """INSERT INTO version_theme (version_id, theme_id)
       SELECT n, second_theme_id FROM corpus_plan WHERE second_theme_id IS NOT NULL ORDER BY n""",
    """INSERT INTO consent (testimonial_id, purpose, answer, wording_version, wording, digest, channel, at)
       SELECT n, 'publication', CASE WHEN status = 'withdrawn' THEN 'withdrawn' WHEN consent THEN 'given'
           ELSE 'refused' END, :wording_version, :wording, digest, 'form', submitted_at
       FROM corpus_plan ORDER BY n""",
    """INSERT INTO audit_event (at, kind, actor, testimonial_id, after, version_number)
       SELECT submitted_at, 'submitted', 'author', n, 'unconfirmed', 1 FROM corpus_plan ORDER BY n""",
    """INSERT INTO audit_event (at, kind, actor, testimonial_id, before, after, version_number)
       SELECT waiting_since, 'confirm', 'author', n, 'unconfirmed', 'pending', 1
       FROM corpus_plan WHERE status <> 'unconfirmed' ORDER BY n""",
)

# As app/search/index.py stores them; written here from the plan, for making a million texts plain one by one
# takes longer than all the rest (`flask search rebuild` does it).
FOUND_BY = {
    "sqlite": "INSERT INTO {scope} (rowid, words) SELECT n, ' ' || plain || ' ' || {who} {rows}",
    "postgresql": "INSERT INTO {scope} (rowid, words)"
    " SELECT n, array_to_tsvector(array_remove(string_to_array(plain || ' ' || {who}, ' '), '')) {rows}",
}
ROWS = "FROM corpus_plan JOIN corpus_text USING (text_id)"
SCOPES = (
    ("search_desk", "said_plain", ROWS),
    ("search_public", "signed_plain", f"{ROWS} WHERE status = 'published'"),
)


@dataclass(frozen=True)
class Size:
    """How many testimonials in all, how many of them wait for an editor, how many are beside the first article."""

    total: int
    waiting: int
    visible: int


@dataclass(frozen=True)
class Places:
    """What the content already holds, for testimonials to refer to."""

    articles: list[int]
    themes: dict[int, list[int]]
    departments: list[str]
    regions: dict[str, str]
    crpvs: dict[str, int]
    names: dict[int, str]


def load(engine: Engine, size: Size, *, seed: int = 1, shown: bool = True) -> None:
    """Fill an empty database, which `flask prepare` or the like has migrated and given its content.

    What readers are served is written too, unless not `shown`; that needs an application's context.
    """
    with hurrying(engine) as connection:
        if connection.scalar(text("SELECT count(*) FROM testimonial")):
            raise RuntimeError("a corpus is loaded into an empty database")
        places = look_around(connection)
        make_plan(connection, rows(size, places, random.Random(seed)), random.Random(seed))
        purpose = Purpose.PUBLICATION
        for statement in STATEMENTS:
            connection.execute(
                text(statement), {"wording": purpose.wording, "wording_version": purpose.wording_version}
            )
        write_what_finds_them(connection)
        if shown:
            show(connection)
        connection.execute(text("DROP TABLE corpus_plan"))
        connection.execute(text("DROP TABLE corpus_text"))
        if engine.dialect.name == "postgresql":
            for table in ("testimonial", "version"):
                connection.execute(text("SELECT setval(:name, :last)"), {"name": f"{table}_id_seq", "last": size.total})


@contextmanager
def hurrying(engine: Engine) -> Iterator[Connection]:
    """Give a transaction, on a connection of its own, that minds neither crashes nor others, nor checks any reference.

    The corpus is sound by construction (`tests/test_corpus.py`), and checking takes longer than writing.
    """
    engine.dispose()  # who has SQLite's file open keeps it from changing its journal
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            connection.detach()  # its settings end with it
            for pragma in HURRY:
                driver.execute(f"PRAGMA {pragma}")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection


def write_what_finds_them(connection: Connection) -> None:
    """Write the board's lines and the words, without their indexes, then the indexes: sorting beats inserting."""
    indexes = [
        index for kind in (QueueRow, QueueThemeRow) for index in Base.metadata.tables[kind.__tablename__].indexes
    ]
    for index in indexes:
        index.drop(connection)
    connection.execute(insert_rows(QueueRow, rows_query()))
    connection.execute(insert_rows(QueueThemeRow, theme_rows_query()))
    for index in indexes:
        index.create(connection)
    for scope, who, planned in SCOPES:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP INDEX ix_{scope}_words"))
        statement = FOUND_BY[connection.dialect.name].format(scope=scope, who=who, rows=planned)
        connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"CREATE INDEX ix_{scope}_words ON {scope} USING gin (words)"))


def settle(engine: Engine) -> None:
    """Let PostgreSQL look at what it was given, as it does by itself in the course of time; SQLite never does."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))


def look_around(connection: Connection) -> Places:
    """Return what there is to refer to, after adding an article that is not the one everyone reads."""
    connection.execute(
        text(
            """INSERT INTO article
                   (slug, title, summary, published_on, body, call_title, call, is_public, is_open, revision)
               SELECT 'autre-article', 'Un autre article', '', '2020-01-01', '', '', '', TRUE, TRUE, 1
               WHERE NOT EXISTS (SELECT 1 FROM article WHERE slug = 'autre-article')"""
        )
    )
    connection.execute(
        text(
            """INSERT INTO theme (article_id, slug, label, choice, position)
               SELECT id, 'autre', 'Une autre façon de faire', 'Autre', 0 FROM article WHERE slug = 'autre-article'
               AND NOT EXISTS (SELECT 1 FROM theme WHERE theme.article_id = article.id)"""
        )
    )
    articles = list(connection.scalars(text("SELECT id FROM article ORDER BY slug = 'autre-article', id")))
    themes: dict[int, list[int]] = {article: [] for article in articles}
    for article, theme in connection.execute(text("SELECT article_id, id FROM theme ORDER BY position, id")):
        themes[article].append(theme)
    crpvs = connection.execute(text("SELECT department_code, min(crpv_id) FROM crpv_department GROUP BY 1"))
    regions = connection.execute(
        text("SELECT department.code, region.name FROM department JOIN region ON region.code = department.region_code")
    )
    return Places(
        articles=articles,
        themes=themes,
        departments=list(connection.scalars(text("SELECT code FROM department ORDER BY code"))),
        regions=dict(regions.all()),
        crpvs=dict(crpvs.all()),
        names=dict(connection.execute(text("SELECT id, name FROM crpv")).all()),
    )


def rows(size: Size, places: Places, chance: random.Random) -> Iterator[tuple[object, ...]]:
    """Yield the plan of each testimonial, the oldest first; an old one is rarely among those that wait."""
    statuses = ["published"] * size.visible + ["pending"] * size.waiting
    rest, parts = list(REST), list(accumulate(REST.values()))
    statuses += chance.choices(rest, cum_weights=parts, k=size.total - len(statuses))
    chance.shuffle(statuses)
    step = timedelta(days=1000) / max(size.total, 1)
    # Some départements write ten times as much as others, and some articulations too.
    weights = list(accumulate(1 + 9 * chance.random() ** 3 for _ in places.departments))
    for n, status in enumerate(statuses, start=1):
        submitted = NOW - timedelta(days=1000) + n * step
        waiting = submitted + timedelta(minutes=chance.randrange(1, 60 * 24 * 20))
        published = status == "published"
        away = not published and chance.randrange(OTHER_ARTICLE) == 0
        article = places.articles[-1 if away else 0]
        (department,) = chance.choices(places.departments, cum_weights=weights)
        (situation,), (attribution,) = (
            chance.choices(SITUATIONS, SITUATION_PARTS),
            chance.choices(ATTRIBUTIONS, ATTRIBUTION_PARTS),
        )
        clsm, role = f"CLSM de {chance.choice(TOWNS)}", chance.choice(ROLES)
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        title = "" if chance.randrange(3) == 0 else f"Retour {n} : {chance.choice(TOWNS)}, an {chance.randrange(1, 9)}"
        region = places.regions[department]
        signed = {
            "full": (name, role, clsm),
            "role": (role, clsm),
            "clsm": (clsm,),
            "region": (f"un CLSM, en région {region}",),
        }
        first, second = (chance.choice(places.themes[article]) for _ in range(2))
        public_id = f"{chance.getrandbits(80):020x}"
        consent = published or (status != "withdrawn" and chance.random() < 0.85)  # noqa: PLR2004  # most say yes
        digest = f"{chance.getrandbits(256):064x}"
        crpv = places.crpvs.get(department) if chance.random() < 0.9 else None  # noqa: PLR2004  # some cannot tell
        known = CrpvKnown.LISTED if crpv else CrpvKnown.UNKNOWN
        called, label = crpv_called(places.names[crpv] if crpv else None, "", known), Situation(situation)
        said = f"{composed_title(title, label, known, called)} {label.label} {region} {called}"
        yield (
            n,
            public_id,
            article,
            status,
            consent,
            submitted,
            waiting,
            waiting if status in {"published", "unpublished"} else None,
            FAR if published else None,
            waiting + timedelta(days=21) if status in {"changes_requested", "proof_sent"} else None,
            digest,
            situation,
            clsm,
            department,
            crpv,
            title,
            chance.randrange(TEXTS),
            name,
            role,
            attribution,
            first,
            second if second != first else None,
            " ".join(plain(f"{said} {name} {role} {clsm}")),
            " ".join(plain(" ".join((said, *signed[attribution])))),
        )


def make_plan(connection: Connection, planned: Iterator[tuple[object, ...]], chance: random.Random) -> None:
    """Put the texts and the plan into tables of the engine, for it to write the rest by itself."""
    postgres = connection.dialect.name == "postgresql"
    moment = "TIMESTAMP WITH TIME ZONE" if postgres else "TEXT"
    columns = ", ".join(f"{name} {kind.replace('MOMENT', moment)}" for name, kind in PLAN.items())
    connection.execute(text(f"CREATE TEMPORARY TABLE corpus_plan ({columns})"))
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE corpus_text (text_id INTEGER PRIMARY KEY, account TEXT, outcome TEXT,"
            " obstacles TEXT, advice TEXT, years TEXT, plain TEXT)"
        )
    )
    texts = (a_text(chance) for _ in range(TEXTS))
    copy(connection, "corpus_text", 7, ((n, *each, " ".join(plain(" ".join(each)))) for n, each in enumerate(texts)))
    copy(connection, "corpus_plan", len(PLAN), planned)


def copy(connection: Connection, table: str, width: int, written: Iterator[tuple[object, ...]]) -> None:
    """Write rows as fast as the engine takes them."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as lines:
            for row in written:
                lines.write_row(row)
    else:
        marks = ", ".join("?" * width)
        driver.executemany(f"INSERT INTO {table} VALUES ({marks})", map(as_sqlite, written))


def as_sqlite(row: tuple[object, ...]) -> tuple[object, ...]:
    """Return a row with its moments as SQLAlchemy stores them there."""
    return tuple(f"{each:%Y-%m-%d %H:%M:%S.%f}" if isinstance(each, datetime) else each for each in row)
