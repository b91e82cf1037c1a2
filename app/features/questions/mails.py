"""E-mails about a colleague’s question: to who asks, and to the author."""

from app.mail.compose import QUESTION_LINK, RECEIVED_LINK
from app.mail.messages import Mail, page, signed_page
from app.testimonials.lifecycle import Status
from app.testimonials.wordings import Purpose

# Editors see counts and reports of questions, not who asks whom.
ASKER = "un·e collègue qui pose une question"
QUESTION_CONFIRM = Mail(
    *("question_confirm", "Confirmez votre adresse pour que votre question parte", "Relire et envoyer"),
    signed_page("colleague_questions.confirm", QUESTION_LINK, "question_asked"),
    forgets=True,
    unnamed=ASKER,
)
QUESTION = Mail(
    *("question", "Un·e collègue a une question sur votre texte", "Dire non, signaler, ne plus en recevoir"),
    signed_page("received_questions.from_letter", RECEIVED_LINK, "question"),
    true_in={Status.PUBLISHED},
    rests_on=Purpose.QUESTIONS,
)
QUESTION_DECLINED = Mail(
    *("question_declined", "Une réponse à votre question", "Lire d’autres retours", page("publication.article_list")),
    forgets=True,
    unnamed=ASKER,
)
