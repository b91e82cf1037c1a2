"""HTTP errors that no exception of ours explains: their sentences, by status code."""

from collections.abc import Mapping

from app.errors.refusals import Refusal

# `http_error` sets the code.
BY_CODE: Mapping[int, Refusal] = {
    400: Refusal(
        "Cette demande est illisible",
        "Elle contient des caractères que nous ne pouvons pas lire, ou deux réponses là où il en faut une. "
        "Revenez en arrière et réessayez.",
    ),
    404: Refusal(
        "Cette page n’existe pas",
        "L’adresse est peut-être incomplète. Articles et retours d’expérience sont à l’accueil.",
    ),
    405: Refusal("Cette page ne s’utilise pas ainsi", "Revenez en arrière et passez par les boutons de la page."),
    410: Refusal(
        "Ce témoignage n’est plus publié",
        "Son auteur·e ou l’équipe l’a retiré. D’autres retours d’expérience vous attendent à côté de l’article.",
    ),
    413: Refusal(
        "Cet envoi est trop lourd",
        "Un texte de quelques pages suffit. Revenez en arrière : ce que vous avez écrit y est encore. "
        "Raccourcissez-le, puis réessayez. Un fichier s’importe en plusieurs fois, titres compris.",
    ),
    414: Refusal("Cette adresse est trop longue", "Choisissez moins de critères, ou moins de mots, depuis l’article."),
    415: Refusal("Cet envoi n’est pas un formulaire", "Revenez en arrière et passez par les boutons de la page."),
    429: Refusal(
        "Un instant, s’il vous plaît",
        "Trop d’envois sont venus de votre connexion en peu de temps. "
        "Revenez en arrière : ce que vous avez écrit y est encore.",
    ),
    503: Refusal(
        "La plateforme reprend son souffle",
        "Rien n’a été enregistré. Revenez en arrière : ce que vous avez écrit y est encore ; "
        "réessayez dans une minute.",
    ),
    500: Refusal(
        "Quelque chose s’est cassé de notre côté",
        "Ce n’est pas vous. Revenez en arrière : ce que vous avez écrit y est encore ; réessayez dans un moment.",
    ),
}
