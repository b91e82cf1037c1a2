"""Who there is, in the tests of accounts."""

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from tests.accounts.entering import ADMIN
from tests.factories import an_editor


@pytest.fixture
def editor(session: Session) -> User:
    """There is an editor."""
    user = an_editor(session)
    session.commit()
    return user


@pytest.fixture
def admin(session: Session) -> User:
    """There is an admin."""
    user = an_editor(session, email=ADMIN, role=Role.ADMIN)
    session.commit()
    return user
