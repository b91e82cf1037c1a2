"""Looking for a text: all lists at once, the total of each list, an author's address, consents to other purposes."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.moderation import holds
from app.moderation.queue import found as finding
from app.moderation.queue import pages
from app.moderation.queue import totals as counting
from app.moderation.queue.filters import EVERY_LIST, QueueCursor, QueueFilters, QueueSort
from app.moderation.queue.pages import queue_page
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.rows import QueueRow
from app.moderation.queue.totals import Total, list_totals
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import committed
from tests.crowd import multiply
from tests.factories import a_notice, a_testimonial, an_editor, another_article, the_article
from tests.moderation.desk import read_pages
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.both_engines

ADDRESS = "aline.exemple@ailleurs-exemple.fr"


def in_every_list(session: Session, **facts: str) -> dict[Status, Testimonial]:
    """Return a testimonial in each status, from an address of its own."""
    return {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr", **facts) for status in Status}


def found(session: Session, **query: str) -> list[int]:
    return queue_page(session, QueueReader(0, QueueFilters.read(query))).ids


def totals(session: Session, user_id: int = 0, **query: str) -> dict[str, int]:
    """Return the totals that are not nothing, by list."""
    counted = list_totals(session, QueueReader(user_id, QueueFilters.read(query)))
    assert not any(each.is_least for each in counted.values())
    return {name: total.number for name, total in counted.items() if total.number}


def rail(editor: Visitor) -> dict[str, str]:
    links = editor.page.select(".rail__link")
    return {words_of(each.select("span")[0]): words_of(each.select("span")[1]) for each in links}


def test_one_list_has_the_texts_of_every_status(editor: Visitor, session: Session) -> None:
    texts = in_every_list(session)
    session.commit()
    editor.get("/moderation?etat=tous")
    assert words_of(editor.page.select("h1")[0]) == "Tous les textes"
    assert len(editor.page.select(".row")) == len(Status)
    (current,) = editor.page.select(".rail__link[aria-current]")
    assert words_of(current) == f"Tous {len(Status)}"
    for each in texts.values():
        editor.get(f"/moderation/{each.public_id}?etat=tous")
        assert editor.page.select("[data-key=j], [data-key=k]"), "previous and next are those of this list"


# The orders of most lists; « Signalés » has the date promised in the place of the age.
ORDERS = (QueueSort.AGE, QueueSort.ACTIVITY)
MOMENTS = {QueueSort.AGE: "waiting_since", QueueSort.ACTIVITY: "active_at", QueueSort.URGENCY: "notice_due_at"}


def test_all_lists_at_once_are_paged_in_order_without_loss(session: Session, subtests: pytest.Subtests) -> None:
    for each in in_every_list(session).values():
        multiply(session, each, 3, moments=("waiting_since", "active_at"))
    for sort in ORDERS:
        with subtests.test(sort=sort):
            reader = QueueReader(0, QueueFilters(etat=None, tri=sort))
            rows = session.query(QueueRow).all()
            by_moment = {
                row.testimonial_id: row.waiting_since if sort is QueueSort.AGE else row.active_at for row in rows
            }
            ids = [each for page in read_pages(session, reader, 7) for each in page]
            assert len(ids) == len(by_moment) == 4 * len(Status)
            assert {*ids} == by_moment.keys()
            moments = [(by_moment[each], each) for each in ids]
            assert moments == sorted(moments, reverse=sort is QueueSort.ACTIVITY)
            for before, after in pairwise(ids):
                near = pages.neighbours(session, reader, session.get_one(Testimonial, before))
                assert near.next == session.get_one(Testimonial, after).public_id


# What a list has, and the orders that it can be read in.
SEARCHED: Sequence[tuple[dict[str, str], Callable[[QueueRow], bool], Sequence[QueueSort]]] = (
    ({"etat": "tous"}, lambda _: True, ORDERS),
    ({"etat": "published"}, lambda row: row.listed_status is Status.PUBLISHED, ORDERS),
    ({}, lambda row: row.listed_status is Status.PENDING, ORDERS),
    (
        {"signale": "oui"},
        lambda row: row.listed_status is Status.PENDING and row.noticed,
        (QueueSort.URGENCY, QueueSort.ACTIVITY),
    ),
    ({"signale": "non"}, lambda row: row.listed_status is Status.PENDING and not row.noticed, ORDERS),
)


def test_what_a_search_finds_is_paged_in_the_order_of_its_list(session: Session, subtests: pytest.Subtests) -> None:
    for each in in_every_list(session).values():
        multiply(session, each, 3, moments=("waiting_since", "active_at"))
    for author in "ab":
        a_notice(session, a_testimonial(session, email=f"{author}@exemple.fr", status=Status.PUBLISHED))
    for query, is_listed, sort in ((query, which, sort) for query, which, orders in SEARCHED for sort in orders):
        with subtests.test(query=query, sort=sort):
            reader = QueueReader(0, QueueFilters.read({**query, "mots": "gardiens", "tri": sort.value}))
            rows = [row for row in session.query(QueueRow) if row.listed_status is not Status.ERASED and is_listed(row)]
            name = MOMENTS[sort]
            rows.sort(key=lambda row: (getattr(row, name), row.testimonial_id), reverse=sort is QueueSort.ACTIVITY)
            expected = [row.testimonial_id for row in rows]
            assert read_pages(session, reader, 2) == [
                expected[first : first + 2] for first in range(0, len(expected), 2)
            ]
            last = QueueCursor(getattr(rows[-1], name), expected[-1])
            assert queue_page(session, reader, last, most=2, backwards=True).ids == expected[-2:-4:-1]


def test_where_nothing_waits_the_latest_changes_come_first() -> None:
    assert QueueFilters.read({"etat": "tous"}).tri is QueueSort.ACTIVITY
    assert QueueFilters.read({"etat": "tous"}).query == {"etat": "tous"}
    assert QueueFilters.read({"etat": "tous", "tri": "age"}).query == {"etat": "tous", "tri": "age"}
    assert QueueFilters.read({}).query == QueueFilters.read({"tri": "age"}).query == {}


def test_a_search_counts_what_each_list_has(editor: Visitor, session: Session) -> None:
    """« Where is my text? »: the editor looks in one list, and sees in which others it is."""
    in_every_list(session, title="Une fête de quartier")
    one, other = (a_testimonial(session, title="Zinzolin", email=f"{name}@exemple.fr") for name in "ab")
    a_testimonial(session, title="Zinzolin aussi", email="c@exemple.fr", status=Status.PUBLISHED)
    a_notice(session, a_testimonial(session, title="Zinzolin", email="d@exemple.fr", status=Status.PUBLISHED))
    contest_decision(
        a_testimonial(session, title="Zinzolin", email="e@exemple.fr", status=Status.DECLINED),
        "Relisez, s’il vous plaît.",
    )
    holds.take_hold(session, one, an_editor(session).id)
    session.commit()
    expected = {"pending": 4, "published": 1, "tous": 5, "signale": 1, "conteste": 1, "mien": 1}
    assert totals(session, an_editor(session).id, mots="zinzolin") == expected
    assert totals(session, mots="zinzolin aussi") == {"published": 1, "tous": 1}
    assert totals(session, an_editor(session).id, mots="zinzolin", signale="oui") == expected
    assert totals(session, mots="palimpseste") == {}
    session.rollback()
    editor.get("/moderation").fill(mots="zinzolin").press("Chercher")
    assert editor.answer is not None
    assert editor.answer.request.full_path == "/moderation?mots=zinzolin"
    assert len(editor.page.select(".row")) == 4
    shown = rail(editor)
    assert (shown["À relire"], shown["Publié"], shown["Refusé"], shown["Tous"]) == ("4", "1", "0", "5")
    (link,) = (each for each in editor.page.select(".rail__link") if words_of(each).startswith("Publié"))
    assert len(editor.get(str(link["href"])).page.select(".row")) == 1
    assert rail(editor) == shown
    editor.get("/moderation?etat=tous&mots=zinzolin")
    assert len(editor.page.select(".row")) == 5
    editor.get(f"/moderation/{other.public_id}?etat=tous&mots=zinzolin")
    assert "etat=tous&mots=zinzolin" in str(editor.page.select(".review-nav a")[0]["href"])


def test_a_search_narrowed_further_counts_what_is_left(session: Session) -> None:
    in_every_list(session)
    a_testimonial(session, email="a@exemple.fr", publish=False)
    assert totals(session, mots="gardiens")["pending"] == 2
    assert totals(session, mots="gardiens", accord="oui")["pending"] == 1
    assert totals(session, mots="gardiens", region="53")["tous"] == len(Status), "an erased text has no words"
    assert totals(session, mots="gardiens", region="11") == {}
    assert totals(session, accord="oui")["pending"] == 2, "filters alone count nothing: lists keep their totals"


def test_a_common_word_is_counted_among_the_first_of_each_list(
    session: Session, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in in_every_list(session).values():
        multiply(session, each, 4)
    session.execute(text("ANALYZE"))
    whole = list_totals(session, QueueReader(0, QueueFilters(mots="gardiens")))
    assert whole["published"] == Total(5)
    assert whole["erased"] == Total(0)
    monkeypatch.setattr(finding, "MAX_CANDIDATES", 6)
    monkeypatch.setattr(counting, "COUNTED_FIRST", 3)
    partial = list_totals(session, QueueReader(0, QueueFilters(mots="gardiens")))
    assert partial["published"] == Total(3, is_least=True)
    assert partial["erased"] == Total(0, is_least=True)
    assert partial[EVERY_LIST] == Total(3 * (len(Status) - 1), is_least=True)
    monkeypatch.setattr(counting, "COUNTED_FIRST", 6)
    assert list_totals(session, QueueReader(0, QueueFilters(mots="gardiens"))) == whole


@pytest.mark.changes_content
def test_totals_of_an_editor_s_articles_are_the_sums_of_those_of_each(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = the_article(session), another_article(session)
    for article, number in ((first, 4), (second, 2)):
        multiply(session, a_testimonial(session, article=article, status=Status.INTERNAL), number - 1)
    session.execute(text("ANALYZE"))
    both, none = frozenset({first.id, second.id}), frozenset[int]()

    def internal(scope: frozenset[int], mots: str = "") -> Total:
        return list_totals(session, QueueReader(0, QueueFilters(mots=mots), scope))["internal"]

    assert (internal(both), internal(frozenset({second.id})), internal(none)) == (Total(6), Total(2), Total(0))
    monkeypatch.setattr(finding, "MAX_CANDIDATES", 1)
    monkeypatch.setattr(finding, "COMMON_SHARE", 0)
    monkeypatch.setattr(counting, "COUNTED_FIRST", 5)
    assert (internal(both, "gardiens"), internal(none, "gardiens")) == (Total(6), Total(0))
    monkeypatch.setattr(counting, "COUNTED_FIRST", 3)
    assert internal(both, "gardiens") == Total(5, is_least=True)
    assert internal(frozenset({second.id}), "gardiens") == Total(2)


def test_an_author_s_texts_are_found_by_the_whole_address_in_any_list(editor: Visitor, session: Session) -> None:
    theirs = [
        a_testimonial(session, email=ADDRESS, title=f"Le texte {status.label}", status=status)
        for status in (Status.PUBLISHED, Status.DECLINED, Status.PENDING)
    ]
    gone = a_testimonial(session, email=ADDRESS, status=Status.ERASED)
    committed(session, email="autre@exemple.fr", title="D’une autre personne")
    for typed in (ADDRESS, f"  {ADDRESS.upper()} "):
        editor.get("/moderation?situation=planned").fill(mots=typed).press("Chercher")
        assert editor.status == 200
        assert [words_of(each) for each in editor.page.select(".row__subject")] == [
            f"Le texte {status.label}" for status in (Status.PENDING, Status.DECLINED, Status.PUBLISHED)
        ]
        assert (rail(editor)["Tous"], rail(editor)["Publié"], rail(editor)["Effacé"]) == ("3", "1", "0")
    assert editor.answer is not None
    assert unquote_plus(editor.answer.request.full_path) == f"/moderation?etat=tous&auteur={theirs[-1].public_id}"
    assert found(session, etat="published", auteur=theirs[0].public_id) == [theirs[0].id]
    assert found(session, etat="tous", auteur=theirs[0].public_id, mots="refusé") == [theirs[1].id]
    assert found(session, etat="tous", auteur=gone.public_id) == found(session, etat="tous", auteur="rien") == []


def test_an_address_is_in_no_url_no_link_and_no_cookie(editor: Visitor, session: Session) -> None:
    testimonial = committed(session, email=ADDRESS)
    editor.get("/moderation").fill(mots=ADDRESS).press("Chercher")
    assert editor.answer is not None
    assert "aline" not in editor.answer.request.url
    assert "aline" not in str(editor.page), "the rows show no address, and neither do the links"
    editor.get(f"/moderation/{testimonial.public_id}")
    links = [unquote_plus(str(each["href"])) for each in editor.page.find_all("a", href=True)]
    assert [each for each in links if "aline" in each and not each.startswith("mailto:")] == []
    with editor.client.session_transaction() as cookie:
        assert "aline" not in str(dict(cookie))
    # Written into the address by hand, it goes no further.
    editor.get(f"/moderation?mots={ADDRESS}")
    assert "aline" not in str(editor.page)
    assert QueueFilters.read({"mots": f"bonjour {ADDRESS}"}).query == {}


def test_an_address_is_found_as_it_is_written_and_no_other(editor: Visitor, session: Session) -> None:
    """A sign more makes another address; what looks like a pattern is none."""
    a_testimonial(session, email="a.b+clsm@exemple.fr", title="Avec un plus")
    committed(session, email="a.b@exemple.fr", title="Sans plus")
    for typed, titles in (
        ("A.B+clsm@Exemple.fr", ["Avec un plus"]),
        ("a.b@exemple.fr", ["Sans plus"]),
        *((typed, []) for typed in ("a_b@exemple.fr", "%@exemple.fr", "a.b@exemple.fr' OR '1'='1", "*@*")),
    ):
        editor.get("/moderation").fill(mots=typed).press("Chercher")
        assert editor.status == (200 if titles else 422), typed
        if titles:
            assert [words_of(each) for each in editor.page.select(".row__subject")] == titles


def test_a_list_without_what_is_looked_for_leads_to_those_that_have_it(editor: Visitor, session: Session) -> None:
    committed(session, title="Zinzolin", status=Status.PUBLISHED)
    editor.get("/moderation?mots=zinzolin")
    assert editor.page.select(".row") == []
    (link,) = editor.page.select("a:-soup-contains('dans toutes les listes')")
    assert "dans toutes les listes : 1 texte." in " ".join(words_of(editor.page.select("#textes")[0]).split())
    assert len(editor.get(str(link["href"])).page.select(".row")) == 1
    assert editor.get("/moderation?mots=palimpseste").page.select("a:-soup-contains('dans toutes les listes')") == []


def test_an_address_without_text_is_kept_with_a_sentence(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    committed(session, email="camille@exemple.fr")
    for typed, sentence in [
        ("personne@exemple.fr", "Aucun texte n’est venu de cette adresse"),
        ("@exemple.fr", "Écrivez l’adresse entière"),
        ("camille@", "Écrivez l’adresse entière"),
        ("Camille camille@exemple.fr", "Écrivez l’adresse entière"),
    ]:
        with subtests.test(typed=typed):
            editor.get("/moderation?etat=published&region=53").fill(mots=typed).press("Chercher")
            assert editor.status == 422
            assert sentence in editor.text
            (field,) = editor.page.select("[name=mots]")
            assert field["value"] == typed
            assert words_of(editor.page.select("h1")[0]) == "Publié", "the list is the one that was read"
            assert len(editor.page.select("[name=region] [selected]")) == 1


def test_notices_have_their_own_list_in_the_rail(editor: Visitor, session: Session) -> None:
    a_testimonial(session)
    testimonial = a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr", title="Signalé")
    editor.get("/moderation")
    assert rail(editor)["Signalés"] == "0"
    a_notice(session, testimonial)
    session.commit()
    editor.get("/moderation")
    assert (rail(editor)["Signalés"], rail(editor)["À relire"]) == ("1", "2")
    (link,) = (each for each in editor.page.select(".rail__link") if words_of(each).startswith("Signalés"))
    editor.get(str(link["href"]))
    assert words_of(editor.page.select("h1")[0]) == "Signalés"
    assert [words_of(each) for each in editor.page.select(".desk__rail [aria-current]")] == ["Signalés 1"]
    assert [words_of(each) for each in editor.page.select(".row__subject")] == ["Signalé"]


def test_texts_are_chosen_by_consent_to_reuse_and_to_being_contacted(session: Session) -> None:
    both = a_testimonial(session, reuse=True, contact=True)
    reuse = a_testimonial(session, email="b@exemple.fr", reuse=True)
    none = a_testimonial(session, email="c@exemple.fr")
    a_testimonial(session, status=Status.ERASED, contact=True, reuse=True)
    assert found(session, etat="erased", recontact="oui") == []
    assert found(session, reutilisation="oui") == [both.id, reuse.id]
    assert found(session, reutilisation="non") == [none.id]
    assert found(session, recontact="oui") == [both.id]
    assert found(session, recontact="non", reutilisation="oui") == [reuse.id]


def test_a_consent_changed_from_the_private_page_moves_the_text_at_once(session: Session) -> None:
    """Being contacted opens no outlet: the testimonial's own row does not change."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    revision = testimonial.revision
    for gives in (True, False, True):
        change_consent(testimonial, Purpose.CONTACT, gives=gives)
        session.flush()
        assert found(session, etat="published", recontact="oui" if gives else "non") == [testimonial.id]
    assert testimonial.revision == revision
    change_consent(testimonial, Purpose.REUSE, gives=True)
    session.flush()
    assert found(session, etat="published", reutilisation="oui") == [testimonial.id]
