"""Voice: what is told by voice, typed by an editor, and signed by its teller alone."""

from app.feature import Feature
from app.features.voice import author_routes, desk_routes

FEATURE = Feature(blueprints=[author_routes.blueprint, desk_routes.blueprint])
