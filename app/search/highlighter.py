"""Highlighter: cuts a text where a searched word was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.sanitize import spaced
from app.search import words

BEFORE, AFTER = 70, 150  # signs around the first word found


@dataclass(frozen=True)
class TextPiece:
    """A piece of a text; `is_found` for a word that was searched."""

    text: str
    is_found: bool


def cut_at_words(text: str, prefixes: Sequence[str]) -> list[TextPiece]:
    """Cut a text at the words that begin with one of some prefixes, whatever their accents and case."""
    text = spaced(text)
    pieces, start = [], 0
    for word in words.WORD.finditer(text):
        if begins_with(word.group(), tuple(prefixes)):
            pieces += [TextPiece(text[start : word.start()], is_found=False), TextPiece(word.group(), is_found=True)]
            start = word.end()
    return [piece for piece in (*pieces, TextPiece(text[start:], is_found=False)) if piece.text]


def begins_with(word: str, prefixes: tuple[str, ...]) -> bool:
    if word.isascii():  # most words: nothing but case to compare
        return word.lower().startswith(prefixes)
    return any(each.startswith(prefixes) for each in words.plain(word))


def excerpt(text: str, prefixes: Sequence[str]) -> list[TextPiece]:
    """Return a few lines around the first word found; the first lines where there is none."""
    text = " ".join(text.split())
    pieces = cut_at_words(text, prefixes)
    first = len(pieces[0].text) if pieces and not pieces[0].is_found and len(pieces) > 1 else 0
    start = text.rfind(" ", 0, first - BEFORE) + 1 if first > BEFORE else 0
    end = text.find(" ", first + AFTER)
    part = text[start:] if end < 0 else text[start:end]
    return cut_at_words(f"{'… ' if start else ''}{part}{'' if end < 0 else ' …'}", prefixes)
