"""The team: invitations, roles, passwords, and admins' acts on an account."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import account_links, mails, queries, second_factor, sessions
from app.accounts.account_links import AccountLink, LinkKind
from app.accounts.bound_identities import unbind_identities
from app.accounts.login_attempts import AttemptBudget, attempt_key
from app.accounts.models import ArticleEditor, Role, Scope, User
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.labelled_enum import ExplainedEnum
from app.mail import outbox


class LastAdmin(Exception):
    """The act would leave the platform without an active admin."""


class HasAccount(Exception):
    """The address has just been given an account."""


class ActRefused(Exception):
    """The act no longer makes sense for the account."""


class TeamAct(ExplainedEnum):
    """An admin's act on an account: the verb of its button, and its effect in a sentence."""

    INVITE_AGAIN = (
        "invite_again",
        "Renvoyer l’invitation",
        "Un nouveau lien part par courriel, valable trois jours ; le précédent n’ouvre plus rien.",
    )
    MAKE_ADMIN = (
        "make_admin",
        "Confier l’administration",
        "Cette personne gérera l’équipe et les réglages. Elle devra se reconnecter.",
    )
    MAKE_EDITOR = (
        "make_editor",
        "Retirer l’administration",
        "Cette personne continue à relire les textes de ses articles. Ses connexions se terminent aussitôt.",
    )
    RESET_SECOND_FACTOR = (
        "reset_second_factor",
        "Retirer son second facteur",
        "Pour un téléphone perdu ou une clé perdue. Un courriel l’en avertit, ses connexions se terminent.",
    )
    UNBIND_IDENTITY = (
        "unbind_identity",
        "Délier son identité",
        "L’identité qui ouvrait ce compte ne l’ouvre plus. Un courriel l’en avertit, ses connexions se terminent.",
    )
    END_SESSIONS = (
        "end_sessions",
        "Terminer ses connexions",
        "Partout où cette personne est connectée, elle devra se reconnecter.",
    )
    DISABLE = (
        "disable",
        "Fermer ce compte",
        "Ses connexions se terminent aussitôt. Ce qu’elle a décidé reste signé de son nom.",
    )
    ENABLE = (
        "enable",
        "Rouvrir ce compte",
        "Cette personne pourra se connecter de nouveau : avec son mot de passe, ou invitée si elle n’en a pas.",
    )


# The accounts that each act makes sense for.
APPLIES_TO: Mapping[TeamAct, Callable[[User], bool]] = {
    TeamAct.INVITE_AGAIN: lambda user: user.is_active and user.is_invited,
    TeamAct.MAKE_ADMIN: lambda user: user.is_active and not user.is_admin,
    TeamAct.MAKE_EDITOR: lambda user: user.is_active and user.is_admin,
    TeamAct.RESET_SECOND_FACTOR: lambda user: user.has_second_factor,
    TeamAct.UNBIND_IDENTITY: lambda user: bool(user.identities),
    TeamAct.END_SESSIONS: lambda user: user.is_active and not user.is_invited,
    TeamAct.DISABLE: lambda user: user.is_active,
    TeamAct.ENABLE: lambda user: not user.is_active,
}


# What would leave the platform without an active admin.
NEVER_ON_LAST_ADMIN = frozenset({TeamAct.MAKE_EDITOR, TeamAct.DISABLE})


def possible_acts(user: User, *, is_last_admin: bool = False) -> Sequence[TeamAct]:
    refused = NEVER_ON_LAST_ADMIN if is_last_admin else frozenset[TeamAct]()
    return [act for act, applies in APPLIES_TO.items() if applies(user) and act not in refused]


def is_last_admin(session: Session, user: User) -> bool:
    return list(session.scalars(queries.active_admins().limit(2))) == [user]


def invite(session: Session, by: Actor, *, email: str, name: str, role: Role, scope: Scope = None) -> AccountLink:
    """Create an account without a password, and send its owner a link to choose one; raise `HasAccount`."""
    user = User(email=email, name=name, role=role, edits_all=scope is None)
    user.articles = [ArticleEditor(article_id=each) for each in sorted(scope or ())]
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise HasAccount from error
    session.add(AuditEvent.of(Kind.INVITED, by, account_id=user.id, after=role.value))
    return mails.send_link(session, user, LinkKind.INVITATION, to=email)


def perform_team_act(session: Session, by: Actor, user: User, act: TeamAct) -> None:
    """Perform an act on an account; raise `ActRefused`, or `LastAdmin` if it would leave no active admin.

    The admins' accounts are locked: of two admins who remove each other at once, the second is refused, though others
    are there to manage the team.
    """
    admins = list(session.scalars(queries.active_admins().with_for_update().execution_options(populate_existing=True)))
    is_removed = by.user_id is not None and by.user_id not in {each.id for each in admins}
    if is_removed or act not in possible_acts(user):
        raise ActRefused
    if act in NEVER_ON_LAST_ADMIN and admins == [user]:
        raise LastAdmin
    match act:
        case TeamAct.INVITE_AGAIN:
            session.add(AuditEvent.of(Kind.INVITED, by, account_id=user.id, after=user.role.value))
            mails.send_link(session, user, LinkKind.INVITATION, to=user.email)
        case TeamAct.MAKE_ADMIN | TeamAct.MAKE_EDITOR:
            before, user.role = user.role, Role.ADMIN if act is TeamAct.MAKE_ADMIN else Role.EDITOR
            facts = {"before": before.value, "after": user.role.value}
            session.add(AuditEvent.of(Kind.ROLE_CHANGED, by, account_id=user.id, **facts))
        case TeamAct.RESET_SECOND_FACTOR:
            second_factor.reset_second_factor(session, user, by)
        case TeamAct.UNBIND_IDENTITY:
            unbind_identities(session, user, by)
        case TeamAct.END_SESSIONS:
            pass
        case TeamAct.DISABLE:
            user.disabled_at = now()
            account_links.void_links(session, user, *LinkKind)
            session.add(AuditEvent.of(Kind.ACCOUNT_DISABLED, by, account_id=user.id))
        case TeamAct.ENABLE:
            user.disabled_at = None
            session.add(AuditEvent.of(Kind.ACCOUNT_ENABLED, by, account_id=user.id))
    sessions.end_sessions(session, by, user)


def give_articles(session: Session, by: Actor, user: User, scope: Scope) -> None:
    """Have an account edit some articles, or all, those to come included; raise `ActRefused` for an admin's.

    The account is locked: of two admins who give at once, the second's choice holds. Sessions go on: the gate reads
    the articles at each request.
    """
    session.refresh(user, with_for_update={"of": User})
    if user.is_admin or not user.is_active:
        raise ActRefused
    before = user.scope
    if scope == before:
        return
    user.edits_all = scope is None
    left = [each for each in user.articles if each.article_id in (scope or ())]
    added = (scope or frozenset()) - {each.article_id for each in left}
    user.articles = [*left, *(ArticleEditor(article_id=each) for each in sorted(added))]
    session.flush()
    facts = {name: scope_in_words(session, each) for name, each in (("before", before), ("after", scope))}
    session.add(AuditEvent.of(Kind.ARTICLES_GIVEN, by, account_id=user.id, **facts))


def scope_in_words(session: Session, scope: Scope) -> str:
    return "tous" if scope is None else ", ".join(queries.slugs_of(session, scope))


def choose_password(session: Session, user: User, password: str, *, but: int | None = None) -> None:
    """Set a new password, and notify the owner by e-mail.

    The user's sessions end (all `but` one), their links are void, the failures of their account are reset.
    """
    is_first, by = user.is_invited, Actor.editor(user.id)
    user.set_password(password)
    sessions.end_sessions(session, by, user, but=but)
    account_links.void_links(session, user, *LinkKind)
    AttemptBudget(session, [attempt_key("account", user.email)]).restore()
    session.add(AuditEvent.of(Kind.PASSWORD_SET, by, account_id=user.id))
    if not is_first:
        outbox.enqueue(session, mails.PASSWORD_CHANGED, to=user.email, account_link=None)


def request_new_address(session: Session, user: User, email: str) -> None:
    """Send a link to both addresses: the account moves to the new one once both have confirmed."""
    mails.send_link(session, user, LinkKind.LEAVE_ADDRESS, to=user.email, email=email)
    mails.send_link(session, user, LinkKind.TAKE_ADDRESS, to=email, email=email)


def is_taken(session: Session, email: str) -> bool:
    return bool(session.scalar(select(func.count()).select_from(User).where(User.email == email)))
