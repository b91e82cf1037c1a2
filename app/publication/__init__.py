"""Readers' side, over HTTP: pages, API, feed, sitemap, embeds."""
