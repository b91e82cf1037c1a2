"""Templates: pages without their indents; masked addresses."""

import re

from flask import Flask
from jinja2.ext import Extension

from app.forms import masked_email


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.filters["masked_email"] = masked_email


# A line that is one tag, and shows nothing by itself: its own end is left out, the end of the line before it stays.
CONTROL_LINE = re.compile(
    r"^(\{%-? (?:if|elif|else|endif|for|endfor|set|endset|block|endblock|from)\b(?:(?!%\}).)*[^-])%\}$", re.MULTILINE
)


class Unindented(Extension):
    """Leave out the indents and the blank lines of pages, a sixteenth of what is downloaded.

    Lines keep their numbers, for tracebacks.
    """

    def preprocess(self, source: str, name: str | None, _filename: str | None = None) -> str:
        if not name or not name.endswith(".html"):
            return source
        return CONTROL_LINE.sub(r"\1-%}", re.sub(r"\n[ \t]+", "\n", source))
