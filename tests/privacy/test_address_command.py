"""`flask privacy find EMAIL`: plain lines, a file for its owner alone, an erasure that is confirmed; a status."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import ActorKind
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Status
from app.testimonials.notices import Notice
from tests.acts import stored
from tests.factories import AUTHOR
from tests.privacy.test_address import OTHER, a_full_address

Find = Callable[..., Result]


@pytest.fixture
def find(app: Flask, session: Session) -> Find:
    def find(*arguments: str, typed: str = "") -> Result:
        session.rollback()
        result = app.test_cli_runner().invoke(args=["privacy", "find", *arguments], input=typed)
        session.expire_all()
        return result

    return find


def test_it_shows_everything_in_plain_lines_and_nobody_else(find: Find, session: Session) -> None:
    own, _ = a_full_address(session)
    shown = find(f" {AUTHOR.upper()}")
    assert shown.exit_code == 0
    for line in (
        f"address: {AUTHOR}",
        "testimonials 1 of 1:",
        f"  reference: {own.public_id}",
        "  status: published",
        "  author:",
        "    name: Camille Exemple",
        "drafts 1 of 1:",
        "    Le récit: Inachevé.",
        "notices 1 of 1:",
        "  words: C’est de moi qu’il s’agit.",
        "attempts 1 of 1:",
    ):
        assert line in shown.output.splitlines(), line
    (themes,) = (line for line in shown.output.splitlines() if "themes: " in line)
    assert themes == f"    themes: {own.versions[0].themes[0].label}"
    for foreign in (OTHER, "Dominique Secret", "reconnaît sa voisine", "None", "[]"):
        assert foreign not in shown.output
    assert own.status is Status.PUBLISHED, "it changes nothing"


def test_an_address_that_is_nowhere_is_one_sentence_and_status_1(find: Find, session: Session) -> None:
    a_full_address(session)
    for options in ([], ["--erase", "--yes"]):
        shown = find("inconnue@exemple.fr", *options)
        assert (shown.exit_code, shown.output) == (1, "nothing is kept about inconnue@exemple.fr\n")


@pytest.mark.parametrize("email", ["camille", "a@b", "%@exemple.fr x", ""])
def test_a_malformed_address_is_refused(find: Find, email: str) -> None:
    shown = find(email)
    assert shown.exit_code == 2
    assert "that is not an e-mail address: nothing was looked for" in shown.output


def test_an_export_is_a_new_file_of_its_owner_alone(find: Find, session: Session, tmp_path: Path) -> None:
    own, _ = a_full_address(session)
    public_id, file = own.public_id, tmp_path / "donnees.json"
    assert find(AUTHOR, "--export", str(file)).output == f"written to {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    data = json.loads(file.read_text(encoding="utf-8"))
    assert [each["reference"] for each in data["testimonials"]] == [public_id]
    file.write_text("à garder", encoding="utf-8")
    for taken in (file, tmp_path / "absent" / "donnees.json"):
        refused = find(AUTHOR, "--export", str(taken), "--erase", "--yes")
        assert refused.exit_code == 1
        assert f"nothing is written to {taken}" in refused.output
    assert file.read_text(encoding="utf-8") == "à garder"
    assert own.status is Status.PUBLISHED, "what is not taken away is not erased either"


@pytest.mark.parametrize(
    ("options", "typed", "status"),
    [((), f"{AUTHOR.upper()}\n", 0), (("--yes",), "", 0), ((), f"{OTHER}\n", 1), ((), "", 1)],
)
def test_erasing_asks_for_the_address_again(
    find: Find, session: Session, options: tuple[str, ...], typed: str, status: int
) -> None:
    own, _ = a_full_address(session)
    shown = find(AUTHOR, "--erase", *options, typed=typed)
    assert shown.exit_code == status
    is_erased = status == 0
    assert ("erased; what is left" in shown.output) is is_erased
    assert (own.status is Status.ERASED) is is_erased
    assert (stored(session, Draft) == []) is is_erased
    (notice,) = (each for each in stored(session, Notice) if each.testimonial_id != own.id)
    assert (notice.email is None) is is_erased
    if is_erased:
        assert {event.actor for event in own.events[-1:]} == {ActorKind.SYSTEM}
        assert find(AUTHOR, "--erase", "--yes").exit_code == 0, "a count of attempts is left, for a day or two"
