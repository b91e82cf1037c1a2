"""An answer counts nowhere as a testimonial: figures, exports, lists of readers; it waits for editors as a text."""

import re

from flask import Flask
from sqlalchemy.orm import Session

from app.moderation.digest.counts import waiting_by_article
from app.moderation.exports.columns import ExportPurpose
from app.moderation.figures.counts import load_counts, years_of
from app.testimonials.lifecycle import Status
from tests.acts import published
from tests.factories import a_pending_answer, a_sent_answer, an_answer, an_editor, bring
from tests.moderation.exports.spreadsheets import export, read_csv


def figures(session: Session) -> list[object]:
    session.flush()
    counts = load_counts(session, None, [2026])
    some = load_counts(session, an_editor(session).scope, [2026])
    return [
        *((each.years, each.total, each.consents, each.by) for each in (counts, some)),
        *((each.themes, each.articles, each.delays.by_days) for each in (counts, some)),
        years_of(session, None),
    ]


def readers(app: Flask, session: Session) -> list[object]:
    session.commit()
    reader = app.test_client()
    listed = reader.get("/api/v1/articles/crpv/testimonials").get_json()
    return [
        reader.get("/api/v1/articles/crpv").get_json(),
        (listed["total"], len(listed["testimonials"])),
        *(reader.get(path).get_data(as_text=True) for path in ("/articles/crpv", "/articles")),
        sorted(re.findall("<url>.*?</url>", reader.get("/sitemap.xml").get_data(as_text=True))),  # in no order
        *(reader.get(path).get_data(as_text=True) for path in ("/integration/crpv", "/integration/crpv/cadre")),
        reader.get("/articles/crpv/flux.atom").get_data(as_text=True).count("<entry>"),
    ]


def exported(session: Session) -> list[object]:
    rows: list[object] = [read_csv(export(purpose)) for purpose in ExportPurpose]
    session.rollback()
    return rows


def test_no_figure_export_or_list_counts_an_answer(app: Flask, session: Session) -> None:
    texts = [published(session, number, contact=True) for number in range(4)]
    before = [figures(session), readers(app, session), exported(session)]
    an_answer(session, texts[0], contact=True)
    an_answer(session, texts[1], announced=True, contact=True)
    a_pending_answer(session, texts[2], contact=True)
    for number, status in enumerate((Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN, Status.CHANGES_REQUESTED)):
        bring(session, a_sent_answer(session, texts[3], contact=True, email=f"r{number}@exemple.fr"), status)
    assert [figures(session), readers(app, session), exported(session)] == before
    one_more = published(session, 5, contact=True)
    after = [figures(session), readers(app, session), exported(session)]
    assert all(now_is != was for now_is, was in zip(after, before, strict=True)), "a testimonial is counted"
    assert one_more.status is Status.PUBLISHED


def test_an_answer_waits_for_editors_as_any_text(session: Session) -> None:
    text = published(session)
    session.flush()
    assert waiting_by_article(session, an_editor(session)) == []
    a_pending_answer(session, text)
    (waiting,) = waiting_by_article(session, an_editor(session))
    assert waiting.sentences[0].replace("\u00a0", " ").startswith("1 texte à relire")
