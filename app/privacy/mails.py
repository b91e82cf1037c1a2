"""E-mails about an address, to its owner; about what the clock and `doctor` found, to admins."""

from app.accounts.mails import for_admins, to_editor
from app.mail.compose import ADDRESS_LINK
from app.mail.messages import Mail, page, signed_page

AUDIT_LOG, OPENS = page("administration.audit_log"), "Ouvrir le journal"
CLOCK_FAILED = to_editor("clock_failed", "Une échéance n’a pas tout pu faire", AUDIT_LOG, for_admins, opens=OPENS)
CHECK_FAILED = to_editor(
    "check_failed", "Le serveur a besoin que l’on s’occupe de lui", AUDIT_LOG, for_admins, opens=OPENS
)
CHECK_PASSED = to_editor("check_passed", "Le serveur va bien de nouveau", AUDIT_LOG, for_admins, opens=OPENS)
REMINDER_LOST = Mail(
    *("reminder_lost", "Un rappel n’a pas pu partir", "Voir les courriels qui ne sont pas partis"),
    page("administration.emails"),
)
ADDRESS_DATA = Mail(
    *("address_data", "Ce que nous gardons de votre adresse", "Voir ce que nous gardons"),
    signed_page("address.kept", ADDRESS_LINK, "address_request"),
    forgets=True,
)
