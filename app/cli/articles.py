"""`flask articles export | import`: articles as files, and back without loss."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.administration.articles.forms import list_problems, testimonials_by_theme
from app.articles import addresses, editing, queries, source, versions
from app.articles.models import Article
from app.articles.source import HeaderLines, SourceRefused, on_line
from app.audit import SYSTEM
from app.catalog import sync
from app.db import db

article_commands = AppGroup("articles", help="Articles as files: TOML front matter, then Markdown.")


@article_commands.command(
    "export", help="Print the article SLUG, or without one the list; or write each, all without SLUG, into a folder."
)
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where SLUG.md are written.")
def export_articles(slugs: tuple[str, ...], folder: Path | None) -> None:
    articles = {article.slug: article for article in db.session.scalars(queries.all_articles())}
    if missing := [slug for slug in slugs if slug not in articles]:
        raise click.ClickException(f"no article at {', '.join(missing)}: see articles export")
    if folder is None and not slugs:
        for article in articles.values():
            facts = [state_of(article), "open" if article.takes_testimonials else "closed"]
            click.echo(f"{article.slug}\t{article.title}\t{', '.join(facts)}")
    elif folder is None:
        if len(slugs) > 1:
            raise click.UsageError("name one article, or a folder: articles export --folder DIRECTORY [SLUG]...")
        click.echo(source.serialize_source(articles[slugs[0]]), nl=False)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        for slug in slugs or articles:
            path = folder / f"{slug}.md"
            path.write_text(source.serialize_source(articles[slug]), encoding="utf-8", newline="\n")
            click.echo(path)
    db.session.rollback()


@article_commands.command("import", help="Create or overwrite the article of each FILE; all of them, or none.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_articles(files: tuple[Path, ...]) -> None:
    """Import files in one transaction: with a problem in any, its file and line are printed, and nothing changes."""
    session = db.session()
    done, problems, taken = [], [], dict[str, Path]()
    for path in files:
        try:
            done.append(import_file(session, path, taken))
        except SourceRefused as error:
            problems += [f"{path.name}, {problem[:1].lower()}{problem[1:]}" for problem in map(str, error.args)]
    if problems:
        session.rollback()
        raise click.ClickException("\n".join([*problems, "nothing has changed"]))
    session.commit()
    for slug in taken:  # what is published is shown in the words of the new call
        for _ in sync.renew_article(session, session.scalars(queries.by_slug_public_or_not(slug)).one()):
            session.commit()
    for line in done:
        click.echo(line)


def import_file(session: Session, path: Path, taken: dict[str, Path]) -> str:
    """Import a file in the caller's transaction; raise `SourceRefused`. `taken`: the files by slug until now."""
    text = read_source(path)
    front, body = source.parse_source(text)
    slug = front["slug"]
    if problems := list_problems(session, front, text) + source.day_problems(front, text):
        raise SourceRefused(*problems)
    line = HeaderLines(text.partition("\n")[2]).of("slug")
    if slug in taken:
        raise SourceRefused(on_line(line, f"L’adresse « {slug} » est déjà celle de {taken[slug].name}."))
    taken[slug] = path
    if slug in source.reserved_slugs():
        raise SourceRefused(on_line(line, f"La plateforme se sert de l’adresse « {slug} » : choisissez-en une autre."))
    article = addresses.owner_of(session, slug)
    if article is None:
        return (
            f"{slug}: created, {state_of(editing.insert_article(session, source.build_article(front, body), SYSTEM))}"
        )
    if article.slug != slug:
        former = (
            f"L’adresse « {slug} » a été celle de « {article.title} », et elle y mène encore : choisissez-en une autre."
        )
        raise SourceRefused(on_line(line, former))
    session.refresh(article, with_for_update=True)  # an admin may be saving it
    replaced = replaced_change(session, article)
    changed = editing.overwrite_article(article, text, testimonials_by_theme(session, article), by=SYSTEM)
    session.flush()
    if not changed:
        return f"{slug}: unchanged, {state_of(article)}"
    return f"{slug}: overwritten, {state_of(article)}{replaced}"


def replaced_change(session: Session, article: Article) -> str:
    """Return who last changed an article on the site, when, and which version has it; nothing after another import."""
    versions.keep_first_versions(session)  # an import before the first `prepare` of this release
    change = session.scalar(queries.last_change(article.slug))
    kept = session.scalar(versions.versions_of(article).limit(1))
    if change is None or change.user_id is None or kept is None:
        return ""
    name = accounts.names_by_id(session).get(change.user_id, change.actor.label)
    page = f"{current_app.config['PUBLIC_URL']}/administration/articles/{article.slug}/versions/{kept.number}"
    return f"\n  replaces what {name} saved on the site at {change.at:%Y-%m-%d %H:%M} UTC; to go back: {page}"


def read_source(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return source.normalized(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SourceRefused(on_line(line, "Ce signe n’est pas de l’UTF-8 : enregistrez le fichier ainsi.")) from error


def state_of(article: Article) -> str:
    return "online" if article.is_public else "offline"
