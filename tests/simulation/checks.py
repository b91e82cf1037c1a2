"""Checks: what each outlet shows, what is kept and what is gone, compared with the model."""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy import text as sql

from tests.simulation.model import READER, TOKEN, Broken, Text
from tests.simulation.world import PLAIN, Browser, Editor, World

NUMBER = re.compile(r"^(.*?)\s*(\d+)$")


def check_text(world: World, text: Text) -> None:
    """Promises 1 and 4: the page of a text, its entry of the API, its place in the lists, just after an act."""
    if text.public_id is None:
        return
    reader = Browser(world, READER)
    title = (text.shown or text.latest).words["title"]
    for outlet, path in (
        ("page", f"/temoignages/{text.public_id}"),
        ("page", f"/articles/{text.article}?mots={title}"),
        ("page", f"/api/v1/testimonials/{text.public_id}"),
    ):
        seen = tokens_at(reader, path)
        assert reader.answer is not None
        there = reader.status == 200 and f"/temoignages/{text.public_id}" in reader.answer.get_data(as_text=True)
        if there and path.startswith("/temoignages/"):
            check_words(reader, text)
        if there is not (text in world.model.visible(outlet)):
            raise Broken(1, f"{path} {'montre' if there else 'ne montre pas'} « {title} », un texte {text.status}")
        if there and path.startswith("/temoignages/") and (missing := text.replies() - seen):
            raise Broken(1, f"{path} n’a pas la réponse acceptée de qui y est nommé : {missing}")
    if any(each.text is text and each.claim for each in world.model.quoted):
        check_quotes(world, text.article)


def check_quotes(world: World, article: str) -> None:
    """Promises 1, 13 and 15: a claim stands on the sentences that may be read there, and counts them."""
    model, reader = world.model, Browser(world, READER)
    of_article = [each for each in model.quoted if each.claim and each.text.article == article]
    for outlet, path in (("page", f"/articles/{article}/synthese"), ("open", f"/api/v1/articles/{article}/synthesis")):
        tokens_at(reader, path)
        assert reader.answer is not None
        claims: dict[str, list[frozenset[str]]] = {}
        if reader.status == 200 and outlet == "open":
            for each in reader.answer.get_json()["claims"]:
                claims[each["words"]] = [frozenset(TOKEN.findall(one["words"].lower())) for one in each["sources"]]
        elif reader.status == 200:
            for each in reader.tree.xpath("//*[@class='claim']"):
                words = [one.text_content().lower() for one in each.xpath(".//blockquote")]
                if each.xpath(".//summary")[0].text_content().split()[0] != str(len(words)):
                    raise Broken(15, f"{path} compte autrement les retours d’un constat : {each.text_content()[:200]}")
                claims[each.xpath("./p")[0].text_content()] = [frozenset(TOKEN.findall(one)) for one in words]
        shown = {(TOKEN.findall(claim.lower())[0], one) for claim, sources in claims.items() for one in sources}
        stands = [each for each in of_article if model.stands(each, outlet)]
        may = {(each.claim, each.tokens) for each in stands}
        must = {(each.claim, each.tokens) for each in stands if not each.is_lost}
        if not must <= shown <= may:
            raise Broken(13, f"{path} n’a pas {sorted(must - shown)}, et a en trop {sorted(shown - may)}")


def check_words(reader: Browser, text: Text) -> None:
    """Promise 9: what an author typed is read as typed, signs and all."""
    assert text.shown is not None
    if "account" not in text.shown.words:  # masked since
        return
    typed = f"& « échanges » s’appellent {text.shown.words['account']} <ensemble>."
    if typed not in reader.text.translate(PLAIN):
        raise Broken(9, f"{reader.path} ne montre pas « {typed} » tel qu’il a été écrit")


def tokens_at(reader: Browser, path: str) -> set[str]:
    """Return the words of people that an address shows; the model has looked at them."""
    reader.get(path)
    assert reader.answer is not None
    return set(TOKEN.findall(reader.answer.get_data(as_text=True).lower()))


def check_outlets(world: World) -> None:
    """Promises 1, 4 and 15: every outlet has every text that it may show, and no other."""
    model, reader = world.model, Browser(world, READER)
    titles = {text.shown.words["title"] for text in model.visible("page") if text.shown}
    expect(world, reader, "/sitemap.xml", titles)
    for article in model.articles - model.offline:
        here = model.visible("page", article)
        shown = {text.shown.words["title"]: text for text in here if text.shown}
        reuse = {title for title, text in shown.items() if "reuse" in text.consents}
        listed: set[str] = set()
        path, total = f"/api/v1/articles/{article}/testimonials?limite=50", None
        while path:
            listed |= tokens_at(reader, path)
            assert reader.answer is not None
            found = reader.answer.get_json()
            total = found["total"]
            path = (found["next"] or "").removeprefix("http://localhost")
        if (missing := reuse - listed) or (total != len(here) and not model.has_others):
            raise Broken(15, f"l’API de {article} dit {total} retours pour {len(here)}, sans {sorted(missing)}")
        feed = tokens_at(reader, f"/articles/{article}/flux.atom")
        if len(shown) <= 20 and (missing := reuse - feed):
            raise Broken(4, f"le flux de {article} n’a pas {sorted(missing)}")
        tokens_at(reader, f"/articles/{article}")
        quoted = {frozenset(TOKEN.findall(each.text_content().lower())) for each in reader.tree.xpath("//blockquote")}
        opening = [each for each in model.quoted if not each.claim and each.text in here and not each.is_lost]
        if unquoted := {each.tokens for each in opening if model.stands(each, "page")} - quoted:
            raise Broken(13, f"l’article {article} ne cite pas {sorted(map(sorted, unquoted))}")
        for path in (
            f"/articles/{article}/synthese",
            "/articles",
            f"/integration/{article}/cadre?nombre=20",
        ):
            tokens_at(reader, path)


def expect(world: World, reader: Browser, path: str, titles: set[str]) -> None:
    there = tokens_at(reader, path)
    if there != titles:
        raise Broken(1, f"{path} a en trop {sorted(there - titles)}, et n’a pas {sorted(titles - there)}")


def check_desk(world: World, editor: Editor) -> None:
    """Promise 15: each pile of the desk counts the texts of its status that this editor may read."""
    page = world.at_desk(editor)
    if world.model.has_others:
        return
    expected = world.model.piles(editor.viewer)
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
    for path in files_of(world.folder):
        yield str(path.relative_to(world.folder)), path.read_bytes().decode("latin-1").lower()


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "sauvegardes" not in path.parts)


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
