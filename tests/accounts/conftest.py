"""Fixtures for the tests of accounts: an editor, an admin."""

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from tests.accounts.signing_in import ADMIN
from tests.factories import an_editor


@pytest.fixture
def admin(session: Session) -> User:
    user = an_editor(session, email=ADMIN, role=Role.ADMIN)
    session.commit()
    return user
