"""Lists of the queue: filters, orders, pages, search, query plans, the number of statements, rows, holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.articles import source
from app.db import db, now
from app.french import short_day
from app.moderation import holds
from app.moderation.queue import found, pages
from app.moderation.queue.deadlines import deadline_of
from app.moderation.queue.filters import QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.pages import Neighbours, neighbours, queue_page
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.rows import QueueRow
from app.moderation.queue.totals import counts_query, first_ids_query
from app.testimonials.erasure import retention_end
from app.testimonials.lifecycle import UNDERWAY, Action, Status
from app.testimonials.notices import NoticeKind
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from bench import corpus
from tests.acts import amend_text, committed, list_total, pass_time, reload, signed_in, stored
from tests.crowd import multiply
from tests.depth import DEPTH
from tests.factories import ACCOUNT, a_notice, a_testimonial, an_editor, by_editor, the_article
from tests.moderation.desk import read_pages
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """A list of the statements executed, with their parameters."""
    seen: list[tuple[str, object]] = []

    def see(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", see)
    yield seen
    event.remove(engine, "before_cursor_execute", see)


def listed(session: Session, start: QueueCursor | None = None, user_id: int = 0, **query: str) -> list[int]:
    return queue_page(session, QueueReader(user_id, QueueFilters.read(query)), start).ids


@pytest.mark.both_engines
def test_each_filter_narrows_the_list(session: Session) -> None:
    article = the_article(session)
    plain = a_testimonial(session)
    other = a_testimonial(
        session,
        email="b@exemple.fr",
        situation=Situation.PLANNED,
        partner=None,
        partner_known=PartnerKnown.UNKNOWN,
        themes=[article.themes[1], article.themes[2]],
        publish=False,
        title="Une autre",
    )
    both = [plain.id, other.id]
    assert listed(session) == both
    assert listed(session, situation="planned") == [other.id]
    assert listed(session, accord="oui") == [plain.id]
    assert listed(session, accord="non") == [other.id]
    assert listed(session, reperes="non") == both
    assert listed(session, signale="non") == both
    assert listed(session, signale="oui") == []
    assert listed(session, region="53") == both
    assert listed(session, region="11") == []
    assert listed(session, partner="reso-villes") == [plain.id]
    assert listed(session, articulation=f"crpv.{article.themes[0].slug}") == [plain.id]
    assert listed(session, articulation=f"crpv.{article.themes[2].slug}") == [other.id]
    assert listed(session, article="crpv") == both
    assert listed(session, article="rien") == listed(session, partner="rien") == listed(session, articulation="x") == []
    assert listed(session, mots="une autre") == [other.id]
    assert listed(session, mots="gardiens", situation="planned", region="53") == [other.id]
    assert listed(session, etat="declined") == []
    assert listed(session, tri="activite") == both[::-1]


def test_a_row_shows_hints_missing_consent_and_spam_signs(editor: Visitor, session: Session) -> None:
    a_testimonial(session, title="Rien à dire")
    marked = a_testimonial(session, email="b@exemple.fr", title="À regarder", account=f"{ACCOUNT} Au 01 99 00 35 17.")
    silent = committed(session, email="c@exemple.fr", title="Sans accord", publish=False)
    assert listed(session, reperes="oui") == [marked.id]
    assert marked.id not in listed(session, reperes="non")
    editor.get("/moderation")
    rows = {str(each.find("h2").get_text(strip=True)): each.get_text(" ") for each in editor.page.select(".row")}  # type: ignore[union-attr]  # there is one
    assert [title for title, row in rows.items() if "passage à regarder" in " ".join(row.split())] == ["À regarder"]
    assert [title for title, row in rows.items() if "Sans accord pour publier" in row] == [silent.latest.title]
    assert [title for title, row in rows.items() if "déjà venu d’une autre adresse" in row] == ["Sans accord"]


def test_contested_decisions_have_their_own_list(editor: Visitor, session: Session) -> None:
    a_testimonial(session, title="À relire aussi")
    declined = a_testimonial(session, status=Status.DECLINED, email="b@exemple.fr", title="Refusé à tort")
    other = a_testimonial(session, status=Status.UNPUBLISHED, email="c@exemple.fr", title="Dépublié à tort")
    for each in (declined, other):
        contest_decision(each, "Relisez, s’il vous plaît.")
    session.commit()
    assert {*listed(session)} >= {declined.id, other.id}, "they are pending too"
    editor.get("/moderation")
    link = editor.page.find("a", href="/moderation?conteste=1")
    assert link is not None
    assert link.get_text(" ", strip=True).endswith("2")
    editor.get("/moderation?conteste=1")
    assert editor.page.h1 is not None
    assert editor.page.h1.get_text() == "Contestations"
    assert editor.text.count("Décidé ou corrigé par Nadia Exemple : une autre personne répond") == 2
    assert "À relire aussi" not in editor.text
    editor.get(f"/moderation/{declined.public_id}?conteste=1")
    assert [each["href"] for each in editor.page.select("[data-key=j]")] == [
        f"/moderation/{other.public_id}?conteste=1"
    ]
    assert listed(session, conteste="1", mots="tort depublie") == [other.id]
    assert listed(session, conteste="1", accord="non") == []


def test_a_noticed_text_is_listed_as_pending(session: Session) -> None:
    waiting, testimonial = a_testimonial(session), a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    a_notice(session, testimonial)
    assert listed(session) == [waiting.id, testimonial.id]
    assert listed(session, signale="oui") == [testimonial.id]
    assert listed(session, signale="oui", articulation=f"crpv.{the_article(session).themes[0].slug}") == [
        testimonial.id
    ]
    assert listed(session, etat="published") == []
    deadline = deadline_of(testimonial)
    assert deadline.state == "Signalé, sans réponse"
    assert (deadline.since, deadline.overdue) == (testimonial.noticed_at, "")
    testimonial.notice_due_at = now() - timedelta(days=1)
    assert deadline_of(testimonial).overdue == "En retard"


@pytest.mark.both_engines
def test_a_row_tells_the_moment_that_it_is_sorted_and_counted_by(app: Flask, session: Session) -> None:
    texts = [a_testimonial(session, status=each, email=f"{each.value}@exemple.fr") for each in Status]
    reported, amended, set_aside, contested, hidden = (
        a_testimonial(session, status=Status.PUBLISHED, email=f"{number}@exemple.fr") for number in range(5)
    )
    for each in (*texts, reported, amended, set_aside, contested, hidden):
        pass_time(session, each, 60)
    for days, each in ((5, reported), (9, hidden)):
        a_notice(session, each, at=now() - timedelta(days=days))
    hidden.perform(Action.HIDE, by=by_editor(session))
    amend_text(amended, title="Une autre version")
    amend_text(set_aside, title="Une version de trop")
    set_aside.perform(Action.SET_ASIDE, by=by_editor(session))
    contested.contested_at = now() - timedelta(days=3)
    session.commit()
    told = {each.id: deadline_of(each).since for each in stored(session, Testimonial)}
    assert {row.testimonial_id: row.waiting_since for row in stored(session, QueueRow)} == told
    ages = {each.id: round((now() - told[each.id]).days) for each in (reported, hidden, contested, amended, set_aside)}
    assert [*ages.values()] == [5, 9, 3, 0, 60]
    texts[[*Status].index(Status.PENDING)].waiting_since = now()
    session.commit()
    assert listed(session)[:3] == [hidden.id, reported.id, contested.id], "the oldest first"
    figures = signed_in(Visitor(app), session).get("/moderation/chiffres").text
    assert f"Attend l’équipe : à relire 5 {short_day(now() - timedelta(days=9))}" in figures


def test_held_texts_have_their_own_list_until_the_hold_lapses(app: Flask, session: Session) -> None:
    mine, other = a_testimonial(session), a_testimonial(session, email="b@exemple.fr", title="Une autre")
    editor = an_editor(session)
    holds.take_hold(session, mine, editor.id)
    session.flush()
    assert listed(session, mien="1", user_id=editor.id) == [mine.id]
    assert listed(session, mien="1", mots="autre", user_id=editor.id) == []
    assert listed(session, mien="1", mots="trois", user_id=editor.id) == [mine.id]
    assert listed(session, mien="1") == []
    holds.holds_on(session, [mine.id])[mine.id].at -= app.config["HOLD_PERIOD"]
    session.flush()
    assert listed(session, mien="1", user_id=editor.id) == []
    assert listed(session) == [mine.id, other.id]


@pytest.mark.both_engines
def test_pages_and_neighbours_cover_the_list_without_loss(session: Session, subtests: pytest.Subtests) -> None:
    same = now()
    for number in range(7):
        testimonial = a_testimonial(session, email=f"a{number}@exemple.fr")
        testimonial.waiting_since = same - timedelta(days=number // 2)
    session.flush()
    for sort, words in product((QueueSort.AGE, QueueSort.ACTIVITY), ("", "gardiens")):
        with subtests.test(sort=sort, words=words):
            follow(session, QueueReader(0, QueueFilters(mots=words, tri=sort)))


def test_the_reported_texts_are_read_by_the_date_promised(session: Session, subtests: pytest.Subtests) -> None:
    """What is overdue comes first, then what is most urgent, whenever the text itself was published or reported."""
    waiting = a_testimonial(session, email="attend@exemple.fr")
    texts = [a_testimonial(session, status=Status.PUBLISHED, email=f"a{number}@exemple.fr") for number in range(7)]
    late = 4  # reported eight days ago
    for number, text_ in enumerate(texts):
        kind = NoticeKind.NAMED if number % 2 else NoticeKind.OTHER
        at = now() - timedelta(days=8) if number == late else now() - timedelta(minutes=number // 2)
        a_notice(session, text_, kind=kind, at=at, email=None)
    session.flush()
    expected = [texts[each].id for each in (4, 5, 3, 1, 6, 2, 0)]
    read = QueueFilters.read({"signale": "oui"})
    assert read.tri is QueueSort.URGENCY
    assert queue_page(session, QueueReader(0, read)).ids == expected
    assert [deadline_of(text_).overdue for text_ in texts] == ["En retard" if n == late else "" for n in range(7)]
    for words in ("", "gardiens"):
        with subtests.test(words=words):
            follow(session, QueueReader(0, QueueFilters.read({"signale": "oui", "mots": words})))
    theme = f"crpv.{the_article(session).themes[0].slug}"
    themed = QueueReader(0, QueueFilters.read({"signale": "oui", "articulation": theme}))
    assert queue_page(session, themed).ids == expected
    assert neighbours(session, QueueReader(0, read), waiting) == Neighbours()
    activity = QueueFilters.read({"signale": "oui", "tri": "activite"})
    assert queue_page(session, QueueReader(0, activity)).ids[0] == texts[-1].id


@pytest.mark.parametrize(
    ("values", "sort"),
    [
        ({}, "age"),
        ({"tri": "urgence"}, "age"),
        ({"signale": "oui"}, "urgence"),
        ({"signale": "oui", "tri": "age"}, "urgence"),
        ({"signale": "oui", "tri": "activite"}, "activite"),
        ({"signale": "non"}, "age"),
        ({"signale": "oui", "etat": "tous"}, "activite"),
        ({"signale": "oui", "etat": "published", "tri": "urgence"}, "age"),
        ({"etat": "tous", "tri": "age"}, "age"),
    ],
)
def test_the_order_by_date_promised_is_that_of_reported_texts(values: dict[str, str], sort: str) -> None:
    filters = QueueFilters.read(values)
    assert filters.tri == sort
    assert QueueFilters.read(filters.query) == filters, "the address says the same list"


def follow(session: Session, reader: QueueReader) -> None:
    """Read a list of seven in pages of two, then the neighbours of each."""
    everything = queue_page(session, reader).ids
    assert [each for page in read_pages(session, reader, 2) for each in page] == everything
    assert len(everything) == 7
    for index, testimonial_id in enumerate(everything):
        near = neighbours(session, reader, session.get_one(Testimonial, testimonial_id))
        names = [
            None if each is None else session.get_one(Testimonial, each).public_id
            for each in (everything[index - 1] if index else None, [*everything, None][index + 1])
        ]
        assert [near.previous, near.next] == names


@pytest.mark.both_engines
def test_a_partial_search_page_resumes_where_it_stopped(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A common word, rare at the head of the list: the page is partial, and its cursor resumes the scan."""
    for number in range(12):
        title = "Aiguebrune" if number % 4 == 3 else "Autre"
        a_testimonial(session, email=f"a{number}@exemple.fr", title=title)
    session.flush()
    for module, name, value in ((pages, "FIRST_SCAN", 2), (found, "MAX_CANDIDATES", 2), (pages, "MAX_SCAN", 5)):
        monkeypatch.setattr(module, name, value)
    reader = QueueReader(0, QueueFilters(mots="aiguebrune"))
    first = queue_page(session, reader)
    assert (len(first.ids), first.is_partial) == (1, True)
    second = queue_page(session, reader, first.next)
    third = queue_page(session, reader, second.next)
    assert [len(second.ids), len(third.ids), third.next, third.is_partial] == [1, 1, None, False]
    assert len({*first.ids, *second.ids, *third.ids}) == 3


def test_no_statement_is_kept_with_the_words_of_a_search(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        a_testimonial(session, email=f"a{number}@exemple.fr", title="Aiguebrune Valfleur")
    session.flush()
    monkeypatch.setattr(found, "MAX_CANDIDATES", 2)
    pages.list_query.cache_clear()
    for words in ("aiguebrune", "valfleur"):
        assert len(queue_page(session, QueueReader(0, QueueFilters(mots=words))).ids) == 4
    assert pages.list_query.cache_info().currsize == 1


@pytest.mark.both_engines
def test_the_text_index_is_not_read_for_a_common_word(
    session: Session, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        a_testimonial(session, email=f"a{number}@exemple.fr", title="Aiguebrune")
    session.flush()
    session.execute(text("ANALYZE"))
    monkeypatch.setattr(found, "MAX_CANDIDATES", 0)
    reader = QueueReader(0, QueueFilters(mots="aiguebrune"))
    for share, is_read in ((0, engine == "sqlite"), (1, True)):
        monkeypatch.setattr(found, "COMMON_SHARE", share)
        with statements(db.engine) as seen:
            assert len(queue_page(session, reader).ids) == 12
        assert any(statement.startswith("SELECT search_desk.rowid") for statement, _ in seen) is is_read


# Query strings of the filters, in each order.
QUERIES = [
    f"{query}&tri={sort}"
    for query in (
        *("", "article=crpv", "situation=planned", "region=11", "partner=labo-cites", "accord=non", "reperes=oui"),
        *("reutilisation=oui", "recontact=oui", "signale=oui"),
        "articulation=crpv.reseaux",
        *("etat=tous", "etat=tous&accord=non", "etat=tous&articulation=crpv.reseaux"),
    )
    for sort in QueueSort
]


@pytest.mark.both_engines
@pytest.mark.changes_content
@pytest.mark.slow("a queue so long that an index pays")
def test_no_list_scans_or_sorts_testimonials(app: Flask, session: Session) -> None:
    """The plans of both engines, on a queue long enough for an index to pay."""
    with app.app_context():
        corpus.load(db.session(), 6_000)
        if db.engine.dialect.name == "postgresql":  # a bitmap scan and a sort are cheaper for so few rows
            db.session.execute(text("SET enable_bitmapscan = off"))
        scopes = None, frozenset({1}), frozenset({1, 2})
        for query, scope in product(DEPTH.drawn(QUERIES), scopes):
            filters = QueueFilters.read(dict(part.split("=") for part in query.split("&") if part))
            merged = len(scope) if scope and not (filters.article or filters.articulation) else 1
            merged *= len(Status) if filters.etat is None else 1
            for start in (None, QueueCursor(now() - timedelta(days=300), 7)):
                with statements(db.engine) as seen:
                    queue_page(db.session(), QueueReader(0, filters, scope), start)
                (statement, parameters) = seen[-1]
                plan = explained(statement, parameters)
                for costly in ("SCAN queue_", "Seq Scan on queue_", "TEMP B-TREE", "Sort  ("):
                    # Several lists, or those of several articles, are merged by sorting the first rows of each.
                    most = merged if merged > 1 and costly in {"TEMP B-TREE", "Sort  ("} else 0
                    assert plan.count(costly) <= most, f"{query} {scope}\n{plan}"
                assert "ix_queue_" in plan, f"{query} {scope}\n{plan}"
        with statements(db.engine) as seen:
            found.handfuls(db.session(), QueueReader(0, QueueFilters()))
        plan = explained(*seen[-1])
        assert "ix_testimonial_contested_at" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        for selected in (made for scope in scopes for made in (counts_query(scope), first_ids_query(scope, 20))):
            with statements(db.engine) as seen:
                db.session.execute(selected)
            plan = explained(*seen[-1])
            assert "ix_queue_row_" in plan, plan
            for costly in ("SCAN queue_", "Seq Scan on queue_", "TEMP B-TREE", "Sort  ("):
                assert costly not in plan, plan
        db.session.rollback()


def explained(statement: str, parameters: object) -> str:
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    plan = db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]  # as seen
    return "\n".join(str(row[-1]) for row in plan)


@pytest.mark.both_engines
def test_a_page_runs_as_many_statements_for_one_row_as_for_two_hundred(
    app: Flask, editor: Visitor, session: Session
) -> None:
    first = contested_and_held(session, title="Zinzolin")
    session.commit()
    with app.app_context():
        engine = db.engine

    def counts(public_ids: list[str]) -> dict[str, int]:
        several = "&".join(f"texte={each}" for each in public_ids)
        pages = {
            "all": "",
            "a word of one": "?mots=zinzolin",
            "a word of all": "?mots=gardiens",
            "a région": "?region=53",
            "contested": "?conteste=1",
            "review": f"/{first.public_id}",
            "set aside": f"/ecarter?{several}",
            "done": f"/fait?{several}",
        }
        counted = {}
        for name, path in pages.items():
            with statements(engine) as seen:
                assert editor.get(f"/moderation{path}").status == 200
            counted[name] = len([statement for statement, _ in seen if not statement.startswith("PRAGMA")])
        return counted

    at_one = counts([first.public_id])
    second = contested_and_held(session, email="b@exemple.fr")
    at_many = counts([first.public_id, *multiply(session, second, 199)])
    assert at_many == at_one
    assert max(at_many.values()) < 30


def contested_and_held(session: Session, **facts: Any) -> Testimonial:
    testimonial = a_testimonial(session, **facts)
    testimonial.contested_at = now()
    holds.take_hold(session, testimonial, an_editor(session).id)
    return testimonial


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_a_list_runs_as_many_statements_for_any_number_of_articles(
    app: Flask, editor: Visitor, session: Session
) -> None:
    committed(session)
    written = source.serialize_source(the_article(session))
    counts = []
    for more in (0, 10):
        for number in range(more):
            session.add(
                source.build_article(*source.parse_source(written.replace('slug = "crpv"', f'slug = "autre-{number}"')))
            )
        session.commit()
        with recorded_statements(app) as seen:
            assert editor.get("/moderation").status == 200
        assert "article.body" not in "".join(seen), "the list needs titles only"
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 11, counts


# Malformed query strings, and whether the one pending text is listed.
ODD = {
    **dict.fromkeys(("apres=rien", "apres=1-1", f"apres={'9' * 18}-1", "apres=1-99999999999", "apres=-1-1"), True),
    **dict.fromkeys(("etat=rien&tri=x", "mots=%22%27*()", "mots=%3F%3F", "mien=2", "apres=999999"), True),
    **dict.fromkeys((f"mots={'a' * 10_000}", "region=zz&partner=&arti"), False),
}


def test_a_malformed_query_string_shows_a_list(editor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    committed(session)
    committed(session, status=Status.DECLINED, email="b@exemple.fr")
    for query, is_listed in ODD.items():
        with subtests.test(query=query[:40]):
            editor.get(f"/moderation?{query}")
            assert (editor.status, editor.path) == (200, "/moderation")
            assert [each.get_text() for each in editor.page.select("h1")] == ["À relire"]
            assert len(editor.page.select(".row")) == is_listed


def test_filters_are_in_the_address_and_remembered(editor: Visitor, session: Session) -> None:
    one, two = a_testimonial(session), a_testimonial(session, email="b@exemple.fr", situation=Situation.PLANNED)
    session.commit()
    editor.get("/moderation?situation=planned&mots=gardiens")
    (link,) = [str(each["href"]) for each in editor.page.select(".row__link")]
    assert link == f"/moderation/{two.public_id}?situation=planned&mots=gardiens"
    editor.get(f"/moderation/{one.public_id}")
    back = editor.page.find(
        "a", string=lambda text: bool(text and "Revenir à la liste" in text)
    ) or editor.page.select_one(".review-nav a")
    assert back is not None
    assert back["href"] == "/moderation?situation=planned&mots=gardiens"


def test_a_decision_opens_the_next_text_with_a_banner(editor: Visitor, session: Session) -> None:
    texts = [a_testimonial(session, email=f"a{number}@exemple.fr", title=f"Texte {number}") for number in range(3)]
    session.commit()
    editor.get(f"/moderation/{texts[0].public_id}?mots=texte").press("Garder")
    assert editor.path == f"/moderation/{texts[1].public_id}"
    assert "Texte gardé pour l’usage interne par Nadia Exemple. Texte 0" in editor.text
    editor.get(f"/moderation/{texts[2].public_id}?mots=texte").press("Garder")
    assert editor.path == "/moderation"
    assert "Texte 2" in editor.text


def test_a_hold_is_shown_to_others_and_makes_no_decision_stale(
    editor: Visitor, pair: tuple[Visitor, Visitor], session: Session
) -> None:
    testimonial, (nadia, omar) = committed(session), pair
    editor.get(f"/moderation/{testimonial.public_id}")
    omar.get(f"/moderation/{testimonial.public_id}").press("Je m’en occupe")
    assert "Vous lisez ce texte depuis quelques instants" in omar.text
    assert "Omar Exemple lit depuis" in nadia.get("/moderation").text
    editor.press("Publier")
    assert editor.status == 200
    assert reload(session, testimonial).status is Status.PUBLISHED
    assert holds.holds_on(session, [testimonial.id]) == {}


def test_a_row_shows_its_deadline_under_the_right_heading(session: Session, subtests: pytest.Subtests) -> None:
    for status in Status:
        with subtests.test(status=status):
            text = a_testimonial(session, status=status)
            erased = None if status in UNDERWAY else retention_end(text)  # those, once their authors are asked
            due = deadline_of(text).due
            assert ("effacé" in due) is (erased is not None)
            assert erased is None or short_day(erased) in due
            assert ("jusqu’au" in due) is (status is Status.PUBLISHED)
            (heading,) = (name for name, statuses in pages.RAIL if status in statuses)
            assert (heading == "N’attend plus rien") is (status is Status.ERASED)


def test_the_page_of_a_text_says_until_when_it_is_published_and_when_it_is_erased(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    """By the periods of the settings: three years beside the article, six months after, thirty days unconfirmed."""
    ended = Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN
    expected: dict[Status, str] = {
        **dict.fromkeys(UNDERWAY, "Sera effacé le 15 janvier 2027 si ni l’équipe ni l’auteur·e n’y revient d’ici là"),
        **dict.fromkeys(ended, "Sera effacé le 15 juillet 2026"),
        Status.UNCONFIRMED: "Sera effacé le 14 février 2026 si personne ne confirme l’adresse",
        Status.PUBLISHED: (
            "Paraît jusqu’au 15 janvier 2029 ; sans prolongation de l’auteur·e, effacé le 15 juillet 2029"
        ),
    }
    texts = {each: a_testimonial(session, status=each, email=f"{each}@exemple.fr") for each in Status}
    for each in texts.values():
        each.submitted_at = each.waiting_since = each.acted_at = datetime(2026, 1, 15, 12, tzinfo=UTC)
        each.reminded_at = datetime(2026, 1, 22, 12, tzinfo=UTC)
        each.published_until = datetime(2029, 1, 15, 12, tzinfo=UTC) if each.shown_number else None
    session.commit()
    for status, each in texts.items():
        with subtests.test(status.value):
            words = editor.get(f"/moderation/{each.public_id}").text
            if status is Status.ERASED:
                assert "Sera effacé" not in words
            else:
                assert expected[status] in words
    session.rollback()
    contest_decision(texts[Status.DECLINED], "Relisez, s’il vous plaît.")
    session.commit()
    words = editor.get(f"/moderation/{texts[Status.DECLINED].public_id}").text
    assert "Ne s’efface pas tant que la contestation attend une réponse" in words


def test_a_new_version_is_listed_as_pending_and_says_until_when_the_shown_one_is_published(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    assert listed(session) == []
    testimonial.published_until = datetime(2029, 1, 15, 12, tzinfo=UTC)
    assert deadline_of(testimonial).due == "jusqu’au 15 janv. 2029"
    testimonial.propose(testimonial.latest.edited(title="Autrement dit"))
    session.flush()
    assert deadline_of(testimonial).due == "l’actuelle paraît jusqu’au 15 janv. 2029"
    assert (listed(session), list_total(session)) == ([testimonial.id], 1)
    testimonial.perform(Action.UNPUBLISH, by=by_editor(session))
    session.flush()
    assert (listed(session), listed(session, etat="unpublished")) == ([], [testimonial.id])
    testimonial.perform(Action.REOPEN, by=by_editor(session))
    assert testimonial.published_until is not None
    assert deadline_of(testimonial).due == "", "a reopened text has no deadline"
