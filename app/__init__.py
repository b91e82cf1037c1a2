"""En regard: testimonials that stand beside the article that asked for them."""

from flask import Flask
from jinja2 import StrictUndefined

import config
from app import errors, french, sanitize
from app.accounts import access
from app.accounts.mine.routes import blueprint as mine
from app.accounts.routes import blueprint as accounts
from app.accounts.team.routes import blueprint as team
from app.administration.articles.routes import blueprint as composing
from app.administration.routes import blueprint as administration
from app.catalog import sync
from app.db import db
from app.moderation.digest.routes import blueprint as digests
from app.moderation.placements.routes import blueprint as arranging
from app.moderation.queue.routes import blueprint as queue
from app.moderation.review.routes import blueprint as review
from app.page_cache import middleware as page_cache
from app.privacy.routes import blueprint as privacy
from app.publication.api.routes import blueprint as api
from app.publication.embed.instructions import blueprint as integrating
from app.publication.embed.routes import blueprint as integration
from app.publication.feed import blueprint as feed
from app.publication.routes import blueprint as publication
from app.publication.sitemap import blueprint as sitemap
from app.testimonials.drafts.routes import blueprint as drafts
from app.testimonials.private_page.routes import blueprint as private_page
from app.testimonials.submission.routes import blueprint as submission
from app.web import assets, headers, logs, rate_limits, request_checks, security_txt, templating


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application: configuration, extensions, blueprints, errors. With commands: `cli.create_app`."""
    app = Flask(__name__, static_folder=None, template_folder=str(config.ROOT / "templates"))
    app.config.from_object(settings or config.from_environment())
    templating.init_app(app)
    app.jinja_env.undefined = StrictUndefined

    db.init_app(app)
    logs.init_app(app)
    assets.init_app(app, config.ROOT / "static")
    headers.init_app(app)
    page_cache.init_app(app)  # after whatever wraps the application: it stands before that too
    request_checks.init_app(app)
    rate_limits.init_app(app)
    access.init_app(app)
    sanitize.init_app(app)
    french.init_app(app)
    sync.init_app(app)

    app.register_blueprint(publication)
    app.register_blueprint(api)
    app.register_blueprint(feed)
    app.register_blueprint(sitemap)
    app.register_blueprint(arranging)
    app.register_blueprint(composing)
    app.register_blueprint(integration)
    app.register_blueprint(integrating)
    app.register_blueprint(submission)
    app.register_blueprint(private_page)
    app.register_blueprint(drafts)
    app.register_blueprint(queue)
    app.register_blueprint(review)
    app.register_blueprint(digests)
    app.register_blueprint(accounts)
    app.register_blueprint(administration)
    app.register_blueprint(mine)
    app.register_blueprint(team)
    app.register_blueprint(privacy)
    app.register_blueprint(security_txt.blueprint)

    errors.init_app(app)
    return app
