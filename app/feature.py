"""Feature: what one folder of `app/features/` declares, and the core asks of all; `create_app` lists them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from flask import Blueprint, Flask, current_app
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.db import Base
from app.kept import Act, Declared, Kept

Export = Callable[[Session, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What a feature adds: pages, e-mails, what is kept, and acts of the clock."""

    blueprints: Sequence[Blueprint]
    mails: ModuleType | None = None
    periods: Declared = field(default_factory=dict)
    # Of the rows of an address: their name in its data export, and what it says of one.
    of_address: Mapping[str, tuple[Kept, Export]] = field(default_factory=dict)
    # Of the rows about a text: the tables, erased with it; names in its author's data export, and what it says of them.
    about_text: Sequence[type[Base]] = ()
    of_text: Mapping[str, Export] = field(default_factory=dict)
    # What the clock does: e-mails about no text.
    letters: Sequence[Act] = ()
    # What follows a new text, or a change of one: a handler of `testimonials.changes`.
    on_change: Callable[[Session, Any], None] | None = None
    # What people reported to the desk, of the articles of a scope: each is one thing to do.
    reports: Callable[[Any], Select[Any]] | None = None
    # Makers of what waits for editors, `moderation.digest.counts.Waiting`.
    waiting: Sequence[Callable[[], Any]] = ()


def init_app(app: Flask, features: Sequence[Feature]) -> None:
    app.extensions["features"] = features


def all_features() -> Sequence[Feature]:
    features: Sequence[Feature] = current_app.extensions["features"]
    return features
