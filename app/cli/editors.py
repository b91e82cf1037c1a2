"""`flask editors`: the first admin, and the day everything is lost."""

from collections.abc import Sequence

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.accounts import mails, queries, team
from app.accounts.models import Role, Scope, User
from app.accounts.team import ActRefused, LastAdmin, TeamAct
from app.administration.team.routes import InvitationForm
from app.articles import queries as articles
from app.audit import SYSTEM
from app.db import db
from app.forms import tidy_email

editor_commands = AppGroup("editors", help="Editors' accounts.")


@editor_commands.command("invite", help="Invite someone, or write an account a new link; the link is printed too.")
@click.argument("email")
@click.argument("name", required=False)
@click.option("--admin", is_flag=True, help="Also manages editors and articles.")
@click.option("--article", "slugs", metavar="SLUG", multiple=True, help="Edits this article only, or these.")
@click.option("--all-articles", is_flag=True, help="Edits all articles again.")
def invite(email: str, name: str | None, *, admin: bool, slugs: tuple[str, ...], all_articles: bool) -> None:
    if slugs and (admin or all_articles):
        raise click.UsageError("--article goes with neither --admin nor --all-articles: an admin edits all articles")
    email = tidy_email(email)
    session = db.session()
    scope = find_articles(session, slugs)
    user = session.scalar(queries.with_email(email))
    if user is None:
        role = Role.ADMIN if admin else Role.EDITOR
        data = {"email": email, "name": name, "role": role, "extent": "all"}
        form = InvitationForm({}, formdata=None, meta={"csrf": False}, data=data)
        if not form.validate():
            raise click.UsageError("a new account needs an address and a name: editors invite EMAIL NAME [--admin]")
        link = team.invite(session, SYSTEM, email=email, name=form.name.data or "", role=role, scope=scope)
    else:
        if not user.is_active:
            raise click.ClickException(f"{email} is disabled: editors disable --undo {email}")
        if admin and not user.is_admin:
            perform_act(session, user, TeamAct.MAKE_ADMIN)
        if slugs or all_articles:
            give_articles(session, user, scope)
        link = mails.send_account_link(session, user)
    name, until, page = link.user.name, link.expires_at, mails.account_page(link.public_id)
    session.commit()
    click.echo(f"{name} chooses a password, until {until:%Y-%m-%d %H:%M} UTC, at\n{page}")


@editor_commands.command("disable", help="Close an account: its sessions end at once.")
@click.argument("email")
@click.option("--undo", is_flag=True, help="Open a closed account again.")
def disable(email: str, *, undo: bool) -> None:
    find_account(email, TeamAct.ENABLE if undo else TeamAct.DISABLE)


@editor_commands.command("reset-second-factor", help="Take an account's second factor away, for a lost telephone.")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    find_account(email, TeamAct.RESET_SECOND_FACTOR)


@editor_commands.command("list", help="List the accounts.")
def list_editors() -> None:
    for user in queries.team_members(db.session()):
        facts = [user.role.value]
        facts += [f"articles {', '.join(queries.slugs_of(db.session(), user.scope))}"] if user.scope is not None else []
        facts += ["disabled"] if not user.is_active else []
        facts += ["invited"] if user.is_invited else []
        facts += ["second factor"] if user.has_second_factor else []
        click.echo(f"{user.email}\t{user.name}\t{', '.join(facts)}")
    db.session.rollback()


def find_articles(session: Session, slugs: Sequence[str]) -> Scope:
    known = {article.slug: article.id for article in session.scalars(articles.all_articles())}
    if unknown := [slug for slug in slugs if slug not in known]:
        raise click.UsageError(f"no article {', '.join(unknown)}: there are {', '.join(sorted(known))}")
    return frozenset(known[slug] for slug in slugs) if slugs else None


def give_articles(session: Session, user: User, scope: Scope) -> None:
    try:
        team.give_articles(session, SYSTEM, user, scope)
    except ActRefused:
        raise click.ClickException(f"{user.email} is an admin, who edits all articles") from None


def find_account(email: str, act: TeamAct) -> None:
    email = tidy_email(email)
    session = db.session()
    user = session.scalar(queries.with_email(email))
    if user is None:
        raise click.ClickException(f"no account at {email}: see editors list")
    perform_act(session, user, act)
    session.commit()
    click.echo(f"{email}: {act.value}")


def perform_act(session: Session, user: User, act: TeamAct) -> None:
    try:
        team.perform_team_act(session, SYSTEM, user, act)
    except ActRefused:
        raise click.ClickException(f"{user.email}: nothing to do for {act.value}") from None
    except LastAdmin:
        raise click.ClickException(f"{user.email} is the last active admin: make another one first") from None
