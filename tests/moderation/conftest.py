"""Fixtures of the editors' side."""

import pytest
from sqlalchemy.orm import Session

from tests.acts import signed_in
from tests.visitor import Visitor


@pytest.fixture
def editor(visitor: Visitor, session: Session) -> Visitor:
    """A visitor signed in as an editor."""
    return signed_in(visitor, session)
