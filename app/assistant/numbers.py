"""What a machine would recognise: e-mail addresses, telephone numbers, NIR, IBAN, links."""

import re

from stdnum import iban
from stdnum.fr import nir

from app.assistant.kinds import HintKind
from app.assistant.patterns import SPACE, rule, sentence_before

GAP = rf"(?:{SPACE}|[.\-])?"
DOMAIN = r"[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}"
AT = r" ?(?:\(at\)|\[at\]|\(arobase\)|\[arobase\]|\barobase\b) ?"
LAST_PARTS = "fr|com|org|net|eu|info|io|bzh|alsace|paris|corsica|invalid"

FRENCH_IBAN = 27  # signs; other countries' are recognised by their key alone
NIR_WITH_KEY = 15
GROUPED = 4  # spaces or dots, at least, that show that a number was written as a NIR

SOCIAL_SECURITY = re.compile(r"s[ée]cu|\bnir\b|\bn°\s?ss\b|assur[ée]|immatricul", re.IGNORECASE)


def is_nir(match: re.Match[str]) -> bool:
    """Say whether the key is right, or else the digits are written and grouped as a NIR's are: a slip still tells.

    Source: INSEE, Répertoire national d'identification des personnes physiques; 2A and 2B are Corsica.
    """
    number = re.sub(r"[^0-9AB]", "", match[0].upper())
    if len(number) == NIR_WITH_KEY and nir.is_valid(number):
        return True
    grouped = len(match[0]) - len(number) >= GROUPED
    return grouped or bool(SOCIAL_SECURITY.search(sentence_before(match)))


def is_iban(match: re.Match[str]) -> bool:
    """Say whether the key is right (ISO 13616), or else it has the shape of a French one."""
    number = re.sub(r"[^0-9A-Z]", "", match[0].upper())
    return iban.is_valid(number) or (number.startswith("FR") and len(number) == FRENCH_IBAN)


RULES = (
    rule(HintKind.EMAIL, rf"(?<![.+\-])[\w.+\-]{{1,64}}(?:@|{AT}){DOMAIN}"),
    # French ones first, at their own length: what follows in capitals is not theirs.
    rule(HintKind.IBAN, rf"FR\d\d(?:{GAP}[0-9A-Z]){{23}}", is_iban),
    *(
        # A country's length is known: BE 16, NO 15, LU 20, DE and GB 22, CH 21, ES 24, IT and MC 27…
        rule(HintKind.IBAN, rf"{countries}\d\d(?:{GAP}[0-9A-Z]){{{length - 4}}}", is_iban)
        for length, countries in (
            (15, "NO"),
            (16, "BE"),
            (18, "(?:DK|FI|NL)"),
            (20, "(?:AT|LU)"),
            (21, "CH"),
            (22, "(?:DE|GB|IE)"),
            (24, "(?:ES|SE|RO|TN)"),
            (25, "PT"),
            (27, "(?:IT|MC)"),
            (28, "(?:PL|MA)"),
        )
    ),
    rule(
        HintKind.NIR,
        rf"[123478]{GAP}\d\d{GAP}(?:0[1-9]|1[0-2]|[2-9]\d){GAP}(?:\d\d|2[AB]){GAP}\d{{3}}{GAP}\d{{3}}"
        rf"(?:{GAP}(?:/ ?)?\d\d)?",
        is_nir,
    ),
    # Ten digits by pairs, by any groups with spaces, or with the country before.
    rule(HintKind.PHONE, rf"0[1-9](?P<gap>{GAP})\d\d(?:(?P=gap)\d\d){{3}}"),
    rule(HintKind.PHONE, r"0 ?[1-9](?: ?\d){8}"),
    rule(HintKind.PHONE, r"0[1-9](?:/\d\d){4}"),
    rule(HintKind.PHONE, rf"(?:\+|00){GAP}\d{{1,3}}{GAP}(?:\(0\){GAP})?\d(?:{GAP}\d){{7,11}}"),
    # A stop, a comma or a bracket is of the address only when the address goes on.
    rule(HintKind.LINK, r"https?://(?:[^\s<>\"«».,;:!?)\]]|[.,;:!?)\]](?=[\w/?#&=%])){2,400}+"),
    rule(
        HintKind.LINK,
        rf"(?<![@.\-])(?:[a-z0-9][a-z0-9\-]{{0,62}}\.){{1,4}}(?:{LAST_PARTS})(?:/[\w\-./?=&%#]{{0,200}}[\w/])?(?!@)",
    ),
)
