"""Cached responses equal rendered ones in each encoding, cost one read of a stamp, and take a bounded memory."""

import gzip
import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

import brotli
import pytest
from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import Client

from app.db import db
from app.page_cache import init_app
from app.page_cache.middleware import FILTERED_BYTES, SCOPE_STAMP, CachedPage, CapturedResponse, EncodedPage, LRUStore
from app.testimonials.lifecycle import Status
from app.web.compression import preferred_encoding
from tests.acts import committed, signed_in
from tests.factories import an_editor, another_article
from tests.page_cache.workers import Worker
from tests.publication.outlets import addresses
from tests.visitor import Visitor
from tests.web.test_headers import expected

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ARTICLE = "/articles/crpv"
DECODERS = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    worker = Worker(app)
    yield worker
    worker.close()


@pytest.fixture
def fresh(app: Flask) -> Iterator[Worker]:
    worker = Worker(app, caches=False)
    yield worker
    worker.close()


def test_cached_responses_equal_rendered_ones(
    app: Flask, session: Session, worker: Worker, fresh: Worker, subtests: pytest.Subtests
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    for encoding, decode in DECODERS.items():
        with subtests.test(encoding=encoding):
            for path in addresses(app, testimonial):
                truth = fresh.ask(path, Accept_Encoding=encoding)
                flask = Client(worker.cache.inner).get(path)
                for _ in range(3):
                    status, headers, body = worker.ask(path, Accept_Encoding=encoding)
                    assert (status, headers, body) == truth
                    assert status == flask.status
                    if status == "200 OK":
                        assert decode(body) == flask.get_data()
                        ours = {"Content-Length", "Content-Encoding", "ETag", "Vary"}
                        assert [each for each in headers if each[0] not in ours] == sorted(
                            each for each in flask.headers if each[0] not in ours
                        )
                        values = dict(headers)
                        assert values["Vary"] == "Cookie, Accept-Encoding"
                        assert values["Content-Length"] == str(len(body))
                        assert values.get("Content-Encoding") == (None if encoding == "identity" else encoding)
                        assert values["Cache-Control"] == "no-cache"
                        assert expected(app, f"GET {path.partition('?')[0]}").items() <= values.items()


@pytest.mark.both_engines
def test_a_cached_page_costs_one_read_of_a_primary_key(app: Flask, session: Session, worker: Worker) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    stamp, cached = SCOPE_STAMP.replace("%d", "[0-9]+"), []
    for path in addresses(app, testimonial):
        worker.statements.clear()
        if worker.ask(path)[0] == "200 OK":
            assert re.fullmatch(stamp, worker.statements[0]), "nothing is read before the page’s stamp"
            cached.append(path)
    assert len(cached) >= 4
    for path in cached:
        for encoding in (*DECODERS, "gzip, br;q=0.5", ""):
            worker.statements.clear()
            worker.ask(path, Accept_Encoding=encoding)
            (statement,) = worker.statements
            assert re.fullmatch(stamp, statement), path


@pytest.mark.changes_content
def test_a_page_of_one_article_stays_cached_when_another_changes(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    worker.ask(ARTICLE)
    worker.ask("/api/v1/articles")
    another_article(session)
    session.commit()
    costs = []
    for path in (ARTICLE, "/api/v1/articles"):
        worker.statements.clear()
        worker.ask(path)
        costs.append(len(worker.statements))
    assert costs[0] == 1 < costs[1], "a page that shows every article is rendered again"


def test_a_matching_etag_gets_304(session: Session, worker: Worker, subtests: pytest.Subtests) -> None:
    committed(session, status=Status.PUBLISHED)
    for encoding in DECODERS:
        with subtests.test(encoding=encoding):
            etags = {each: dict(worker.ask(ARTICLE, Accept_Encoding=each)[1])["ETag"] for each in DECODERS}
            assert len(set(etags.values())) == len(etags), "strong ETags differ with the bytes"
            etag = etags[encoding]
            assert etag.startswith('"')
            whole = worker.ask(ARTICLE, Accept_Encoding=encoding)
            for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
                status, headers, body = worker.ask(ARTICLE, Accept_Encoding=encoding, If_None_Match=known)
                assert (status, body) == ("304 NOT MODIFIED", b"")
                of_the_body = {"Content-Type", "Content-Length", "Content-Encoding"}
                assert headers == [each for each in whole[1] if each[0] not in of_the_body]
            assert worker.ask(ARTICLE, Accept_Encoding=encoding, If_None_Match='"other"') == whole
            committed(session, status=Status.PUBLISHED, email="b@exemple.fr")
            assert worker.ask(ARTICLE, Accept_Encoding=encoding, If_None_Match=etag)[0] == "200 OK"


def test_a_head_is_a_get_without_a_body(app: Flask, session: Session, worker: Worker, fresh: Worker) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    for path in ["/static/rien.css", "/nulle-part", *addresses(app, testimonial)]:
        first = worker.ask(path, "HEAD")
        whole = worker.ask(path)
        assert first == worker.ask(path, "HEAD") == (whole[0], whole[1], b"")
        assert whole == fresh.ask(path), "a page rendered for a HEAD is cached with its body"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("identity, gzip;q=0.5", "identity"),
        ("zstd", "identity"),
        (";;;q=x", "identity"),
    ],
)
def test_the_reader_chooses_the_encoding(accepted: str, encoding: str) -> None:
    assert preferred_encoding(accepted) == encoding


def test_an_editor_s_page_is_not_cached(app: Flask, session: Session) -> None:
    an_editor(session)
    committed(session, status=Status.PUBLISHED)
    stranger, editor = Visitor(app), Visitor(app)
    stranger.get(ARTICLE)
    signed_in(editor, session)
    editor.get(ARTICLE)
    assert editor.answer is not None
    assert editor.answer.headers["Cache-Control"] == "no-store"
    assert editor.page.select("header a[href='/moderation']")
    stranger.get(ARTICLE)
    assert not stranger.page.select("header a[href='/moderation']")
    assert set(app.extensions["page_cache"].plain.pages) == {("localhost", ARTICLE, "")}


def test_a_reader_s_session_changes_nothing(app: Flask, session: Session, worker: Worker, fresh: Worker) -> None:
    """Any form begins one, which proves that a request is not forged; no page made with it is kept."""
    testimonial = committed(session, status=Status.PUBLISHED)
    _, headers, _ = worker.ask(f"{ARTICLE}/temoigner")
    own = dict(headers)["Set-Cookie"].partition(";")[0]
    for path in addresses(app, testimonial):
        truth = fresh.ask(path, Accept_Encoding="br")
        assert worker.ask(path, Cookie=own, Accept_Encoding="br") == truth
        assert not worker.cache.plain.pages
        assert not worker.cache.filtered.pages
    for path in addresses(app, testimonial):
        truth = worker.ask(path, Accept_Encoding="br")
        for cookie in (own, "session=rien", f"other=1; {own}"):
            worker.statements.clear()
            assert worker.ask(path, Cookie=cookie, Accept_Encoding="br") == truth
            assert len(worker.statements) == 1 or truth[0] != "200 OK"


def test_only_pages_with_known_parameters_are_cached(app: Flask, session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    worker.ask(ARTICLE)
    assert len(worker.cache.plain.pages) == 1
    for path in (
        f"{ARTICLE}?utm_source=x",
        f"{ARTICLE}?situation=past&x=1",
        "/nulle-part?situation=past",
        "/",
        "/vos-donnees",
    ):
        worker.ask(path)
    assert len(worker.cache.plain.pages) == 1
    assert len(worker.cache.filtered.pages) == 0
    worker.ask(f"{ARTICLE}?situation=past")
    assert len(worker.cache.filtered.pages) == 1


def test_memory_is_bounded_and_filtered_pages_never_evict_plain_ones(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    worker.ask(ARTICLE)
    size = worker.cache.plain.size
    worker.cache.filtered.max_size = 5 * size
    for number in range(40):
        worker.ask(f"{ARTICLE}?region={number}")
        assert worker.cache.filtered.size <= 5 * size
    assert 2 <= len(worker.cache.filtered.pages) <= 8
    assert len(worker.cache.plain.pages) == 1


def test_the_least_recently_used_page_is_evicted_first() -> None:
    store = LRUStore(2 * CachedPage({}, 1, "a", 0).size)
    for path in ("/1", "/2"):
        store.put(("", path, ""), CachedPage({}, 1, "a", 0))
    store.get(("", "/1", ""))
    store.put(("", "/3", ""), CachedPage({}, 1, "a", 0))
    assert [path for _, path, _ in store.pages] == ["/1", "/3"]
    assert store.size == store.max_size
    store.put(("", "/1", ""), CachedPage({}, 1, "b", 0))
    assert [path for _, path, _ in store.pages] == ["/3", "/1"], "a page rendered again counts once"
    assert store.size == store.max_size


def test_a_worker_caches_eight_megabytes_at_most(worker: Worker) -> None:
    """Documented in docs/architecture.md; a page counts eight kilobytes besides its bytes."""
    assert (worker.cache.plain.max_size, worker.cache.filtered.max_size) == (6_291_456, 2_097_152)
    encodings = {"identity": EncodedPage('"x"', [], b"abc", []), "gzip": EncodedPage('"y"', [], b"de", [])}
    assert CachedPage(encodings, 1, "a", 0).size == 8_192 + 5


def test_stale_pages_leave_memory_at_once(session: Session, worker: Worker) -> None:
    """Removed words stay nowhere, not even at addresses that are never requested again."""
    testimonial = committed(session, status=Status.PUBLISHED)
    store = LRUStore(FILTERED_BYTES)
    store.put(("", "/1", ""), CachedPage({}, 1, "a", 0))
    store.put(("", "/2", ""), CachedPage({}, 2, "a", 0))
    store.evict_stale(1, "b")
    assert [path for _, path, _ in store.pages] == ["/2"]
    assert store.size == CachedPage({}, 2, "a", 0).size
    worker.ask(ARTICLE)
    worker.ask(f"{ARTICLE}?situation=regular")
    testimonial.withdraw()
    session.commit()
    worker.ask(ARTICLE)
    pages = [page for store in (worker.cache.plain, worker.cache.filtered) for page in store.pages.values()]
    assert not [page for page in pages if b"tout le monde se pose" in page.encodings["identity"].body]


@pytest.mark.both_engines
def test_a_restarted_database_is_reconnected_to(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    page = worker.ask(ARTICLE)
    reads = worker.cache.stamps
    (connection,) = reads.idle
    connection.close()
    worker.statements.clear()
    assert worker.ask(ARTICLE) == page
    assert len(worker.statements) == 1, "by one read still"
    assert list(reads.idle) != [connection]
    assert len(reads.idle) == 1


@pytest.mark.both_engines
def test_fast_reads_end_with_their_engine(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    page = worker.ask(ARTICLE)
    reads = worker.cache.stamps
    (connection,) = reads.idle
    with worker.app.app_context():
        db.engine.dispose()
    assert not reads.idle
    with pytest.raises(reads.error):
        connection.execute("SELECT 1")
    assert worker.ask(ARTICLE) == page


def test_only_known_hosts_without_a_prefix_are_cached(session: Session, worker: Worker) -> None:
    """Else each port after our host name would be a page of its own, and a prefix would be in everyone's links."""
    committed(session, status=Status.PUBLISHED)
    for number in range(8001, 8051):
        assert worker.ask(ARTICLE, Host=f"localhost:{number}")[0] == "200 OK"
    assert worker.ask(ARTICLE, Host="ailleurs.example")[0] == "400 BAD REQUEST"
    prefixed = Client(worker.app).get(ARTICLE, base_url="http://localhost/ailleurs")
    assert prefixed.status_code == 200
    assert len(worker.cache.plain.pages) == 0
    assert b"/ailleurs" not in worker.ask(ARTICLE)[2]
    assert set(worker.cache.plain.pages) == {("localhost", ARTICLE, "")}
    assert worker.ask(ARTICLE, Host="ailleurs.example")[0] == "400 BAD REQUEST"


def test_range_and_if_modified_since_are_ignored(session: Session, worker: Worker) -> None:
    """A cached page has no date, and is sent whole: a server may ignore `Range` (RFC 9110, 14.2)."""
    committed(session, status=Status.PUBLISHED)
    whole = worker.ask(ARTICLE)
    assert worker.ask(ARTICLE, Range="bytes=0-9") == whole
    assert worker.ask(ARTICLE, If_Modified_Since="Wed, 25 Nov 2099 09:00:00 GMT") == whole


def test_a_malformed_if_none_match_gets_200(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    whole = worker.ask(ARTICLE)
    for known in ['W/"x", "y"', '"', "", ",,,", '"unended', "*x", "\xff", '"a"' * 2000]:
        assert worker.ask(ARTICLE, If_None_Match=known) == whole, known


def test_a_response_that_varies_on_another_header_is_not_cached(session: Session, worker: Worker) -> None:
    """The address would not tell two such responses apart."""
    session.commit()

    @worker.app.after_request
    def vary(response: Response) -> Response:
        response.vary.add("Accept-Language")
        return response

    assert worker.ask(ARTICLE)[0] == "200 OK"
    assert len(worker.cache.plain.pages) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("Cache-Control", "no-store"), ("Cache-Control", "private"), ("Set-Cookie", "known=1")]
)
def test_a_private_response_is_not_cached(session: Session, worker: Worker, name: str, value: str) -> None:
    session.commit()
    readers = count(1)

    @worker.app.after_request
    def answer(response: Response) -> Response:
        response.headers[name] = value
        response.set_data(f"For reader {next(readers)}")
        return response

    answers = [worker.ask(ARTICLE) for _ in range(2)]
    assert [body for _, _, body in answers] == [b"For reader 1", b"For reader 2"]
    assert all((name, value) in headers for _, headers, _ in answers)
    assert len(worker.cache.plain.pages) == 0


@pytest.mark.both_engines
def test_a_fast_read_of_a_migrated_table_is_prepared_again(session: Session, worker: Worker) -> None:
    """PostgreSQL refuses a prepared statement whose columns have changed; callers see no error."""
    reads, query = worker.cache.stamps, "SELECT * FROM publication_stamp WHERE scope = 0"
    before = reads.rows(query)
    session.execute(text("ALTER TABLE publication_stamp ADD COLUMN more INTEGER"))
    session.commit()
    try:
        assert reads.rows(query) == [(*before[0], None)]
    finally:
        session.execute(text("ALTER TABLE publication_stamp DROP COLUMN more"))
        session.commit()


@pytest.mark.both_engines
def test_a_fast_read_refuses_to_write(worker: Worker) -> None:
    reads = worker.cache.stamps
    with pytest.raises(reads.error, match=r"readonly|read-only"):
        reads.rows("UPDATE publication_stamp SET stamp = stamp")


def test_other_responses_pass_through_unchanged(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    flask = Client(worker.cache.inner).get("/sitemap.xml")
    answer = worker.ask("/sitemap.xml", Accept_Encoding="gzip")
    assert answer == ("200 OK", sorted(flask.headers), flask.get_data())
    status, _, body = worker.ask(ARTICLE, "POST")
    assert (status, b"gardiens" in body) == ("405 METHOD NOT ALLOWED", False)


def test_an_uncached_page_is_encoded_too(session: Session, worker: Worker) -> None:
    committed(session, status=Status.PUBLISHED)
    _, headers, body = worker.ask(f"{ARTICLE}?utm_source=x", Accept_Encoding="gzip")
    assert ("Content-Encoding", "gzip") in headers
    assert b"tout le monde se pose" in gzip.decompress(body)


def test_each_header_is_sent_once(session: Session, worker: Worker) -> None:
    session.commit()
    flask, extra = worker.cache.inner, [("ETag", '"flask"'), ("Vary", "Cookie")]

    def inner(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond as Flask does, with these headers in the place of its own."""
        response = CapturedResponse()
        parts = flask(environ, response)
        start_response(response.status, [*(each for each in response.headers if each[0] != "Vary"), *extra])
        return parts

    worker.cache.inner = inner
    for path, vary in ((ARTICLE, "Cookie, Accept-Encoding"), (f"{ARTICLE}/flux.atom", "Accept-Encoding")):
        headers = worker.ask(path)[1]
        assert len({name for name, _ in headers}) == len(headers)
        assert dict(headers)["Vary"] == vary
        assert dict(headers)["ETag"] != '"flask"'
        del extra[1:]
    assert len(worker.cache.plain.pages) == 2, "a response without Vary is cached too"


def test_gzip_writes_no_time_in_its_header(session: Session, worker: Worker) -> None:
    """So that two workers give a page one ETag: gzip would write the time in its header (RFC 1952, MTIME)."""
    session.commit()
    assert worker.ask(ARTICLE, Accept_Encoding="gzip")[2][4:8] == b"\0\0\0\0"


def test_the_body_of_a_head_is_closed(session: Session, worker: Worker) -> None:
    session.commit()
    closed: list[str] = []

    @worker.app.after_request
    def note(response: Response) -> Response:
        response.call_on_close(lambda: closed.append(response.status))
        return response

    worker.ask("/nulle-part", "HEAD")
    worker.ask(ARTICLE, "HEAD")
    assert closed == ["404 NOT FOUND", "200 OK"]


def test_pages_are_cached_for_the_public_url_alone(session: Session, worker: Worker) -> None:
    session.commit()
    own = "retours.exemple.fr:8443"
    worker.app.config["PUBLIC_URL"] = f"https://{own}"
    worker.app.config["TRUSTED_HOSTS"] = ["retours.exemple.fr"]
    init_app(worker.app)
    for host in (own, "retours.exemple.fr", "retours.exemple.fr:9443"):
        assert worker.ask(ARTICLE, Host=host)[0] == "200 OK"
    assert {host for host, _, _ in worker.app.extensions["page_cache"].plain.pages} == {own}


def test_the_wsgi_write_callable_is_refused() -> None:
    write = CapturedResponse()("200 OK", [])
    with pytest.raises(NotImplementedError):
        write(b"more")
