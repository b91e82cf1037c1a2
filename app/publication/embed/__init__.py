"""Embeds of a collection in other sites: HTML fragment, custom element, iframes, oEmbed, and their instructions."""
