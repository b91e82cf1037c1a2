"""The sites of the network: registered, renamed and withdrawn by admins, and read by everyone."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.articles.sites import HostRefused, HostTaken, Site, register_site, tidy_host
from app.audit import AuditEvent, Kind
from app.testimonials.lifecycle import Status
from tests.acts import a_site, committed, private_page, stored
from tests.factories import a_testimonial, by_editor
from tests.visitor import Visitor

SITES = "/administration/sites"


def test_an_admin_registers_renames_and_withdraws_a_site(admin: Visitor, session: Session) -> None:
    admin.get(SITES).fill(name="Le réseau des CLSM", host="www.reseau.example").press("Inscrire ce site")
    (site,) = stored(session, Site)
    assert admin.path == f"{SITES}/{site.id}"
    assert (site.name, site.host, site.is_active) == ("Le réseau des CLSM", "www.reseau.example", True)
    assert admin.page.select(f"a[href$='/articles/crpv/integrer?cle={site.key}']")
    admin.fill(name="Le réseau").press("Renommer")
    assert [each.name for each in stored(session, Site)] == ["Le réseau"]
    admin.press("Retirer ce site")
    assert "Sa clé n’ouvre plus rien" in admin.text
    (site,) = stored(session, Site)
    assert site.active_until is not None
    kinds = (Kind.SITE_REGISTERED, Kind.SITE_RENAMED, Kind.SITE_WITHDRAWN)
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind.in_(kinds)).order_by(AuditEvent.id)).all()
    assert [(each.kind, each.reason) for each in events] == [(kind, "www.reseau.example") for kind in kinds]
    session.rollback()
    assert "Site du réseau retiré par Nadia Exemple. (www.reseau.example)" in admin.get("/administration/journal").text


def test_a_second_click_withdraws_nothing_more(admin: Visitor, session: Session) -> None:
    site = a_site(session)
    session.commit()
    path = f"{SITES}/{site.id}"
    token = admin.get(path).csrf_token
    for _ in range(2):
        admin.post(f"{path}/retirer", [("csrf_token", token)])
        assert admin.status == 200
    session.rollback()
    kinds = session.scalars(select(AuditEvent.kind)).all()
    assert kinds.count(Kind.SITE_WITHDRAWN) == 1


def test_without_its_token_a_button_does_nothing_and_says_so(admin: Visitor, session: Session) -> None:
    site = a_site(session)
    session.commit()
    admin.post(f"{SITES}/{site.id}/retirer", [("csrf_token", "expired")])
    assert admin.status == 422
    assert "trop longtemps" in admin.text
    assert [each.is_active for each in stored(session, Site)] == [True]


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("www.reseau.example", "www.reseau.example"),
        (" WWW.Reseau.Example. ", "www.reseau.example"),
        ("santé-mentale.example", "xn--sant-mentale-eeb.example"),
        ("xn--sant-mentale-eeb.example", "xn--sant-mentale-eeb.example"),
        ("a-b.c-d.example", "a-b.c-d.example"),
    ],
)
def test_a_host_is_stored_as_browsers_write_it(typed: str, host: str) -> None:
    assert tidy_host(typed, loopback=False) == host


# Names that Python's own IDNA, of 2003, cannot read: one that browsers write, and one that is none.
UNREADABLE = ("xn--strae-oqa.example", "xn--zzzzzz.example")


@pytest.mark.parametrize("host", UNREADABLE)
def test_a_host_that_cannot_be_read_in_letters_is_shown_as_it_is(
    admin: Visitor, visitor: Visitor, session: Session, host: str
) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    admin.get(SITES).fill(name="Un réseau", host=host).press("Inscrire ce site")
    assert admin.status == 200
    for path in ("/vos-donnees", private_page(testimonial)):
        assert host in visitor.get(path).text


WRONG = [
    *("", " ", ".", "reseau", "localhost", "127.0.0.1", "192.168.1.1", "10.1", "[::1]", "*", "*.example"),
    *("https://reseau.example", "reseau.example/", "reseau.example/page", "reseau.example:8443", "reseau.example;"),
    *("a@reseau.example", "reseau.example?x", "reseau.example#x", "re seau.example", "reseau..example", "-a.example"),
    *("a-.example", "a_b.example", "reseau.example\n'none'", "reseau.example 'self'", f"{'a' * 64}.example"),
    *(f"{'a.' * 130}example", "xn--a.example\x00", "'none'"),
    *("straße.example", "κόσμος.example"),  # Python would write another name than browsers do
]


def test_nothing_but_the_name_of_a_host_is_one(subtests: pytest.Subtests) -> None:
    """It stands in `Content-Security-Policy`, where a space would begin another source."""
    for typed in WRONG:
        with subtests.test(typed=typed), pytest.raises(HostRefused):
            tidy_host(typed, loopback=False)


def test_a_port_goes_with_loopback_in_development_alone() -> None:
    for host in ("localhost:5001", "127.0.0.1:8000", "localhost"):
        assert tidy_host(host, loopback=True) == host
        assert Site(name="", host=host).origin == f"http://{host}"
        with pytest.raises(HostRefused):
            tidy_host(host, loopback=False)
    for host in ("localhost:0", "localhost:x", "localhost:999999", "reseau.example:8000", "127.0.0.1:"):
        with pytest.raises(HostRefused):
            tidy_host(host, loopback=True)
    assert Site(name="", host="reseau.example").origin == "https://reseau.example"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "host": "reseau.example"}, "Indiquez le nom du site"),
        ({"name": "Un réseau", "host": ""}, "Écrivez le nom d’hôte seul"),
        ({"name": "Un réseau", "host": "https://reseau.example"}, "Écrivez le nom d’hôte seul"),
        ({"name": "Un réseau", "host": "Site.exemple"}, "déjà celui d’un site du réseau"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(
    admin: Visitor, session: Session, fields: dict[str, str], sentence: str
) -> None:
    a_site(session)
    session.commit()
    admin.get(SITES).fill(**fields).press("Inscrire ce site")
    assert admin.status == 422
    assert sentence in admin.text
    for name, typed in fields.items():
        assert admin.page.select(f"input[name={name}]")[0]["value"] == typed
    assert len(stored(session, Site)) == 1


@pytest.mark.both_engines
def test_the_database_refuses_two_active_sites_on_a_host(session: Session) -> None:
    by = by_editor(session)
    first = a_site(session)
    with pytest.raises(HostTaken):
        register_site(session, "Un autre", "site.exemple", by=by)
    first.active_until = first.since
    session.flush()
    second = register_site(session, "Un autre", "site.exemple", by=by)
    session.flush()
    assert second.key != first.key
    first.active_until = None
    with pytest.raises(IntegrityError):
        session.flush()


def test_everyone_reads_the_list_of_the_active_sites(visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    a_site(session, "sante.example")
    a_site(session, "xn--sant-mentale-eeb.example")
    a_site(session, "ancien.example").active_until = testimonial.published_at
    session.commit()
    for path in ("/vos-donnees", private_page(testimonial)):
        assert "Le site de sante.example" in visitor.get(path).text
        assert "santé-mentale.example" in visitor.text
        assert "ancien.example" not in visitor.text
    assert visitor.page.select("a[href$='/vos-donnees#sites']")
    visitor.get("/vos-donnees")
    assert visitor.page.select("#sites")
