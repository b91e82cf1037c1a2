"""The state of conformity with the RGAA, as the accessibility statement and the footer of every page say it.

Law 2005-102 of 11 February 2005, article 47; decree 2019-768 of 24 July 2019, articles 4 and 5; order of 20 September
2019 (RGAA 4.1).
"""

from datetime import date

from config import ALL_CRITERIA, AccessibilityAudit

AUDIT_VALIDITY = 3  # years; then the statement must be drawn up again (RGAA, « Validité de la déclaration »)
LEAST_PARTIAL = 50  # per cent of the criteria


def conformity(audit: AccessibilityAudit | None, today: date) -> str:
    """Return the state in the RGAA's words, which the home page must say: without a valid audit, « non conforme »."""
    if audit is None or is_expired(audit, today) or audit.rate < LEAST_PARTIAL:
        return "non conforme"
    return "totalement conforme" if audit.rate == ALL_CRITERIA else "partiellement conforme"


def is_expired(audit: AccessibilityAudit, today: date) -> bool:
    return (today.year - AUDIT_VALIDITY, today.month, today.day) >= (audit.day.year, audit.day.month, audit.day.day)
