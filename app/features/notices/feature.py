"""Notices: a reader's report on a published testimonial, and the right of reply; their rows: `testimonials.notices`."""

from app.feature import Feature
from app.features.notices import desk_routes, reader_routes

FEATURE = Feature(blueprints=[reader_routes.blueprint, desk_routes.blueprint])
