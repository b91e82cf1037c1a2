from app.page_cache.middleware import cached, cached_endpoints, depends_on, init_app

__all__ = ["cached", "cached_endpoints", "depends_on", "init_app"]
