"""What other sites read as JSON: `/api/v1/…`, described by `openapi.json`."""
