"""The synthesis: words read where they stand, statements that stand on them, and both as texts change."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import AUTHOR, CLOCK, Kind
from app.catalog.quotations import compose, find_quotation
from app.catalog.sync import rebuild
from app.catalog.synthesis.models import SynthesisSource
from app.catalog.synthesis.statements import load_synthesis, synthesis_changed_at
from app.catalog.visibility import Outlet
from app.db import now
from app.features.synthesis.board import statement_states
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials.decision import DecisionNote
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import a_synthesis, amend_with, erase, hide, publish_amended, published, withdraw
from tests.factories import a_version, an_editor, by_editor, the_article

WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."


def read(session: Session, outlet: Outlet = Outlet.PAGE) -> dict[str, list[str]]:
    session.flush()
    synthesis = load_synthesis(session, the_article(session).id, outlet)
    return {each.words: [cited.words for cited in each.sources] for each in synthesis.statements} if synthesis else {}


def test_sentences_are_found_whole_and_in_order(session: Session) -> None:
    account = "Rien d’impossible : on s’est vu. Puis\u00a0revu.\n\nOui. Non. Oui. " + "Un récit assez long " * 20
    version = a_version(session, account=account, advice="Osez « vite » ! Oui.")
    found = {
        "Rien d’impossible : on s’est vu. Puis revu.": ("account", [[0, 43]]),
        "Puis revu. […] Non. Oui.": ("account", [[33, 43], [50, 59]]),
        "Oui. […] Oui.": ("account", [[45, 49], [55, 59]]),
        "Osez « vite » !": ("advice", [[0, 15]]),
    }
    for words, quotation in found.items():
        assert find_quotation(version, words) == quotation, words
    assert find_quotation(version, "Oui.", "advice") == ("advice", [[16, 20]])
    for words in ("Puis", "puis revu.", "Puis revu", "Oui. […] Non.", "Non. […] Puis revu.", "", "[…]", version.clsm):
        assert find_quotation(version, words) is None, words
    assert compose(version, ["Oui.", "Puis revu."]) == "Puis revu. Oui. […] Oui."
    assert compose(version, ["Puis revu.", "Osez « vite » !"]) == ""


def expire(_session: Session, testimonial: Testimonial) -> None:
    testimonial.published_until = now()


def end(session: Session, testimonial: Testimonial) -> None:
    expire(session, testimonial)
    testimonial.perform(Action.EXPIRE, by=CLOCK)


def erase_withdrawn(_session: Session, testimonial: Testimonial) -> None:
    testimonial.withdraw()
    erase_testimonial(testimonial, by=AUTHOR)


def mask(session: Session, testimonial: Testimonial) -> None:
    draft = testimonial.latest.edited(account=testimonial.latest.account.replace("inquiète", "[passage masqué]"))
    note = DecisionNote(message="Un mot est masqué.")
    save_edit(an_editor(session), testimonial, draft, EditKind.CORRECTION, revision=testimonial.revision, note=note)


def amend(session: Session, testimonial: Testimonial) -> None:
    publish_amended(session, testimonial, a_version(session, account="Un tout autre récit. " * 12))


LEAVES = (withdraw, expire, end, hide, erase_withdrawn, mask, amend)


def refuse_reuse(_session: Session, testimonial: Testimonial) -> None:
    change_consent(testimonial, Purpose.REUSE, gives=False)


DATED = (*LEAVES, erase, refuse_reuse)


@pytest.mark.parametrize("leave", DATED, ids=[each.__name__ for each in DATED])
def test_what_leaves_dates_the_synthesis_and_what_its_texts_do_not_show_does_not(session: Session, leave: Any) -> None:
    """Whoever follows the feed sees another date, and so fetches it again."""
    going, staying, other = published(session, 1), published(session, 2), published(session, 3)
    made = a_synthesis(session, [(going, WORDS), (staying, WORDS)])
    made.changed_at = before = now() - timedelta(days=1)
    session.commit()
    withdraw(session, other)
    session.commit()
    assert synthesis_changed_at(session, made.article_id) == before
    leave(session, going)
    session.commit()
    assert synthesis_changed_at(session, made.article_id) > before


def test_an_end_of_period_dates_the_synthesis_before_the_scheduled_job(session: Session) -> None:
    going = published(session)
    made = a_synthesis(session, [(going, WORDS)])
    going.published_until = over = now() - timedelta(minutes=1)
    session.commit()
    made.changed_at = now() - timedelta(days=2)
    session.commit()
    assert synthesis_changed_at(session, made.article_id) == over


def test_an_erased_testimonial_leaves_no_source(session: Session) -> None:
    going = published(session, 1)
    a_synthesis(session, [(going, WORDS)])
    erase_withdrawn(session, going)
    session.flush()
    assert session.scalar(select(func.count()).select_from(SynthesisSource)) == 0


def test_words_that_still_stand_are_read_in_the_version_shown(session: Session) -> None:
    """They may have moved, within an answer or to another; an amended version that waits is not read."""
    testimonial = published(session)
    a_synthesis(session, [(testimonial, WORDS)])
    changed = a_version(session, account="Un tout autre récit. " * 12, outcome=f"Du bien. {WORDS} À la fin.")
    amend_with(testimonial, changed)
    assert read(session) == {"Constat 1": [WORDS]}
    source = session.scalars(select(SynthesisSource)).one()
    assert (source.field, source.digest) == ("account", testimonial.shown_digest)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    assert read(session) == {"Constat 1": [WORDS]}
    session.refresh(source)
    assert (source.field, source.spans, source.digest) == ("outcome", [[9, 9 + len(WORDS)]], changed.digest)


@pytest.mark.both_engines
def test_words_after_signs_of_several_bytes_are_read_from_their_place(session: Session) -> None:
    """The database counts signs as Python does, be they of one byte or four, or combined of several."""
    text = published(session, advice="👩‍👩‍👧 🙂 x\u0302 œuvrer. Osez « vite » 🙂, puis attendez. Fin.")
    a_synthesis(session, [(text, "Osez « vite » 🙂, puis attendez.")])
    assert read(session) == {"Constat 1": ["Osez « vite » 🙂, puis attendez."]}


def test_words_of_an_update_are_cited_and_leave_with_it(session: Session) -> None:
    """What became of it is the author's words too; they are those of the version shown."""
    planted = "Les mirabelliers sont plantés."
    testimonial = published(session)
    told = a_version(session, became_on=date(2027, 11, 1), sequel=f"{planted} Et les voisins viennent.")
    publish_amended(session, testimonial, told)
    a_synthesis(session, [(testimonial, planted)])
    assert (read(session), read(session, Outlet.OPEN)) == ({"Constat 1": [planted]}, {"Constat 1": [planted]})
    publish_amended(session, testimonial, a_version(session))
    assert read(session) == {}


def test_a_version_that_has_the_words_again_is_cited_again(session: Session) -> None:
    testimonial = published(session)
    a_synthesis(session, [(testimonial, WORDS)])
    amend(session, testimonial)
    assert read(session) == {}
    publish_amended(session, testimonial, a_version(session, account=f"{WORDS} " * 12))
    assert read(session) == {"Constat 1": [WORDS]}


def test_a_source_of_an_earlier_release_that_cuts_a_sentence_gives_way(session: Session) -> None:
    """The product's own upgrade ends it; its statement says why, and the history of the text."""
    cut, whole = published(session, 1), published(session, 2)
    made = a_synthesis(session, [(cut, WORDS), (whole, WORDS)])
    source = made.statements[0].sources[0]
    source.spans = [[source.spans[0][0] + 5, source.spans[0][1]]]
    session.flush()
    rebuild(session, [cut.id, whole.id])
    assert read(session) == {"Constat 1": [WORDS]}
    session.expire_all()
    kinds = [[event.kind for event in each.events].count(Kind.QUOTE_GAVE_WAY) for each in (cut, whole)]
    assert kinds == [1, 0]
    (state,) = statement_states(session, made)
    assert ["phrases entières" in each.absence for each in state.sources] == [False, True]
    rebuild(session, [cut.id])
    session.expire_all()
    assert [event.kind for event in cut.events].count(Kind.QUOTE_GAVE_WAY) == 1, "said once"
