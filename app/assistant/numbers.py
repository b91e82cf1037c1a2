"""Rules for fixed formats: e-mail addresses, telephone numbers, NIR (social security), IBAN, links."""

import re

from stdnum import iban
from stdnum.fr import nir

from app.assistant.kinds import HintKind
from app.assistant.patterns import SPACE, rule, sentence_before

GAP = rf"(?:{SPACE}|[.\-])?"
DOMAIN = r"[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}"
AT = r" ?(?:\(at\)|\[at\]|\(arobase\)|\[arobase\]|\barobase\b) ?"
TOP_LEVEL_DOMAINS = "fr|com|org|net|eu|info|io|bzh|alsace|paris|corsica|invalid"

FRENCH_IBAN_LENGTH = 27  # signs; other countries' IBAN are recognised by their key alone
NIR_LENGTH = 15
LEAST_SEPARATORS = 4  # spaces or dots that show that a number was written as a NIR

# By length in signs (SWIFT's IBAN registry).
IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "(?:DK|FI|NL|FO|GL)",
    19: "(?:MK|SI)",
    20: "(?:AT|LU|EE|LT|XK|BA|KZ)",
    21: "(?:CH|HR|LI|LV)",
    22: "(?:DE|GB|IE|BG|GE|RS|ME|BH)",
    23: "(?:GI|IL|AE|TL)",
    24: "(?:ES|SE|RO|TN|CZ|SK|DZ|SA|MD|VG|AD)",
    25: "PT",
    26: "(?:TR|IS)",
    27: "(?:IT|MC|GR|SM|MR|BI|CF)",
    28: "(?:PL|MA|HU|CY|AL|LB|AZ|BJ|BF|CI|CM|CG|GA|GN|ML|MG|NE|SN|TD|TG|KM)",
}

SOCIAL_SECURITY = re.compile(r"s[ée]cu|\bnir\b|\bn°\s?ss\b|assur[ée]|immatricul", re.IGNORECASE)


def is_nir(match: re.Match[str]) -> bool:
    """Whether the key is valid, or the digits are grouped as a NIR's: one with a typo still identifies somebody.

    Source: INSEE, Répertoire national d'identification des personnes physiques; 2A and 2B are Corsica.
    """
    number = re.sub(r"[^0-9AB]", "", match[0].upper())
    if len(number) == NIR_LENGTH and nir.is_valid(number):
        return True
    is_grouped = len(match[0]) - len(number) >= LEAST_SEPARATORS
    return is_grouped or bool(SOCIAL_SECURITY.search(sentence_before(match)))


def is_iban(match: re.Match[str]) -> bool:
    """Whether the key is valid (ISO 13616), or the format is a French IBAN's."""
    number = re.sub(r"[^0-9A-Z]", "", match[0].upper())
    return iban.is_valid(number, check_country=False) or is_written_as_iban(match[0], number)


FOREIGN_IBAN = "|".join(
    rf"{countries}\d\d(?:{GAP}[0-9A-Z]){{{length - 4}}}" for length, countries in IBAN_COUNTRIES.items()
)


def is_written_as_iban(written: str, number: str) -> bool:
    """Whether a number with a wrong key is French, or grouped by four: one with a typo is still somebody's."""
    is_french = number.startswith("FR") and len(number) == FRENCH_IBAN_LENGTH
    return is_french or [len(group) for group in re.split(r"\W", written)][:4] == [4] * 4


NUMBER_RULES = (
    rule(HintKind.EMAIL, rf"(?<![.+\-])[\w.+\-]{{1,64}}(?:@|{AT}){DOMAIN}"),
    rule(
        HintKind.EMAIL,
        r"[\w+\-]{1,30}(?:(?:\.| point )[\w+\-]{1,30}){0,3} ?(?:arobase|arrobase|\(?at\)?|\(a\)|"
        r"\[a\]) ?[\w\-]{1,40}(?: ?(?:\.|point|dot|\(point\)) ?"
        rf"[\w\-]{{2,30}}){{0,2}} ?(?:\.|point|dot|\(point\)) ?(?:{TOP_LEVEL_DOMAINS}|exemple)",
    ),
    # French IBAN first, at their own length: capitals that follow are not part of it.
    rule(HintKind.IBAN, rf"FR\d\d(?:{GAP}[0-9A-Z]){{23}}", is_iban),
    rule(HintKind.IBAN, rf"(?=[A-Z][A-Z]\d\d)(?:{FOREIGN_IBAN})", is_iban),
    rule(
        HintKind.NIR,
        rf"[123478]{GAP}\d\d{GAP}(?:0[1-9]|1[0-2]|[2-9]\d){GAP}(?:\d\d|2[AB]){GAP}\d{{3}}{GAP}\d{{3}}"
        rf"(?:{GAP}(?:/ ?)?\d\d)?",
        is_nir,
    ),
    # Ten digits in pairs, in any groups with spaces, or after a country code.
    rule(HintKind.PHONE, rf"0[1-9](?P<gap>{GAP})\d\d(?:(?P=gap)\d\d){{3}}"),
    rule(HintKind.PHONE, r"0 ?[1-9](?: ?\d){8}"),
    rule(HintKind.PHONE, rf"0[1-9]\d\d(?P<gap>{GAP})\d\d(?:(?P=gap)\d\d){{2}}"),
    rule(HintKind.PHONE, r"0[1-9](?:/\d\d){4}"),
    rule(
        HintKind.PHONE,
        rf"(?:\+{GAP}\d{{1,3}}|00{GAP}[1-9]\d{{0,2}}(?:{GAP}\d){{2}}){GAP}(?:\(0\){GAP})?\d(?:{GAP}\d){{5,11}}",
    ),
    rule(HintKind.PHONE, rf"\((?:\+|00)\d{{1,3}}\){GAP}\d(?:{GAP}\d){{5,11}}"),
    # A full stop, a comma or a bracket is part of the URL only if the URL goes on after it.
    rule(HintKind.LINK, r"https?://(?:[^\s<>\"«».,;:!?)\]]|[.,;:!?)\]](?=[\w/?#&=%])){2,400}+"),
    rule(
        HintKind.LINK,
        rf"(?<![@.\-])(?:[a-z0-9][a-z0-9\-]{{0,62}}\.){{1,4}}(?:{TOP_LEVEL_DOMAINS})(?:/[\w\-./?=&%#]{{0,200}}[\w/])?(?!@)",
    ),
)
