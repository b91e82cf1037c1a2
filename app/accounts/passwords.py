"""Passwords: kept as argon2id hashes, compared in one duration, refused when anyone could guess them.

Length and guessability are the only rules (OWASP ASVS 5.0, 6.2): nothing is asked of the kinds of signs.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app

SHORTEST = 12  # signs
LONGEST = 256  # signs

COMMON = frozenset(
    line
    for line in Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
)
# What is nearest to hand here: the product, what it speaks of.
NEAR = frozenset({"regard", "enregard", "clsm", "crpv", "temoignage", "temoigner", "moderation"})
ROWS = ("abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm", "1234567890")
DISGUISES = str.maketrans("013457@$!", "oieastasi")
FEWEST_SIGNS = 5  # different ones
SHORTEST_WORD = 3  # letters: below, any text would be made of words


@cache
def argon2id(time_cost: int, memory_cost: int, parallelism: int) -> tuple[PasswordHasher, str]:
    """Return a hasher, and the hash of a password that is nobody's; `memory_cost` is in KiB."""
    made = PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism)
    return made, made.hash("nobody's password")


def hasher() -> PasswordHasher:
    """Return the hasher that the settings ask for (`ARGON2`)."""
    return argon2id(**current_app.config["ARGON2"])[0]


def matches(kept: str, password: str) -> bool:
    """Say whether a password is the one of a hash; takes as long when there is no hash at all."""
    hasher, nobody = argon2id(**current_app.config["ARGON2"])
    try:
        hasher.verify(kept or nobody, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(kept)


def weakness(password: str, own: Iterable[str] = ()) -> str | None:
    """Return why a password is refused, and what to do, or None; `own` is what is known of its owner."""
    if missing := max(0, SHORTEST - len(password)):
        return (
            f"Encore {missing} signe{'s' if missing > 1 else ''} au moins : une phrase que vous retenez fait l’affaire."
        )
    if len(password) > LONGEST:
        return f"Ce mot de passe compte {len(password)} signes ; il en faut {LONGEST} au plus."
    if is_guessable(password, own):
        return (
            "Ce mot de passe se devine trop facilement : il est fait de mots ou de suites que l’on essaie d’abord. "
            "Choisissez-en un autre, par exemple quatre mots sans rapport entre eux."
        )
    return None


def is_guessable(password: str, own: Iterable[str] = ()) -> bool:
    """Say whether a password is among the first to be tried.

    It is when it is listed; when it is one listed word, repeated or not, or two, whatever digits and signs surround
    or disguise them; when it follows a row of the keyboard; when it has hardly any different signs.
    """
    folded = fold(password)
    bare = re.sub(r"[\W_]+", "", folded)
    if folded in COMMON or bare in COMMON or len(set(folded)) < FEWEST_SIGNS or is_row(bare):
        return True
    words = COMMON | NEAR | {word for text in own for word in re.findall(r"[a-z]+", fold(text))}
    words = frozenset(word for word in words if len(word) >= SHORTEST_WORD)
    return any(is_made_of(core, words) for core in cores(folded))


def fold(text: str) -> str:
    """Return a text in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def cores(folded: str) -> Iterator[str]:
    """Yield the letters of a password, plain, then with the usual disguises taken off (p4ssw0rd)."""
    yield re.sub(r"[^a-z]", "", folded)
    for around in (r"[\W_]+", r"[\W\d_]+"):
        middle = re.sub(f"^{around}|{around}$", "", folded)
        yield re.sub(r"[^a-z]", "", middle.translate(DISGUISES))


def is_made_of(core: str, words: frozenset[str]) -> bool:
    """Say whether letters are one word, that word over and over, or two words."""
    if any(core == word * (len(core) // len(word)) for word in words):
        return bool(core)
    return any(core[:cut] in words and core[cut:] in words for cut in range(1, len(core)))


def is_row(bare: str) -> bool:
    """Say whether signs follow each other as on the keyboard or in the alphabet, either way, or repeat a short run."""
    rows = [row * 3 for row in ROWS]
    if any(bare in row or bare in row[::-1] for row in rows):
        return True
    return any(bare == (bare[:size] * len(bare))[: len(bare)] for size in range(1, 5))
