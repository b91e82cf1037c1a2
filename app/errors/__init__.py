"""Error pages: the handlers of every error, and the page.

The API's errors are `publication/api/serializers.py`, those of embeds `publication/embed/errors.py`.
"""

from dataclasses import replace

from flask import Flask, Response, current_app, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, NotFound, SecurityError, ServiceUnavailable, TooManyRequests

from app.accounts import queries as accounts
from app.accounts.gate import forget_editor
from app.catalog.cursor import UnknownCursor
from app.catalog.filters import FILTERS, UnknownFilter
from app.db import db, is_unavailable, roll_back
from app.erasure_journal import JournalUnwritable
from app.errors.refusals import BY_CODE, NOT_SHOWN, REFUSALS, Refusal
from app.links import LinkUnknown
from app.moderation.decisions import Stale
from app.publication.api import serializers
from app.publication.embed import errors as embed_errors
from app.publication.feed import FEED_PATH
from app.tokens import LinkRefused
from app.web.headers import let_others_read

A_MINUTE = 60  # seconds


def init_app(app: Flask) -> None:
    """Register the handlers: one page for every error, and a format of their own for the API and embeds."""
    for kind in REFUSALS:
        app.register_error_handler(kind, domain_refusal)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(UnknownFilter, unknown_filter)
    app.register_error_handler(UnknownCursor, lambda _: http_error(NotFound()))
    app.register_error_handler(SecurityError, unknown_host)
    app.register_error_handler(OperationalError, database_unavailable)
    app.register_error_handler(NoConnectionFree, database_unavailable)
    app.register_error_handler(JournalUnwritable, lambda _: http_error(ServiceUnavailable(retry_after=A_MINUTE)))


def domain_refusal(error: Exception) -> tuple[str, int]:
    kind = next(kind for kind in REFUSALS if isinstance(error, kind))
    roll_back()
    testimonial, words = (error.testimonial, error.words) if isinstance(error, Stale) else (None, "")
    refusal = REFUSALS[kind]
    if isinstance(error, LinkUnknown):
        refusal = replace(refusal, advice=error.advice)
    link = issubclass(kind, LinkRefused)
    is_of_text = request.blueprint in {"queue", "review", "response_invitation", "notices_desk"}
    text = str((request.view_args or {}).get("public_id", "")) if is_of_text else ""
    return error_page(refusal, link=link, text=text, testimonial=testimonial, words=words), refusal.code


def http_error(error: HTTPException) -> Response:
    """Roll back, and respond in the outlet's format, with the headers of the exception such as `Allow`."""
    code = error.code or 500
    roll_back()
    not_shown = NOT_SHOWN.get(type(error))
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    if serializers.is_api_request():
        # A description given by one of our views; not the library's default, which is in English.
        return serializers.problem_response(code, vars(error).get("description"), headers)
    if embed_errors.is_embed_request():
        return embed_errors.embed_error(code, headers, error.description if not_shown else None)
    refusal = replace(BY_CODE.get(code) or BY_CODE[max(code // 100 * 100, 400)], code=code)
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        refusal = replace(refusal, advice=f"{refusal.advice} Réessayez {retry_sentence(error.retry_after)}.")
    response = Response(error_page(not_shown or refusal, not_shown=not_shown is not None), code, headers)
    return let_others_read(response) if request.path.endswith(FEED_PATH) else response


def unknown_filter(error: UnknownFilter) -> Response:
    return http_error(
        NotFound(f"« {FILTERS[error.facet].query} » n’a pas cette valeur : l’article dit lesquelles il a.")
    )


def unknown_host(_error: SecurityError) -> Response:
    """Respond 400, in plain text: no link of a page could be built for another host than that of `PUBLIC_URL`."""
    if serializers.is_api_request():
        return serializers.problem_response(400)
    sentence = "Cette adresse n’est pas celle de la plateforme. Vérifiez-la, puis réessayez.\n"
    return Response(sentence, 400, mimetype="text/plain")


def database_unavailable(error: Exception) -> Response:
    """Respond 503 where the database is away or busy; a faulty statement is still a 500.

    The log has the server's message only where it refused the connection: it quotes no row, and tells a wrong password
    from a server that is down.
    """
    if isinstance(error, OperationalError) and not is_unavailable(error):
        raise error
    detail = f": {error.orig}" if isinstance(error, OperationalError) and error.statement is None else ""
    current_app.logger.error("the database does not answer%s", detail, exc_info=error)
    forget_editor()
    return http_error(ServiceUnavailable(retry_after=A_MINUTE))


def retry_sentence(seconds: int) -> str:
    minutes = -(-seconds // A_MINUTE)
    if minutes > 90:  # noqa: PLR2004  # beyond an hour and a half one counts in hours
        return f"dans {-(-minutes // 60)} heures"
    return f"dans {minutes} minutes" if minutes > 1 else "dans une minute"


def error_page(
    refusal: Refusal,
    *,
    link: bool = False,
    not_shown: bool = False,
    text: str = "",
    testimonial: object = None,
    words: str = "",
) -> str:
    """Render the error page; with the history of `testimonial` and the unsaved `words` where they are given.

    `link`: it leads to a new private link; `not_shown`: to the articles, and authors to their private page; `text`: to
    the review page of this testimonial.
    """
    names = accounts.names_by_id(db.session()) if testimonial is not None else {}
    links = {"link": link, "not_shown": not_shown, "text": text}
    return render_template("error.html", refusal=refusal, testimonial=testimonial, words=words, names=names, **links)
