"""Templates: what is left out of pages is never what separates words."""

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<p>\n  {% if yes %}Une raison.{% endif %}\n  Une suite.\n</p>", "<p>\nUne raison.\nUne suite.\n</p>"),
        ("<p>\n  Avant\n  {% if yes %}\n    pendant\n  {% endif %}\n  après\n</p>", "<p>\nAvant\npendant\naprès\n</p>"),
        ("{% for each in [1, 2] %}\n  {{ each }}\n{% endfor %}\nfin", "1\n2\nfin"),
        ("{% if yes %}un{% else %}deux{% endif %}\ntrois", "un\ntrois"),
    ],
)
def test_lines_that_only_decide_leave_no_trace_and_the_others_stay_apart(app: Flask, source: str, page: str) -> None:
    with app.app_context():
        app.jinja_env.loader = DictLoader({"page.html": source})
        assert render_template("page.html", yes=True) == page
