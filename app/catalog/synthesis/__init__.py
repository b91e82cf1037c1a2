"""The synthesis of an article: an editor's claims, each standing on exact words of published testimonials."""
