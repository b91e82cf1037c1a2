"""Synthesis: what the testimonials of an article say together, by statements that stand on their words."""

from app.catalog.synthesis.models import SynthesisSource
from app.feature import Feature
from app.features.synthesis import desk_routes, reader_routes

FEATURE = Feature(
    blueprints=[reader_routes.blueprint, reader_routes.api, desk_routes.blueprint],
    about_text=[SynthesisSource],
)
