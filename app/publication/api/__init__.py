"""The public JSON API, `/api/v1/…`, described by `openapi.json`."""
