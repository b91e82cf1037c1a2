"""Passwords: hashed with argon2id, checked in the same time without an account, refused when guessable.

Length and guessability are the only rules (OWASP ASVS 5.0, 6.2): no kind of sign is required.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app

from app.french import count, number

MIN_LENGTH = 12  # signs
MAX_LENGTH = 256  # signs

COMMON = frozenset(
    line
    for line in Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
)
# Words of this product, the first to try here.
OWN_WORDS = frozenset({"regard", "enregard", "clsm", "temoignage", "temoigner", "moderation"})
KEYBOARD_ROWS = ("abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm", "1234567890")
DISGUISES = str.maketrans("013457@$!", "oieastasi")
FEWEST_DISTINCT_SIGNS = 5  # different ones
SHORTEST_WORD = 3  # letters; with shorter words, any text would be made of words


@cache
def argon2id(time_cost: int, memory_cost: int, parallelism: int) -> tuple[PasswordHasher, str]:
    """Return a hasher, and the hash of nobody's password; `memory_cost` is in KiB."""
    hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism)
    return hasher, hasher.hash("nobody's password")


def hasher() -> PasswordHasher:
    return argon2id(**current_app.config["ARGON2"])[0]


def matches(password_hash: str, password: str) -> bool:
    """Whether a hash is this password's; takes as long for an empty hash, which matches nothing."""
    hasher, nobody = argon2id(**current_app.config["ARGON2"])
    try:
        hasher.verify(password_hash or nobody, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(password_hash)


def weakness(password: str, own: Iterable[str] = ()) -> str | None:
    """Return why a password is refused, with advice, or None; `own` are texts about its owner."""
    if missing := max(0, MIN_LENGTH - len(password)):
        signs = count(missing, "signe", "signes")
        return f"Encore {signs} au moins : une phrase que vous retenez fait l’affaire."
    if len(password) > MAX_LENGTH:
        return f"Ce mot de passe compte {number(len(password))} signes ; {MAX_LENGTH} suffisent."
    if is_guessable(password, own):
        return (
            "Ce mot de passe se devine trop facilement : il est fait de mots ou de suites que l’on essaie d’abord. "
            "Choisissez-en un autre, par exemple quatre mots sans rapport entre eux."
        )
    return None


def is_guessable(password: str, own: Iterable[str] = ()) -> bool:
    """Whether a password is among the first an attacker tries.

    A password is guessable if it is listed; if it is one or two listed words, though digits and signs surround or
    disguise them; if it follows a row of the keyboard; if it has hardly any different signs.
    """
    folded = fold(password)
    bare = re.sub(r"[\W_]+", "", folded)
    if folded in COMMON or bare in COMMON or len(set(folded)) < FEWEST_DISTINCT_SIGNS or is_keyboard_row(bare):
        return True
    words = COMMON | OWN_WORDS | {word for text in own for word in re.findall(r"[a-z]+", fold(text))}
    words = frozenset(word for word in words if len(word) >= SHORTEST_WORD)
    return any(is_made_of(core, words) for core in letter_cores(folded))


def fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def letter_cores(folded: str) -> Iterator[str]:
    """Yield the letters of a password, plain, then with the usual substitutions undone (p4ssw0rd)."""
    yield re.sub(r"[^a-z]", "", folded)
    for around in (r"[\W_]+", r"[\W\d_]+"):
        middle = re.sub(f"^{around}|{around}$", "", folded)
        yield re.sub(r"[^a-z]", "", middle.translate(DISGUISES))


def is_made_of(core: str, words: frozenset[str]) -> bool:
    if any(core == word * (len(core) // len(word)) for word in words):
        return bool(core)
    return any(core[:cut] in words and core[cut:] in words for cut in range(1, len(core)))


def is_keyboard_row(bare: str) -> bool:
    """Whether signs follow each other as on the keyboard or in the alphabet, either way, or repeat a short run."""
    rows = [row * 3 for row in KEYBOARD_ROWS]
    if any(bare in row or bare in row[::-1] for row in rows):
        return True
    return any(bare == (bare[:size] * len(bare))[: len(bare)] for size in range(1, 5))
