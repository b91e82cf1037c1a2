"""Everything around the views: request checks, rate limits, headers, logs, static assets, templates."""

from werkzeug.wrappers import Response

ViewResult = str | tuple[str, int] | Response
