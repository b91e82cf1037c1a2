"""Errors of embeds, in the format of the request: framed page, JSON for oEmbed, else plain text."""

from collections.abc import Mapping, Sequence

from flask import Response, render_template, request

from app.catalog.rendering import readable_json
from app.french import number
from app.publication.embed.oembed import MAX_PIXELS
from app.publication.embed.widget import MAX_LIMIT
from app.web.headers import let_others_frame, let_others_read

PATH_PREFIXES = ("/integration/", "/oembed")

SENTENCES: Mapping[int, str] = {
    400: "L’adresse contient un nom ou des caractères qui n’y ont pas leur place.",
    403: "La clé de cette adresse n’est pas, ou n’est plus, celle d’un site du réseau.",
    404: "L’adresse nomme un article, un retour ou un filtre qui n’existe pas.",
    405: "Cette adresse se lit : GET ou HEAD.",
    410: "Ce retour d’expérience n’est plus publié : son auteur·e ou l’équipe l’a retiré.",
    414: "L’adresse est trop longue.",
    422: f"L’adresse donne un nombre qui n’en est pas un, ou trop grand ; « nombre » va de 1 à {MAX_LIMIT}.",
    501: "Le seul format est json.",
}
INVALID_SIZE = f"« maxwidth » et « maxheight » sont des nombres de pixels, de 1 à {number(MAX_PIXELS)}."
DEFAULT_SENTENCE = "La plateforme ne répond pas comme prévu. Réessayez dans un moment."


def is_embed_request() -> bool:
    """Whether this request is for an embed, even on a path without a route."""
    return request.path.startswith(PATH_PREFIXES)


def embed_error(code: int, headers: Sequence[tuple[str, str]] = (), sentence: str | None = None) -> Response:
    """Return an error in the format of the request, with the usual sentence of its code unless one is given."""
    outlet = requested_outlet()
    usual = INVALID_SIZE if (outlet, code) == ("oembed", 422) else SENTENCES.get(code, DEFAULT_SENTENCE)
    sentence = sentence or usual
    match outlet:
        case "frame" | "frame_of_one":
            text, mimetype = render_template("embed/frame_refused.html", sentence=sentence), "text/html"
        case "oembed":
            text, mimetype = readable_json({"status": code, "error": sentence}), "application/json"
        case _:
            text, mimetype = f"{sentence}\n", "text/plain"
    response = Response(text, code, headers, mimetype=mimetype)
    if request.endpoint:
        return response
    return let_others_read(let_others_frame(response)) if outlet == "frame" else let_others_read(response)


def requested_outlet() -> str:
    """Return the outlet requested, also without a route: a truncated identifier, another method."""
    if request.endpoint:
        return request.endpoint.partition(".")[2]
    return "frame" if request.path.endswith("/cadre") else request.path.strip("/")
