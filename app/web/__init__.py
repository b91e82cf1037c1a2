"""What every request and response goes through: headers, checks, rate limits, logs, assets, templates."""
