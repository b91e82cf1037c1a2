"""Texts kept unfinished, at their author's request, behind a link sent by e-mail."""
