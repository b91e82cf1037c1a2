"""Cuts a text where a searched word was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.sanitize import spaced
from app.search import words

BEFORE, AFTER = 70, 150  # signs around the first word found


@dataclass(frozen=True)
class TextPiece:
    """A stretch of a text; `is_found` where it has a word that was looked for."""

    text: str
    is_found: bool


def cut_at_words(text: str, sought: Sequence[str]) -> list[TextPiece]:
    """Cut a text where words begin as one of those sought, whatever their accents and capitals."""
    text = spaced(text)
    cut, start = [], 0
    for word in words.WORD.finditer(text):
        if begins_with(word.group(), tuple(sought)):
            cut += [TextPiece(text[start : word.start()], is_found=False), TextPiece(word.group(), is_found=True)]
            start = word.end()
    return [piece for piece in (*cut, TextPiece(text[start:], is_found=False)) if piece.text]


def begins_with(word: str, sought: tuple[str, ...]) -> bool:
    """Say whether a word begins as one of those sought; most words are plain but for their capitals."""
    if word.isascii():
        return word.lower().startswith(sought)
    return any(each.startswith(sought) for each in words.plain(word))


def excerpt(text: str, sought: Sequence[str]) -> list[TextPiece]:
    """Return a few lines around the first word found; the first lines where there is none."""
    text = " ".join(text.split())
    cut = cut_at_words(text, sought)
    first = len(cut[0].text) if cut and not cut[0].is_found and len(cut) > 1 else 0
    start = text.rfind(" ", 0, first - BEFORE) + 1 if first > BEFORE else 0
    end = text.find(" ", first + AFTER)
    taken = text[start:] if end < 0 else text[start:end]
    return cut_at_words(f"{'… ' if start else ''}{taken}{'' if end < 0 else ' …'}", sought)
