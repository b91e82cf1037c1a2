"""What other sites are told when they are refused, in the format of what they asked for."""

from collections.abc import Mapping

from flask import Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from app.db import db
from app.publication.integration.pieces import MOST

BY_CODE: Mapping[int, str] = {
    400: "L’adresse contient un nom ou des caractères qui n’y ont pas leur place.",
    404: "L’adresse nomme un article, un retour ou un filtre qui n’existe pas.",
    410: "Ce retour d’expérience n’est plus publié : son auteur·e ou l’équipe l’a retiré.",
    414: "L’adresse est trop longue.",
    422: f"L’adresse donne un nombre qui n’en est pas un, ou trop grand ; « nombre » va de 1 à {MOST}.",
    501: "Les formats sont json et xml.",
}
OTHERWISE = "La plateforme ne répond pas comme prévu. Réessayez dans un moment."


def refuse(error: HTTPException) -> tuple[Response | str, int]:
    """Answer what HTTP refuses: a sentence, as a fragment, a framed page, or data."""
    db.session.rollback()
    code = error.code or 500
    sentence = BY_CODE.get(code, OTHERWISE)
    match str(request.endpoint).partition(".")[2]:
        case "fragment":
            return render_template("integration/fragment_refused.html", sentence=sentence), code
        case "frame" | "frame_of_one":
            return render_template("integration/frame_refused.html", sentence=sentence), code
        case "oembed" if request.args.get("format") == "xml":
            text = render_template("integration/refused.xml", code=code, sentence=sentence)
            return Response(text, mimetype="text/xml"), code
        case "oembed":
            return jsonify(status=code, error=sentence), code
        case _:
            return Response(f"{sentence}\n", mimetype="text/plain"), code
