"""Sections of the yearly report: nothing under five, nor what a subtraction would give (pure).

docs/decisions/0042 has the reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app import french
from app.moderation.figures.delays import Delays
from app.moderation.figures.small_groups import LEAST, is_large_or_empty, printable_cells
from app.moderation.report.counts import LOST, Act, Outcome, YearCounts
from app.testimonials.notices import NoticeKind
from app.testimonials.notices import Outcome as NoticeOutcome
from app.testimonials.reasons import Reason

FEW = f"moins de {LEAST}"
NOT_TOLD = "non communiqué"
# In the place of a table.
UNDETAILED: Mapping[str, str] = {
    FEW: f"Moins de {LEAST} : le détail n’est pas donné.",
    NOT_TOLD: f"Non communiqué : comparé à un autre nombre, il en désignerait moins de {LEAST}.",
}

# The rows that hold the texts of a row, or most of them: of two that differ by one to four, the second is not told.
WITHIN: Mapping[Act, tuple[Act, ...]] = {
    Act.CONFIRMED: (Act.RECEIVED,),
    **dict.fromkeys(
        (Act.PUBLISHED, Act.CHANGES_REQUESTED, Act.PROOF_SENT, Act.INTERNAL, Act.DECLINED),
        (Act.RECEIVED, Act.CONFIRMED),
    ),
    **dict.fromkeys(
        (Act.HIDDEN, Act.UNPUBLISHED, Act.EXPIRED, Act.WITHDRAWN), (Act.RECEIVED, Act.CONFIRMED, Act.PUBLISHED)
    ),
}

Told = int | str


@dataclass(frozen=True)
class Section:
    """A part of the report: sentences, and a table of names and numbers if `rows` has any."""

    key: str
    title: str
    heading: str
    rows: Sequence[tuple[str, Told]]
    sentences: list[str]


def report_sections(counts: YearCounts) -> list[dict[str, Any]]:
    """Return the report as it is stored, and shown."""
    acts = told_acts(counts)
    sections = [
        Section(
            "textes",
            "Les textes",
            "Textes",
            [(act.label, acts[act]) for act in Act],
            [
                "Un texte compte une fois par ligne, et peut figurer dans plusieurs.",
                "Un texte reçu une année peut être décidé la suivante.",
            ],
        ),
        by_reason("refus", "Les refus, par raison", acts[Act.DECLINED], counts.declined),
        by_reason("depublications", "Les dépublications, par raison", acts[Act.UNPUBLISHED], counts.unpublished),
        Section(
            "delais",
            "Les délais",
            "",
            [],
            [delay_sentence("premières décisions", "la confirmation de l’adresse", counts.delays)],
        ),
        told_contests(counts, acts),
        *told_notices(counts),
        Section(
            "machines",
            "Les machines",
            "",
            [],
            [
                "Aucune décision n’est prise par une machine : une personne lit chaque texte et chaque signalement.",
                "Des indices aident à relire ; ils ne décident de rien.",
                "La fin d’une publication ou d’un masquage, elle, suit une durée annoncée.",
                "Écrire ici ne demande pas de compte : aucun compte d’auteur·e n’a été suspendu.",
            ],
        ),
    ]
    return [asdict(section) for section in sections]


def tell(count: int, *wholes: Told) -> Told:
    """Return a number as it may be told beside the numbers told of what holds it."""
    if not is_large_or_empty([count]):
        return FEW
    if not is_large_or_empty(abs(whole - count) for whole in wholes if isinstance(whole, int)):
        return NOT_TOLD
    return count


def told_acts(counts: YearCounts) -> dict[Act, Told]:
    told: dict[Act, Told] = {}
    for act in Act:
        told[act] = tell(counts.acts[act], *(told[whole] for whole in WITHIN.get(act, ())))
    return told


def by_reason(key: str, title: str, total: Told, reasons: Mapping[Reason, int]) -> Section:
    """Return a table by reason, where the number of all of them is told: the rows add up to it."""
    groups = {reason.label: reasons.get(reason, 0) for reason in Reason}
    return told_groups(key, title, "Raison", total=total, groups=groups, none="Aucun.")


def told_groups(key: str, title: str, heading: str, *, total: Told, groups: Mapping[str, int], none: str) -> Section:
    """Return a table of groups that add up to a total; `none` is said where there is nobody."""
    if not isinstance(total, int):
        return Section(key, title, heading, [], [UNDETAILED[total]])
    rows = [(joined(cell.names), cell.size) for cell in printable_cells(groups)]
    return Section(key, title, heading, rows, [] if rows else [none])


def joined(names: Iterable[str]) -> str:
    *others, last = names
    return f"{' ; '.join(others)} ; {last}, ensemble" if others else last


def told_contests(counts: YearCounts, acts: Mapping[Act, Told]) -> Section:
    total = tell(counts.contests.total(), acts[Act.DECLINED], acts[Act.UNPUBLISHED])
    groups = {outcome.label: counts.contests[outcome] for outcome in Outcome}
    none = "Aucune décision ni correction n’a été contestée."
    section = told_groups(
        "contestations", "Les contestations", "Ce qu’il en est advenu", total=total, groups=groups, none=none
    )
    if section.rows:
        delay = delay_sentence("réponses", "la contestation", Delays(counts.contest_days))
        section.sentences.extend([f"Contestations reçues : {french.number(counts.contests.total())}.", delay])
    return section


def told_notices(counts: YearCounts) -> list[Section]:
    """Return the notices by kind, then by what came of them: two tables of the same notices."""
    total = tell(counts.notices.total())
    none = "Aucun témoignage n’a été signalé."
    kinds = {name: counts.notices[name] for name in (*(each.label for each in NoticeKind), LOST)}
    ends = (*(each.label for each in NoticeOutcome), Outcome.OPEN.label, LOST)
    outcomes = {name: counts.notice_outcomes[name] for name in ends}
    by_kind = told_groups("signalements", "Les signalements", "Motif", total=total, groups=kinds, none=none)
    if not by_kind.rows:
        return [by_kind]
    received = f"Signalements reçus : {french.number(counts.notices.total())}. Aucun ne retire un texte à lui seul."
    by_kind.sentences.append(received)
    by_outcome = told_groups(
        "suites", "Ce qu’il est advenu des signalements", "Suite", total=total, groups=outcomes, none=none
    )
    by_outcome.sentences.append(delay_sentence("réponses", "le signalement", Delays(counts.notice_days)))
    return [by_kind, by_outcome]


def delay_sentence(answers: str, since: str, delays: Delays) -> str:
    """Return the median and the ninth decile in a sentence, each where it is common enough to be told."""
    if not delays.median_is_common:
        return f"Trop peu de {answers} pour en dire le délai."
    sentence = f"La moitié des {answers} sont venues {within(delays.median)} après {since}"
    if delays.ninth_decile_is_common:
        sentence += f", neuf sur dix {within(delays.ninth_decile)}"
    return f"{sentence}."


def within(days: int) -> str:
    return f"{french.count(days, 'jour', 'jours')} au plus" if days else "moins d’un jour"
