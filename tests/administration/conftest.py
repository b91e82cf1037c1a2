"""Fixtures of the admins' side."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from tests.accounts.signing_in import ADMIN
from tests.acts import signed_in
from tests.visitor import Visitor


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)
