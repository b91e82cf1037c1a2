"""Fixtures of the editors' side."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.acts import signed_in
from tests.factories import EDITOR, an_editor
from tests.visitor import Visitor


@pytest.fixture
def editor(visitor: Visitor, session: Session) -> Visitor:
    return signed_in(visitor, session)


@pytest.fixture
def pair(app: Flask, session: Session) -> tuple[Visitor, Visitor]:
    an_editor(session, email="omar@ville-exemple.fr").name = "Omar Exemple"
    nadia, omar = (signed_in(Visitor(app), session, email=email) for email in (EDITOR, "omar@ville-exemple.fr"))
    return nadia, omar
