"""`flask privacy verify` tells each proof that does not hold, in a sentence, and finds none where all do."""

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from app import demo
from app.cli.catalog import differences
from app.cli.database import CONTENT
from app.db import db
from app.privacy.register import verification
from app.privacy.register.verification import register_faults
from app.testimonials.lifecycle import Status
from app.testimonials.versions import Version
from tests.factories import a_testimonial

SOUND = "every consent, digest and derived row is as it should be, and every published text has its proof\n"

# What each statement damages in a published text, and the sentence that tells it.
DAMAGES = [
    ("UPDATE version SET account = 'Un autre récit.'", "the digest of version 1 is not that of its words"),
    ("UPDATE version SET attribution = 'full'", "the digest of version 1 is not that of its words"),
    ("DELETE FROM version_theme", "the digest of version 1 is not that of its words"),
    ("UPDATE version SET digest_format = 99", "version 1 has a digest of format 99, which is unknown"),
    ("UPDATE version SET approved_digest = 'autre'", "what its author approved is not version 1"),
    (
        "UPDATE version SET approved_digest = 'autre'",
        "is published, and what it shows is not what its author approved of version 1",
    ),
    (
        "UPDATE consent SET digest = '0000000000000000000000000000000000000000000000000000000000000000'",
        "line 1 (publication) is about a text that none of its versions is",
    ),
    ("UPDATE consent SET digest = 'rien' WHERE purpose = 'reuse'", "line 2 (reuse) has no digest of a text"),
    (
        "UPDATE consent SET wording = 'J’accepte tout.' WHERE purpose = 'reuse'",
        "line 2 (reuse) does not have the words of wording 2",
    ),
    (
        "UPDATE consent SET wording_version = 1 WHERE purpose = 'reuse'",
        "line 2 (reuse) does not have the words of wording 1",
    ),
    (
        "UPDATE consent SET wording_version = 99 WHERE purpose = 'reuse'",
        "line 2 (reuse) is on wording 99, which is unknown",
    ),
    (
        "UPDATE consent SET at = '2020-01-01 08:00:00.000000' WHERE purpose = 'reuse'",
        "line 2 (reuse) does not have the digest of its moment, answer and channel",
    ),
    (
        "UPDATE consent SET channel = 'private_page' WHERE purpose = 'contact'",
        "line 3 (contact) does not have the digest of its moment, answer and channel",
    ),
    (
        "UPDATE consent SET parameters = '{}' WHERE purpose = 'publication'",
        "line 1 (publication) does not have the words of wording 3",
    ),
    (
        "UPDATE consent SET answer = 'refused' WHERE purpose = 'publication'",
        "is published without a consent to publication in force",
    ),
    ("DELETE FROM consent", "is published without a consent to publication in force"),
    (
        "DELETE FROM audit_event WHERE kind = 'confirm'",
        "is published, and nobody has confirmed its author's address",
    ),
    ("UPDATE rendering SET card = 'autre'", "rendering of {public_id} differs"),
    ("UPDATE testimonial SET reuse_consent = NOT reuse_consent", "testimonial of {public_id} differs"),
]


def verify(app: Flask) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["privacy", "verify"])
    return done.exit_code, done.output


def damage(connection: Connection, statement: str) -> None:
    """Run a statement past the triggers and the foreign keys that refuse it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))  # what is damaged refers to nothing else
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text(statement))


def by_hand(session: Session, statement: str) -> None:
    """Damage what is stored."""
    session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.detach()  # foreign keys are off for this one alone
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        damage(connection, statement)
        connection.commit()


@pytest.mark.slow("the register verified for each damage")
def test_a_proof_that_does_not_hold_is_told(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    session.commit()
    public_id = testimonial.public_id
    session.rollback()
    for statement, sentence in DAMAGES:
        told = sentence.format(public_id=public_id) if "{public_id}" in sentence else f"{public_id}: {sentence}"
        with subtests.test(statement=statement, told=told), db.engine.connect() as connection:
            damage(connection, statement)
            said = faults(connection)
            assert told in said
            assert faults(connection) == said, "looking changes nothing"
    assert verify(app) == (0, SOUND), "all is as before"


def faults(connection: Connection) -> list[str]:
    """Return what `flask privacy verify` tells, within a transaction that it leaves as it is."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return [*register_faults(session), *differences(session)]


def test_only_the_text_that_is_damaged_is_told(app: Flask, session: Session) -> None:
    sound, damaged = (
        a_testimonial(session, status=Status.PUBLISHED, email=f"{name}@exemple.fr") for name in ("a", "b")
    )
    session.commit()
    sound_id, damaged_id = sound.public_id, damaged.public_id
    by_hand(session, "UPDATE consent SET wording = '' WHERE id = (SELECT max(id) FROM consent WHERE purpose = 'reuse')")
    _, said = verify(app)
    assert said.splitlines()[:-1] == [f"{damaged_id}: line 2 (reuse) does not have the words of wording 2"]
    assert sound_id not in said


@pytest.mark.parametrize(
    ("status", "statement", "sentence"),
    [
        (
            Status.PENDING,
            "UPDATE testimonial SET publication_consent = {no}",
            "whether it may be published is not what its last line",
        ),
        (Status.PENDING, "UPDATE version SET title = 'Autre'", "the digest of version 1 is not that of its words"),
        (
            Status.PUBLISHED,
            "UPDATE testimonial SET shown_number = 7",
            "is published, and the version it shows does not exist",
        ),
    ],
)
def test_a_fault_makes_the_command_fail(
    app: Flask, session: Session, status: Status, statement: str, sentence: str
) -> None:
    a_testimonial(session, status=status)
    session.commit()
    by_hand(session, statement.format(no="false"))
    code, said = verify(app)
    assert (code, sentence in said) == (1, True), said
    assert said.splitlines()[-1].startswith("Error: what does not hold: "), "all of it is told"
    assert verify(app) == (code, said), "looking changes nothing"


def test_of_an_erased_text_the_digests_and_the_wordings_are_verified(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.ERASED)
    session.commit()
    public_id = testimonial.public_id
    assert verify(app) == (0, SOUND)
    by_hand(session, "UPDATE consent SET digest = 'effacé', wording = 'effacé' WHERE purpose = 'publication'")
    _, said = verify(app)
    assert said.splitlines()[:-1] == [
        f"{public_id}: line 1 (publication) does not have the words of wording 3",
        f"{public_id}: line 1 (publication) does not have the digest of its moment, answer and channel",
        f"{public_id}: line 1 (publication) has no digest of a text",
    ]


def test_every_batch_is_verified(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "BATCH", 2)
    for number in range(5):
        a_testimonial(session, email=f"{number}@exemple.fr")
    session.commit()
    by_hand(session, "UPDATE version SET title = 'Autre'")
    loaded = []
    for fault in register_faults(session):
        loaded.append(sum(isinstance(each, Version) for each in session.identity_map.values()))
        assert fault.endswith(": the digest of version 1 is not that of its words")
    assert len(loaded) == 5
    assert max(loaded) <= 2, "the batches before are forgotten"


@pytest.mark.slow("the whole demo")
def test_a_sound_demo_gives_nothing_to_tell(app: Flask, session: Session) -> None:
    demo.load_demo(session, CONTENT / "demo" / "retours.toml")
    session.commit()
    assert verify(app) == (0, SOUND)


def test_it_takes_the_same_number_of_statements_for_few_texts_as_for_more(app: Flask, session: Session) -> None:
    def statements() -> int:
        seen: list[str] = []

        def count(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            list(register_faults(session))
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    for number in range(2):
        a_testimonial(session, status=Status.PUBLISHED, email=f"{number}@exemple.fr")
    session.commit()
    few = statements()
    for number in range(2, 9):
        a_testimonial(session, status=Status.PUBLISHED, email=f"{number}@exemple.fr")
    session.commit()
    assert statements() == few
