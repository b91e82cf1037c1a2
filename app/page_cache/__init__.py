"""The page cache: public pages as encoded bytes, valid while the stamp of their article has not changed."""

from app.page_cache.middleware import cached, cached_endpoints, depends_on, init_app

__all__ = ["cached", "cached_endpoints", "depends_on", "init_app"]
