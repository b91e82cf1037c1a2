"""What other sites are told when they are refused, in the format of what they asked for."""

from collections.abc import Mapping, Sequence

from flask import Response, render_template, request

from app.catalog.rendering import readable_json
from app.french import number
from app.publication.embed.oembed import WIDEST
from app.publication.embed.widget import MOST
from app.web.headers import let_others_frame, let_others_read

ADDRESSES = ("/integration/", "/oembed")

BY_CODE: Mapping[int, str] = {
    400: "L’adresse contient un nom ou des caractères qui n’y ont pas leur place.",
    404: "L’adresse nomme un article, un retour ou un filtre qui n’existe pas.",
    405: "Cette adresse se lit : GET ou HEAD.",
    410: "Ce retour d’expérience n’est plus publié : son auteur·e ou l’équipe l’a retiré.",
    414: "L’adresse est trop longue.",
    422: f"L’adresse donne un nombre qui n’en est pas un, ou trop grand ; « nombre » va de 1 à {MOST}.",
    501: "Le seul format est json.",
}
OF_MEASURES = f"« maxwidth » et « maxheight » sont des nombres de pixels, de 1 à {number(WIDEST)}."
OTHERWISE = "La plateforme ne répond pas comme prévu. Réessayez dans un moment."


def is_embed_request() -> bool:
    """Say whether this request is another site's, were it for an address that no route bears."""
    return request.path.startswith(ADDRESSES)


def embed_error(code: int, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """Answer a sentence, as a fragment, a framed page, or data."""
    asked = requested_outlet()
    sentence = OF_MEASURES if (asked, code) == ("oembed", 422) else BY_CODE.get(code, OTHERWISE)
    match asked:
        case "fragment":
            text, kind = render_template("embed/fragment_refused.html", sentence=sentence), "text/html"
        case "frame" | "frame_of_one":
            text, kind = render_template("embed/frame_refused.html", sentence=sentence), "text/html"
        case "oembed":
            text, kind = readable_json({"status": code, "error": sentence}), "application/json"
        case _:
            text, kind = f"{sentence}\n", "text/plain"
    response = Response(text, code, headers, mimetype=kind)
    if request.endpoint:
        return response
    return let_others_read(let_others_frame(response)) if asked == "frame" else let_others_read(response)


def requested_outlet() -> str:
    """Return what was asked for, also where no route answers: an identifier cut short, another method."""
    if request.endpoint:
        return request.endpoint.partition(".")[2]
    return "frame" if request.path.endswith("/cadre") else request.path.strip("/")
