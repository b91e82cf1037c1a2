"""The platform seen from outside: its health, its readiness, its metrics, the heartbeats of its processes."""
