"""Embeds of a collection in other sites: custom element, iframes, oEmbed, and their instructions."""
