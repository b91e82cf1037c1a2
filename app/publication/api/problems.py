"""API errors: `application/problem+json` (RFC 9457), in French."""

from collections.abc import Mapping, Sequence

from flask import Response, request

from app.catalog.rendering import readable_json
from app.web.headers import let_others_read

PATH_PREFIX = "/api/"  # errors of paths without a route are problems too

SEE_DESCRIPTION = "Ce qui se demande ici est décrit à /api/v1/openapi.json."

# By status, the title and the default detail. `type` is about:blank: the status is enough.
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("Demande illisible", "Un paramètre est inconnu, donné deux fois, ou ne se lit pas."),
    404: ("Introuvable", "Rien ne se trouve à cette adresse."),
    405: ("Lecture seule", "Cette interface se lit : GET, HEAD ou OPTIONS."),
    410: ("Retiré", "Ce témoignage n’est plus publié : son auteur·e ou l’équipe l’a retiré. Retirez-en vos copies."),
    413: ("Demande trop lourde", "Une demande ne porte ici aucun contenu."),
    414: ("Adresse trop longue", "Demandez moins de filtres, ou moins de mots."),
    415: ("Contenu inattendu", "Une demande ne porte ici aucun contenu."),
    422: ("Valeur hors limites", "Un paramètre a une valeur que nous ne pouvons pas suivre."),
    429: ("Trop de demandes", "Attendez le temps que dit l’en-tête Retry-After, puis réessayez."),
    500: ("Erreur de notre côté", "Ce n’est pas vous. Réessayez dans un moment."),
    503: ("Indisponible un instant", "Attendez le temps que dit l’en-tête Retry-After, puis réessayez."),
}


def is_api_request() -> bool:
    return request.path.startswith(PATH_PREFIX)


def problem_response(code: int, detail: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """Return a problem, which the scripts of other sites may read."""
    title, default = PROBLEMS.get(code) or PROBLEMS[500 if code >= 500 else 400]  # noqa: PLR2004  # HTTP's server errors
    detail = f"{detail or default} {SEE_DESCRIPTION}"
    problem = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return let_others_read(Response(readable_json(problem), code, headers, mimetype="application/problem+json"))
