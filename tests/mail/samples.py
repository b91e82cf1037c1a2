"""Sample facts of every message, and their e-mails; `python -m tests.mail.samples FOLDER` writes them there."""

import sys
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app import MAILS, create_app
from app.accounts import mails as account_mails
from app.mail.compose import compose
from app.mail.messages import Mail, declared_in
from config import Testing

ARTICLE = "Travailler avec un partenaire"
TO_AUTHOR = {
    "public_id": "0" * 20,
    "generation": 1,
    "article": ARTICLE,
    "reason": "Une autre personne est reconnaissable",
    "words": "Le troisième paragraphe permet de reconnaître un voisin.\nRetirez-le, et nous relirons volontiers.",
    "ground": "Charte, point 3, et article 9 du code civil (respect de la vie privée).",
    "heading": "Trois après-midi",
    "asks": True,
    "corrections": "L’équipe a corrigé votre texte, comme votre accord le permet\u00a0: 2 mots corrigés.",
    "due": "2026-12-09",
    "hidden_until": "2026-12-08",
    "until": "14\u00a0h\u00a005",
    "purpose": "Réutilisation ailleurs",
    "answer": "oui",
    "consents": [
        {
            "purpose": "Publication à côté de l’article",
            "answer": "oui",
            "wording": "J’accepte que ce texte soit publié à côté de l’article, sous ma signature.",
        },
        {
            "purpose": "Réutilisation ailleurs",
            "answer": "oui",
            "wording": "J’accepte que ce texte soit repris ailleurs par le réseau.",
        },
    ],
    "text": (
        "Titre\nTrois après-midi\n\nSignature\nCoordinatrice, Ville-Exemple\n\n"
        "Ce qui se fait ensemble\nNous avons ouvert trois après-midi de travail.\n\nOn y parlait de ce qui soulage."
    ),
    "notice": "0" * 36,
    "is_reply": False,
    "is_kept": True,
    "sentence": "L’équipe a relu le texte : il reste publié.",
}
TO_ACCOUNT = {"account_link": "0" * 20, "words": "prenom.nom@ville-exemple.fr"}
RECUEIL = {"recueil": ["exemple", 1], "title": "Ce que nous avons appris"}
INVITED = {"invited": ["0" * 18, "0" * 64], "article": ARTICLE, "organisation": "Ville-Exemple"}
FOLLOWED = {"alert": "0" * 20, "article": ARTICLE, "choices": ["En projet", "Normandie"]}
QUOTE = {"quote": "On a cessé de parler de publics.", "signature": "Coordinatrice", "title": "Trois après-midi"}

OWN_FACTS: Mapping[str, Mapping[str, Any]] = {
    "invitation": TO_ACCOUNT | {"inviter": "Nadia Exemple", "is_admin": False, "articles": [ARTICLE]},
    "sign_in_changed": TO_ACCOUNT | {"words": "Une clé d’accès vient d’y être ajoutée."},
    "edited": TO_AUTHOR
    | {"cited": "Voici ce que l’équipe cite de votre texte.\n\n> « On y parlait de ce qui soulage. »\n> en ouverture"},
    "letter": TO_AUTHOR
    | {
        "subject": "Une équipe voisine aimerait vous entendre",
        "words": "Une équipe voisine prépare la même rencontre.\n\nDites-nous si vous voulez bien lui en parler.",
        "wording": "J’accepte que le réseau m’écrive au sujet de cette expérience.",
        "agreed_on": "2026-11-24",
    },
    "address_data": {
        "address_request": "0" * 20,
        "until": "mardi 24\u00a0novembre 2026 à 14\u00a0h\u00a005",
    },
    "decided_alone": {"who": "Nadia Exemple", "review": "0" * 20, "article": ARTICLE},
    "mention": {"who": "Nadia Exemple", "review": "0" * 20},
    "digest": {
        "desk": True,
        "articles": [{"title": ARTICLE, "sentences": ["3\u00a0textes à relire, dont 2\u00a0en retard"]}],
    },
    "clock_failed": {"acts": ["effacement d’un texte", "fin d’une publication"]},
    "check_failed": {"faults": ["the last backup is of 2026-11-24 02:41 UTC"]},
    "check_passed": {},
    "reminder_lost": {},
    "recueil_ready": {**RECUEIL, "pages": 48},
    "recueil_failed": {
        **RECUEIL,
        "reason": "son article n’est plus en ligne. Recommencez quand il le sera",
    },
    "answer_announced": TO_AUTHOR | {"shown_on": "2026-12-16"},
    "answer_invited": {"answers": ["0" * 20, "0" * 36, "0" * 64], "article": ARTICLE},
    "call_invited": INVITED,
    "call_reminder": INVITED | {"asked_on": "2026-11-03"},
    "alert_confirm": FOLLOWED | {"ends_on": "2026-12-06"},
    "alert": FOLLOWED
    | {
        "ends_on": "2027-11-29",
        "number": 3,
        "quoted": [QUOTE],
        "collection": ["exemple", {"situation": "planned", "region": "28"}],
    },
    "transcript": TO_AUTHOR | {"medium": "au téléphone", "told_on": "2026-11-24"},
    "question_confirm": {"question_asked": "0" * 20, "due": "2026-12-06"},
    "question_declined": {"asked_on": "2026-11-24"},
    "question": TO_AUTHOR
    | {
        "words": "Comment avez-vous trouvé la salle, et qui la paie\u202f?\n\nNous commençons en mars.",
        "name": "Lou Exemple",
        "organisation": "Ville-Exemple",
        "reply_to": "lou.exemple@ville-exemple.fr",
        "reveals": "Répondre montre votre adresse à cette personne, et à elle seule.",
        "question": "0" * 20,
        "by_reply": True,
    },
}
SAMPLE_FACTS: Mapping[Mail, Mapping[str, Any]] = {
    **{each: OWN_FACTS.get(each.name, TO_AUTHOR) for each in MAILS},
    **{each: OWN_FACTS.get(each.name, TO_ACCOUNT) for each in declared_in(account_mails)},
}


def samples() -> Iterator[tuple[Mail, EmailMessage]]:
    for message, facts in SAMPLE_FACTS.items():
        yield message, compose(message, "prenom.nom@exemple.fr", facts, f"<{message}@en-regard.invalid>")


def write_samples(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for message, email in samples():
        for kind, suffix in (("plain", "txt"), ("html", "html")):
            body = email.get_body((kind,))
            if body is not None:
                (folder / f"{message}.{suffix}").write_text(body.get_content(), encoding="utf-8")


if __name__ == "__main__":
    with TemporaryDirectory() as empty, create_app(Testing(instance=Path(empty), database="sqlite://")).app_context():
        write_samples(Path(sys.argv[1]))
