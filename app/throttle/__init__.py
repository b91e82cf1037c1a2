"""How often one may ask: the limits, for each address and network, and the counters that all workers share."""

from app.throttle.limits import init_app

__all__ = ["init_app"]
