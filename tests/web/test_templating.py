"""Templates: what is left out of pages is never what separates words."""

import pytest
from jinja2 import DictLoader, Environment

from app.web.templating import Unindented


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<p>\n  {% if yes %}Une raison.{% endif %}\n  Une suite.\n</p>", "<p>\nUne raison.\nUne suite.\n</p>"),
        ("<p>\n  Avant\n  {% if yes %}\n    pendant\n  {% endif %}\n  après\n</p>", "<p>\nAvant\npendant\naprès\n</p>"),
        ("{% for each in [1, 2] %}\n  {{ each }}\n{% endfor %}\nfin", "1\n2\nfin"),
        ("{% if yes %}un{% else %}deux{% endif %}\ntrois", "un\ntrois"),
        ("avant\n{% block one %}\n  un\n{% endblock one %}\ndeux", "avant\nun\ndeux"),
        ("avant\n{% block one %}{% endblock one %}\ndeux", "avant\n\ndeux"),
    ],
)
def test_lines_that_only_decide_leave_no_trace_and_the_others_stay_apart(source: str, page: str) -> None:
    loader = DictLoader({"page.html": source})
    pages = Environment(loader=loader, extensions=[Unindented])  # noqa: S701  # nothing of anyone's is shown
    assert pages.get_template("page.html").render(yes=True) == page
