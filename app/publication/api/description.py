"""The description of the API, kept by hand in `openapi.json`; where it is served is said as it is read."""

import json
from functools import lru_cache
from pathlib import Path

from app.catalog.rendering import legible

SOURCE = Path(__file__).with_name("openapi.json")


@lru_cache(maxsize=1)
def text(base: str) -> str:
    """Return the description, for a platform at an address."""
    return legible({**json.loads(SOURCE.read_text(encoding="utf-8")), "servers": [{"url": base}]})
