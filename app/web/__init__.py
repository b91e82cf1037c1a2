"""Everything around the views: request checks, rate limits, headers, logs, static assets, templates."""
