"""Checks: what each outlet shows, what is kept and what is gone, compared with the model."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy import text as sql

from tests.simulation.model import Broken
from tests.simulation.pages import MISSPELT, PILES, PLAIN, SPELT
from tests.simulation.things import TOKEN, Text, tokens_in
from tests.simulation.world import Browser, Person, World

NUMBER = re.compile(r"^(.*?)\s*(\d+)$")


def check_text(world: World, text: Text) -> None:
    """Promises 1 and 4: the page of a text, its entry of the API, its place in the lists, just after an act."""
    if text.public_id is None:
        return
    reader, title = Browser(world), (text.shown or text.latest).title
    for path in (
        f"/temoignages/{text.public_id}",
        f"/articles/{text.article}?mots={title}",
        f"/api/v1/testimonials/{text.public_id}",
        f"/oembed?url=http://localhost/temoignages/{text.public_id}",
        f"/integration/temoignages/{text.public_id}/cadre",
    ):
        reader.get(path)
        there = reader.status == 200 and f"/temoignages/{text.public_id}" in reader.body
        if there is not (text in world.model.visible("page")):
            raise Broken(1, f"{path} {'montre' if there else 'ne montre pas'} « {title} », un texte {text.status}")
        if path.startswith("/temoignages/"):
            check_status(world, reader, text)
        if there and path.startswith("/temoignages/"):
            check_words(reader, text)
    if any(each.text is text and each.statement for each in world.model.quoted):
        check_quotes(world, text.article)


def check_status(world: World, reader: Browser, text: Text) -> None:
    """Promise 1: an address that was read and is no more is gone (410); one that comes back, or never was, is not."""
    is_over = text.status != "published" or (text.reads_until is not None and text.reads_until <= world.now)
    is_gone = text.was_read and is_over and text.status != "erased"
    if reader.status not in {200, expected := 410 if is_gone else 404}:
        raise Broken(1, f"{reader.path}, d’un texte {text.status}, répond {reader.status}, et non {expected}")


def check_words(reader: Browser, text: Text) -> None:
    """Promises 1, 3 and 9: what an author typed is read as typed, with the replies that were accepted."""
    shown = text.shown.tokens() if text.shown else set()
    if missing := (shown | text.replies()) - reader.tokens:
        raise Broken(1, f"{reader.path} n’a pas tous les mots d’un texte, et des réponses acceptées : {missing}")
    token = text.shown.words.get("account") if text.shown else None  # none where it is masked
    spelling = SPELT if text.shown and text.shown.is_spelt else MISSPELT
    typed = f"Nos {spelling} & « échanges » s’appellent {token} <ensemble>."
    if token and typed not in reader.text.translate(PLAIN):
        raise Broken(9, f"{reader.path} ne montre pas « {typed} » tel qu’il a été écrit")


def check_quotes(world: World, article: str) -> None:
    """Promises 1, 13 and 15: a statement stands on the sentences that may be read there, and counts them."""
    model, reader = world.model, Browser(world)
    for outlet, path in (("page", f"/articles/{article}/synthese"), ("open", f"/api/v1/articles/{article}/synthesis")):
        reader.get(path)
        shown = set()
        if reader.status == 200:
            shown = claims_of_api(reader) if outlet == "open" else claims_of_page(reader)
        stands = [each for each in model.quoted if each.statement and each.text.article == article]
        stands = [each for each in stands if model.stands(each, outlet)]
        may = {(each.statement, each.tokens) for each in stands}
        must = {(each.statement, each.tokens) for each in stands if not each.is_lost}
        if not must <= shown <= may:
            raise Broken(13, f"{path} n’a pas {sorted(must - shown)}, et a en trop {sorted(shown - may)}")


def claims_of_api(reader: Browser) -> set[tuple[str, frozenset[str]]]:
    assert reader.answer is not None
    statements = reader.answer.get_json()["claims"]
    quoted = [(each["words"], one["words"]) for each in statements for one in each["sources"]]
    return {(tokens_in(statement).pop(), frozenset(tokens_in(words))) for statement, words in quoted}


def claims_of_page(reader: Browser) -> set[tuple[str, frozenset[str]]]:
    statements = set()
    for each in reader.tree.xpath("//*[@class='statement']"):
        words = [one.text_content() for one in each.xpath(".//blockquote")]
        if each.xpath(".//summary")[0].text_content().split()[0] != str(len(words)):
            raise Broken(15, f"un constat compte autrement ses retours : {each.text_content()[:200]}")
        [statement] = tokens_in(each.xpath("./p")[0].text_content())
        statements |= {(statement, frozenset(tokens_in(one))) for one in words}
    return statements


def check_outlets(world: World) -> None:
    """Promises 1, 4 and 15: every outlet has every text that it may show, and no other."""
    model, reader = world.model, Browser(world)
    if (there := reader.get("/sitemap.xml").tokens) != (titles := model.titles("page")):
        raise Broken(1, f"/sitemap.xml a en trop {sorted(there - titles)}, et n’a pas {sorted(titles - there)}")
    for article in model.articles - model.offline:
        number, open_titles = len(model.visible("page", article)), model.titles("open", article)
        listed: set[str] = set()
        path, total = f"/api/v1/articles/{article}/testimonials?limite=50", None
        while path:
            listed |= reader.get(path).tokens
            assert reader.answer is not None
            found: dict[str, Any] = reader.answer.get_json()
            total, path = found["total"], (found["next"] or "").removeprefix("http://localhost")
        if (missing := open_titles - listed) or (total != number and not model.has_others):
            raise Broken(15, f"l’API de {article} dit {total} retours pour {number}, sans {sorted(missing)}")
        feed = reader.get(f"/articles/{article}/flux.atom").tokens
        if number <= 20 and (missing := open_titles - feed):
            raise Broken(4, f"le flux de {article} n’a pas {sorted(missing)}")
        reader.get(f"/articles/{article}")
        quoted = {frozenset(tokens_in(each.text_content())) for each in reader.tree.xpath("//blockquote")}
        opening = [
            each for each in model.quoted if not each.statement and each.text.article == article and not each.is_lost
        ]
        if unquoted := {each.tokens for each in opening if model.stands(each, "page")} - quoted:
            raise Broken(13, f"l’article {article} ne cite pas {sorted(map(sorted, unquoted))}")
        for path in ("/cadre?nombre=20", "?nombre=20"):
            reader.get(f"/integration/{article}{path}")
        for path in (f"/articles/{article}/synthese", "/articles", "/"):
            reader.get(path)


def check_desk(world: World, editor: Person) -> None:
    """Promise 15: each pile of the desk counts the texts of its status that this editor may read."""
    page, model = world.at_desk(editor), world.model
    if model.has_others:
        return
    own = [each for each in model.texts if model.may_edit(editor.email, each.article)]
    expected = {label: sum(each.listed == status for each in own) for label, status in PILES.items()}
    expected["Contestations"] = sum(each.is_contested for each in own)
    expected["Signalés"] = sum(bool(each.reports) for each in own)
    for link in page.tree.xpath("//a[starts-with(@href, '/moderation')]"):
        found = NUMBER.match(" ".join(link.text_content().translate(PLAIN).split()))
        if found and found[1] in expected and int(found[2]) != expected[found[1]]:
            raise Broken(15, f"« {found[1]} » compte {found[2]} textes, et il y en a {expected[found[1]]}")


def check_gone(world: World) -> None:
    """Promise 12: nothing of an erased text is left, in rows or in the bytes of files."""
    gone = world.model.erased_tokens()
    for where, body in everything_kept(world):
        if left := gone & set(TOKEN.findall(body)):
            world.model.blame(left, where, 12)


def everything_kept(world: World) -> Iterator[tuple[str, str]]:
    url = str(world.app.config["SQLALCHEMY_DATABASE_URI"])
    if url.startswith("postgresql"):
        engine = create_engine(url)
        with engine.connect() as connection:
            for table in inspect(engine).get_table_names():
                for (row,) in connection.execute(sql(f'SELECT t::text FROM "{table}" AS t')):  # noqa: S608  # the database's own names
                    yield f"la table {table}", row.lower()
        engine.dispose()
    for path in world.folder.rglob("*"):
        if path.is_file() and "sauvegardes" not in path.parts:
            yield str(path.relative_to(world.folder)), path.read_bytes().decode("latin-1").lower()


def check_log(world: World) -> None:
    """Promise 6: neither an address nor a private link is ever logged."""
    for line in world.log.lines:
        if "@ville.example" in line or re.search(r"/mon-temoignage/[A-Za-z0-9]{8}", line):
            raise Broken(6, f"le journal dit : {line[:200]}")
    world.log.lines.clear()


def check_all(world: World) -> None:
    """Check everything that is promised at this moment, as each month and at the end."""
    check_outlets(world)
    for editor in world.team:
        check_desk(world, editor)
    check_gone(world)
    check_log(world)


def check_end(world: World) -> None:
    """Have the product prove itself, too: derived rows, and the chain of consents."""
    check_all(world)
    for command in (["catalog", "check"], ["privacy", "verify"]):
        result = world.run(*command)
        if result.exit_code:
            raise Broken(7, f"flask {' '.join(command)} : {result.output[:300]}")
