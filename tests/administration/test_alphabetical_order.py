"""Names are listed as a French dictionary has them, whatever the engine's own order of letters."""

import pytest
from sqlalchemy.orm import Session

from app.audit import READER, AuditEvent, Kind
from app.territories.models import Partner
from app.testimonials.situation import PartnerKnown
from tests.acts import a_site
from tests.administration.test_referentials import LISTS, list_page, the_list
from tests.factories import a_testimonial, an_editor, an_invitation, another_article
from tests.visitor import Visitor

ORDERED = ("Abri d’ici", "eau d’ici", "Écho d’ici", "Île d’ici", "Œuvre d’ici", "Zèbre d’ici")


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_names_are_in_the_order_of_a_french_dictionary(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for number, name in enumerate(ORDERED[::-1]):
        session.add(
            Partner(referential_id=the_list(session).id, slug=f"ici-{number}", name=f"Centre {name}", territory="Ici")
        )
        session.add(type(the_list(session))(slug=f"liste-{number}", name=f"Liste {name}"))
        a_site(session, f"ici{number}.exemple").name = f"Site {name}"
        an_editor(session, email=f"ici{number}@exemple.fr").name = f"Compte {name}"
        an_invitation(session, f"Ville {name}", f"ville{number}@exemple.fr")
        a_testimonial(
            session,
            email=f"a{number}@exemple.fr",
            partner=None,
            partner_known=PartnerKnown.OTHER,
            partner_other=f"Lieu {name}",
        )
        about = a_testimonial(
            session,
            email=f"b{number}@exemple.fr",
            article=another_article(session, slug=f"ici-{number}", title=f"Sur {name}"),
        )
        about.events.append(AuditEvent.of(Kind.QUESTION_SENT, READER))
    session.commit()
    for path, prefix in (
        ("/moderation?etat=tous", "Centre "),
        ("/moderation/questions", "Sur "),
        (list_page(session), "Centre "),
        (f"{list_page(session)}/reponses", "Lieu "),
        (LISTS, "Liste "),
        ("/administration/sites", "Site "),
        ("/vos-donnees", "Site "),
        ("/administration/equipe", "Compte "),
        ("/administration/journal", "Compte "),
        ("/administration/invitations", "Ville "),
    ):
        with subtests.test(path=path):
            text = admin.get(path).text
            assert sorted(ORDERED, key=lambda name: text.index(prefix + name)) == [*ORDERED]
    regions = [each.get_text(strip=True) for each in admin.get("/moderation").page.select("[name=region] option")]
    assert regions[regions.index("Île-de-France") - 1].startswith("Hauts")
