"""What time takes away around accounts: sessions past their period, spent links, attempts that no longer count."""

from sqlalchemy.orm import Session

from app.accounts import account_links, login_attempts, sessions


def forget(session: Session) -> None:
    """Delete what has ended. The caller commits."""
    sessions.forget_ended(session)
    account_links.forget_old(session)
    login_attempts.forget_old(session)
