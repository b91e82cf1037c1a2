"""Who reads at the desk."""

import pytest
from sqlalchemy.orm import Session

from tests.acts import signed_in
from tests.visitor import Visitor


@pytest.fixture
def editor(visitor: Visitor, session: Session) -> Visitor:
    """Give an editor who has signed in."""
    return signed_in(visitor, session)
