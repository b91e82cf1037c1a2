"""House rules: tests that read the code or walk the routes."""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from flask import Flask
from jinja2 import Environment, StrictUndefined, nodes
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import app as package
from app import MAILS, create_app
from app.accounts.login_attempts import FREE_ATTEMPTS
from app.accounts.permissions import PUBLIC
from app.audit import Kind
from app.catalog.rendering import Rendering
from app.db import Base, db
from app.moderation.choices import CHOICES
from app.moderation.decisions import ROLES
from app.moderation.queue.pages import RAIL
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.status_sentence import BY_STATUS
from app.testimonials.versions import Version
from app.web.rate_limits import LIMITS
from app.web.request_checks import REPEATABLE
from config import Testing
from tests import record
from tests.acts import committed, private_token, signed_in
from tests.catalog.test_visibility import LAWFUL
from tests.factories import a_testimonial, an_editor
from tests.page_cache.workers import recorded_statements
from tests.publication.outlets import addresses
from tests.visitor import Visitor

ROOT = Path(__file__).parents[1]
MODULES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(ROOT.glob("app/**/*.py"))}
ROUTES = {name: tree for name, tree in MODULES.items() if name.endswith("routes.py")}
TEMPLATES = {path.relative_to(ROOT / "templates").as_posix() for path in ROOT.glob("templates/**/*") if path.is_file()}


@pytest.fixture
def jinja(tmp_path: Path) -> Environment:
    """Give the templates' environment; no database is opened."""
    return create_app(Testing(instance=tmp_path, database="sqlite://")).jinja_env


def enums() -> Iterator[type[StrEnum]]:
    for info in walk_packages(package.__path__, "app."):
        module = import_module(info.name)
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, StrEnum) and member.__module__ == module.__name__:
                yield member


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Attribute) and called.attr == name) or (
                isinstance(called, ast.Name) and called.id == name
            ):
                yield node


def paths(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Yield each endpoint that accepts a method, with a path whose variables match nothing."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()):
            yield rule.endpoint, re.sub(r"<[^>]+>", "rien", re.sub(r"<int[^>]*>", "1", rule.rule))


def test_only_endpoints_listed_as_public_are_open(app: Flask) -> None:
    stranger = app.test_client()
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= PUBLIC, "a public name that no route bears"
    for method in ("GET", "POST"):
        for endpoint, path in paths(app, method):
            answer = stranger.open(path, method=method)
            turned_away = answer.status_code == 302 and answer.location.startswith("/connexion")
            assert turned_away is (endpoint not in PUBLIC), f"{method} {path}: {answer.status}"


def test_no_post_is_accepted_without_its_token(app: Flask, session: Session) -> None:
    an_editor(session)
    testimonial = committed(session)
    before = contents(session)
    client = signed_in(Visitor(app), session).client
    with_session = contents(session)
    token = private_token(testimonial)
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()):
            path = rule.rule.replace("<slug>", "crpv").replace("<token>", token)
            path = path.replace("<public_id>", testimonial.public_id)
            answer = client.post(path, data={"action": "publish", "revision": str(testimonial.revision)})
            assert answer.status_code < 500
    assert contents(session) == with_session
    assert before != with_session, "the session has its row: the comparison can fail"


def test_every_post_view_validates_its_form(app: Flask) -> None:
    """`is_sent` checks the CSRF token: a view that read a POST in another way would accept forgeries."""
    # Helpers that call it for their views: the steps of the form, the acts of a link and of the private page.
    asking = re.compile(
        r"(is_sent|next_step|one_button|refusal_page|do_once|amended|answer_with_pdf)\(|(choose_password|confirm_address)\(opened"
    )
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    sources = {endpoint: inspect.getsource(inspect.unwrap(app.view_functions[endpoint])) for endpoint in posts}
    assert [endpoint for endpoint, source in sources.items() if not asking.search(source)] == []


@pytest.mark.both_engines
@pytest.mark.slow("every page is opened, in every status")
def test_no_get_changes_anything(app: Flask, session: Session) -> None:
    """Each address once, whatever the status; a file in PDF, which takes a process, for what is published."""
    an_editor(session)
    by_status = {status: a_testimonial(session, status=status) for status in Status}
    named = {
        status: (private_token(each) if status != Status.ERASED else "rien", each.public_id)
        for status, each in by_status.items()
    }
    session.commit()
    visitor = Visitor(app)
    signed_in(visitor, session)
    before = contents(session)
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    paths = {
        rule.replace("<token>", token)
        .replace("<public_id>-<slug>", f"{public_id}-rien")
        .replace("<public_id>", public_id)
        .replace("<slug>", "crpv"): None
        for rule in rules
        for status, (token, public_id) in named.items()
        if status == Status.PUBLISHED or not rule.endswith(".pdf")
    }
    for path in paths:
        visitor.get(path)
        assert visitor.status < 500, f"{path}: {visitor.status}"
    assert contents(session) == before


@pytest.mark.both_engines
def test_the_database_itself_refuses_a_write_on_get(app: Flask) -> None:
    for method, refused in (("GET", True), ("HEAD", True), ("POST", False)):
        with app.test_request_context(method=method):
            statement = text("UPDATE article SET title = title")
            if refused:
                with pytest.raises(DBAPIError, match=r"read-?only"):
                    db.session.execute(statement)
            else:
                db.session.execute(statement)
            db.session.rollback()


def contents(session: Session) -> dict[str, list[str]]:
    session.rollback()
    tables = {
        table.name: sorted(str(tuple(row)) for row in session.execute(table.select()))
        for table in Base.metadata.sorted_tables
        if table.name != "rate_counter"  # refused requests are counted too
    }
    session.rollback()
    return tables


def test_only_routes_and_cli_commit() -> None:
    committing = {name for name, tree in MODULES.items() if any(calls(tree, "commit"))}
    others = {name for name in committing if not name.endswith("routes.py") and not name.startswith("app/cli/")}
    assert others == {"app/links.py", "app/web/__init__.py"}
    assert "app/testimonials/private_page/routes.py" in committing


def test_a_field_of_several_values_is_declared_as_one() -> None:
    """app/web/request_checks.py refuses other fields that are sent twice."""
    several = {
        node.targets[0].id
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in {"SelectMultipleField", "FieldList", "MultipleFileField"}
    }
    assert several == REPEATABLE


def test_every_rate_limit_names_an_endpoint(app: Flask) -> None:
    assert {name.partition(":")[0] for name in LIMITS} <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_endpoints_that_mail_a_typed_address_limit_it() -> None:
    """Signing in sends no e-mail; « mot de passe oublié » is limited in app/accounts/login_attempts.py."""
    pages = {endpoint: ROOT / "templates" / f"{endpoint.replace('.', '/')}.html" for endpoint in PUBLIC}
    asking = {
        endpoint
        for endpoint, page in pages.items()
        if page.is_file() and re.search(r"\b(line\(\w+\.email|link_form\(\w+)\b", page.read_text(encoding="utf-8"))
    }
    counted = {name.partition(":")[0] for name, allowed in LIMITS.items() if allowed.recipient}
    assert asking == counted | {"accounts.sign_in", "accounts.forgotten"}
    assert "reset" in FREE_ATTEMPTS


def test_views_have_no_try() -> None:
    assert [name for name, tree in ROUTES.items() for node in ast.walk(tree) if isinstance(node, ast.Try)] == []


def test_the_status_is_written_in_one_place() -> None:
    writers = [
        (name, function.name)
        for name, tree in MODULES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "_status" and isinstance(node.ctx, ast.Store)
    ]
    assert writers == [("app/testimonials/testimonial.py", "perform")]
    imported = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "update" in [alias.name for alias in node.names]
    }
    assert imported == set(), "a bulk update could write a status without its event"


def test_untrusted_text_becomes_html_in_one_module() -> None:
    importers = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(alias.name == "bleach" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bleach"))
    }
    assert importers == {"app/sanitize.py"}
    assert {name for name, tree in MODULES.items() if any(calls(tree, "Markup"))} == {"app/sanitize.py"}


def test_no_template_marks_text_as_safe(jinja: Environment) -> None:
    for name in TEMPLATES:
        tree = jinja.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
        assert not [each for each in tree.find_all(nodes.Filter) if each.name == "safe"], name
        assert "autoescape false" not in (ROOT / "templates" / name).read_text(encoding="utf-8"), name
    assert jinja.undefined is StrictUndefined


def test_components_take_everything_by_argument(jinja: Environment) -> None:
    for name in TEMPLATES:
        source = (ROOT / "templates" / name).read_text(encoding="utf-8")
        assert "with context" not in source, name
        if name.startswith("components/"):
            tree = jinja.parse(source)
            free = {each.name for each in tree.find_all(nodes.Name)} & {"current_user", "request", "session", "g"}
            assert not free, f"{name} reads {free}"
            assert {type(each) for each in tree.body} <= {nodes.Macro, nodes.FromImport, nodes.Output, nodes.Assign}, (
                name
            )


def test_every_template_is_an_endpoint_s_or_imported(jinja: Environment) -> None:
    used = {f"mail/{message}.txt" for message in MAILS} | {"base.html", "error.html"}
    written = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("app/**/*.py"))
    used |= set(
        re.findall(r'(?:\brender_template\(|\brender_with_pdf\(|\bone_button\(|\bpreview =)\s*"([^"]+)"', written)
    )
    for name in TEMPLATES:
        template = jinja.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
        for other in template.find_all((nodes.FromImport, nodes.Import, nodes.Include, nodes.Extends)):
            assert isinstance(other, nodes.FromImport | nodes.Import | nodes.Include | nodes.Extends)
            assert isinstance(other.template, nodes.Const)
            used.add(other.template.value)
    assert used == TEMPLATES


@pytest.mark.both_engines
def test_public_queries_start_from_visible(app: Flask, session: Session) -> None:
    """Every statement of public pages that reads a testimonial's words has the conditions of `visible()`.

    Counts and cursors may read other rows, since they select no words.
    """
    shown, second = (a_testimonial(session, status=Status.PUBLISHED, email=f"{who}@exemple.fr") for who in "ab")
    session.commit()
    first, list_, page = "/articles/crpv", "/api/v1/articles/crpv/testimonials", f"/temoignages/{shown.public_id}"
    paths = [*addresses(app, shown, second), "/sitemap.xml", f"{page}/signaler"]
    for path in (first, list_, f"{first}/flux.atom", "/integration/crpv"):
        paths += [f"{path}?{query}" for query in ("mots=gardiens", f"apres={second.public_id}", "region=53")]
    with recorded_statements(app) as statements:
        for path in paths:
            app.test_client().get(path)
    parts = {part for words in statements for part in words.split(" UNION ALL ")}
    reading = {part for part in parts if READS_WORDS.search(part)}
    assert len(reading) > 10, "the test sees the statements"
    for part in reading:
        assert [condition for condition in LAWFUL if condition not in part] == [], part
    assert not [name for name, tree in MODULES.items() if "/publication/" in name and any(calls(tree, "select"))]


# The columns with a testimonial's words: all but its keys.
READS_WORDS = re.compile(
    "|".join(
        rf"\b{kind.__tablename__}(?:_\d+)?\.{column.name}\b"
        for kind in (Version, Rendering)
        for column in kind.__table__.columns
        if column.name not in {"id", "testimonial_id", "number", "digest", "shown_until"}
    )
)


@pytest.mark.parametrize("kind", list(enums()), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_enum_member_has_its_texts(kind: type[StrEnum]) -> None:
    words = [name for name in ("label", "sentence", "subject") if all(hasattr(member, name) for member in kind)]
    if kind in {Action, *WORDLESS}:
        return
    assert words, f"{kind.__name__} has neither label nor sentence"
    for member in kind:
        for name in words:
            assert getattr(member, name).strip(), f"{member!r} has no {name}"


# Actions have their texts in CHOICES and in the audit kinds; a fault is its sentence, a grade its word.
NAMES = {"Party", "AccessLevel", "TextKind", "Fault", "Grade", "Process", "Part", "Kind", "Digest"}
WORDLESS = {kind for kind in enums() if kind.__name__ in NAMES and kind is not Kind}


def test_every_action_has_an_audit_kind_and_every_status_a_sentence() -> None:
    assert {action.value for action in Action} <= {kind.value for kind in Kind}
    assert set(BY_STATUS) == set(Status)
    assert sorted(status for _, statuses in RAIL for status in statuses) == sorted(Status)
    # REQUEST_CHANGES has a page of its own, with a field for each question.
    assert all({*CHOICES, Action.REQUEST_CHANGES} >= allowed for allowed in ROLES.values())


def test_the_first_article_s_partner_is_content() -> None:
    """Who the partner is stands in each article's call, so that a second article has another, or none."""
    for path in shipped():
        assert "crpv" not in path.name.lower(), path
        assert "crpv" not in path.read_text(encoding="utf-8").lower(), path


def test_those_who_are_asked_are_named_in_one_module() -> None:
    """Comments, docstrings and names of the code aside: nobody is shown these."""
    named = [path.relative_to(ROOT).as_posix() for path in shipped() if "CLSM" in displayed(path)]
    assert named == ["app/words.py"]


def shipped() -> list[Path]:
    paths = [path for folder in ("app", "templates", "static") for path in sorted((ROOT / folder).glob("**/*"))]
    return [path for path in paths if path.is_file() and path.suffix not in {".pyc", ".webp", ".woff2"}]


def displayed(path: Path) -> str:
    """Return what of a file may be displayed: a module's strings but its docstrings, another file without comments."""
    words = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return re.sub(r"\{#.*?#\}|/\*.*?\*/|^\s*(//|#) .*?$", "", words, flags=re.DOTALL | re.MULTILINE)
    tree = ast.parse(words)
    # A string that is a statement of its own is a docstring.
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told)
    return "\n".join(str(node.value) for node in strings)


def test_the_scripts_stay_small() -> None:
    """script.js is on every page, the others on a few; en-regard.js is measured by tests/publication/test_embed.py."""
    sizes = {path.name: path.stat().st_size for path in ROOT.glob("static/**/*.js") if path.name != "en-regard.js"}
    assert sizes["script.js"] < 3_000
    assert {name: size for name, size in sizes.items() if size > 3_200} == {}


LITERATURE = re.compile(r"(?<!`)\b(whoever|whatever|beneath|anew|such that)\b(?!`)", re.IGNORECASE)


def test_every_module_has_a_one_line_docstring_and_plain_comments() -> None:
    for name, tree in MODULES.items():
        named = [each for each in ast.walk(tree) if isinstance(each, ast.Module | ast.ClassDef | ast.FunctionDef)]
        prose = [ast.get_docstring(each) or "" for each in named] + re.findall("# .*", (ROOT / name).read_text("utf-8"))
        assert [words for words in prose if LITERATURE.search(words)] == [], name
        docstring = ast.get_docstring(tree)
        assert docstring or not tree.body, name
        assert not docstring or docstring.splitlines()[0].rstrip().endswith((".", "`.")), name


# Words of a test that the engines may answer differently, and marks that say where it runs.
DIFFERS = re.compile(
    r"\bengine: str|\b(together|wait_for_company|refuse_changes|snapshot)\("
    r"|\b(DBAPI|Integrity)Error\b|dialect\.name|PostgreSQL|SQLite"
)
FIXED = re.compile(r"mark\.(both_engines|one_engine)|parametrize\('engine'")


def functions_of_tests() -> Iterator[tuple[str, str, str]]:
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        body = ast.parse("\n".join(lines)).body
        marks = [each for each in body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark"]
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                code = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                name = f"{path.relative_to(ROOT).as_posix()}::{node.name}"
                yield name, code, " ".join(map(ast.unparse, [*marks, *node.decorator_list]))


def test_races_and_refusals_of_the_database_run_on_both_engines() -> None:
    """So does a test that names an engine: on the other one it expects something else, or can tell nothing."""
    unmarked = [name for name, code, marks in functions_of_tests() if DIFFERS.search(code) and not FIXED.search(marks)]
    assert unmarked == []


def test_what_is_slow_says_why_and_is_bounded() -> None:
    """By the record, which is made where nothing else runs."""
    recorded = record.read()
    marks = {name: marks for name, _, marks in functions_of_tests() if name in recorded}
    slow = {name for name in marks if re.search(r"mark\.slow\('.+?'\)", marks[name])}
    assert {name for name in marks.keys() - slow if recorded[name].each > record.MOST_SECONDS} == set()
    assert sum(recorded[name].seconds for name in slow) <= record.MOST_SLOW


def test_no_file_names_a_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|PIP_INDEX", re.IGNORECASE)
    words = {"", ".py", ".txt", ".in", ".md", ".toml", ".html", ".cfg"}
    for path in map(ROOT.joinpath, record.git("ls-files", "--cached", "--others", "--exclude-standard")):
        if path.is_file() and path.suffix in words and path.name != Path(__file__).name:
            assert not hosts.search(path.read_text(encoding="utf-8", errors="ignore")), path
