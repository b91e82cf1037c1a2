"""Passwords: length and guessability are the only rules."""

import pytest
from flask import Flask

from app.accounts import passwords
from app.accounts.models import User
from app.accounts.passwords import COMMON, weakness
from config import Config, Development

OWN = ("nadia.exemple@ville-exemple.fr", "Nadia Exemple")


def test_an_unguessable_password_is_accepted_whatever_its_signs(subtests: pytest.Subtests) -> None:
    for password in [
        "une phrase de passe",
        "quatre chevaux sous la pluie",
        "gj4!kfp0s;zz",
        "ÉTÉ-lampe-vélo-grue",
        "            1 espace devant",
        "😀 tambour 😀 renard",
        "kqxvwmzrtplh",
        "x" + "0918273645" * 3,
        "correct cheval agrafe",
        "une phrase assez longue pour que personne ne la retape, et pourtant facile à retenir : les grues du port " * 2,
    ]:
        with subtests.test(password=password):
            assert weakness(password, OWN) is None


def test_a_guessable_password_is_refused(subtests: pytest.Subtests) -> None:
    for password in (
        *(
            "motdepasse2026",
            "MotDePasse2026!",
            "Mot de passe 2026",
            "m0td3p4ss3!!",
            "P4ssw0rd2026!!",
            "passwordpassword",
        ),
        *("azertyuiop123", "azertyuiopqs", "qwertyuiop[]", "123456789012", "210987654321", "aaaaaaaaaaaa"),
        *("abababababab", "abcdefghijklm", "Soleil2026!!!", "Marseille13013", "jetaime-jetaime"),
        *("bonjour-bonjour-bonjour", "Administrateur1", "nadia.exemple", "Nadia-1984-Nadia", "enregard2026!"),
        *("correct horse battery staple", "janvier2026!!", "parisfrance75"),
    ):
        with subtests.test(password=password):
            assert "se devine" in (weakness(password, OWN) or "")


@pytest.mark.parametrize("password", ["", "a", "onze signes"])
def test_a_short_password_gets_the_number_of_missing_signs(password: str) -> None:
    assert f"Encore {12 - len(password)}\u00a0signe" in (weakness(password) or "")


@pytest.mark.one_engine
@pytest.mark.parametrize("settings", [Config, Development])
def test_a_password_is_hashed_with_argon2id_twice_over_19_mebibytes(app: Flask, settings: type[Config]) -> None:
    app.config["ARGON2"] = settings.ARGON2
    user = User(email="a@exemple.fr", name="A")
    with app.app_context():
        user.set_password("quatre chevaux sous la pluie")
        hasher, nobody_s = passwords.argon2id(**settings.ARGON2)
        verified = [passwords.matches(user.password_hash, word) for word in ("quatre chevaux sous la pluie", "x")]
    assert verified == [True, False]
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert nobody_s.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "an unknown address takes as long"
    assert not hasher.check_needs_rehash(user.password_hash)


def test_the_list_of_common_passwords_is_normalized_and_has_thousands_of_entries() -> None:
    assert all(passwords.fold(word) == word for word in COMMON)
    assert len(COMMON) > 500
    words = [word for word in COMMON if word.isalpha()]
    long_enough = {one + other for one in words for other in words if len(one + other) >= passwords.MIN_LENGTH}
    assert len(long_enough) > 100_000
    assert all(passwords.is_guessable(password) for password in sorted(long_enough)[:: len(long_enough) // 200])
