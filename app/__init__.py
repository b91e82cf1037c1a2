"""En regard: testimonials published beside the article that asked for them."""

from flask import Flask
from jinja2 import StrictUndefined

import config
from app import db as database
from app import erasure_journal, errors, feature, french, kept, page_cache, sanitize, words
from app.accounts import gate
from app.accounts import mails as account_mails
from app.accounts.identities.routes import blueprint as identity
from app.accounts.routes import blueprint as accounts
from app.accounts.settings.routes import blueprint as account_settings
from app.administration.articles.routes import blueprint as articles
from app.administration.referentials.routes import blueprint as referentials
from app.administration.routes import blueprint as administration
from app.administration.sentences.routes import blueprint as sentences
from app.administration.sites.routes import blueprint as sites
from app.administration.team.routes import blueprint as team
from app.articles import addresses
from app.catalog import sync
from app.features.alerts import feature as alerts
from app.features.invitations import feature as invitations
from app.features.notices import feature as notices
from app.features.questions import feature as questions
from app.features.synthesis import feature as synthesis
from app.features.voice import feature as voice
from app.mail import messages
from app.moderation import doors, editor_mails, holds, hub
from app.moderation.digest import mails as digest_mails
from app.moderation.digest.routes import blueprint as digest
from app.moderation.exports.routes import blueprint as exports
from app.moderation.figures.routes import blueprint as figures
from app.moderation.guide import blueprint as guide
from app.moderation.placements.routes import blueprint as placements
from app.moderation.queue import rows
from app.moderation.queue.routes import blueprint as queue
from app.moderation.recueils import files
from app.moderation.recueils import mails as recueil_mails
from app.moderation.recueils.routes import blueprint as recueils
from app.moderation.review.routes import blueprint as review
from app.moderation.review.routes import invitations as response_invitation
from app.moderation.review.routes import updates
from app.monitoring import routes as monitoring
from app.privacy import mails as privacy_mails
from app.privacy import periods
from app.privacy.address.routes import blueprint as address
from app.privacy.pages.routes import blueprint as pages
from app.privacy.register.routes import blueprint as register
from app.privacy.routes import blueprint as privacy
from app.publication.api.routes import blueprint as api
from app.publication.easy_read.routes import blueprint as easy_read
from app.publication.embed.routes import blueprint as embed
from app.publication.embed.routes import instructions
from app.publication.feed import blueprint as feed
from app.publication.printed.routes import blueprint as printed
from app.publication.routes import blueprint as publication
from app.publication.sitemap import blueprint as sitemap
from app.search import index
from app.testimonials import mails as testimonial_mails
from app.testimonials.changes import call_on_change
from app.testimonials.drafts.routes import blueprint as drafts
from app.testimonials.private_page.routes import blueprint as private_page
from app.testimonials.responses import mails as response_mails
from app.testimonials.responses.routes import blueprint as responses
from app.testimonials.submission.routes import blueprint as submission
from app.testimonials.wordings import Purpose
from app.web import (
    appearance,
    assets,
    headers,
    logs,
    rate_limits,
    request_checks,
    security_txt,
    shared_counters,
    templating,
)

BLUEPRINTS = (
    # readers
    *(publication, api, feed, sitemap, embed, instructions, easy_read, printed),
    # authors
    *(submission, responses, private_page, drafts),
    # editors
    *(queue, review, updates, response_invitation, figures, placements, recueils),
    *(hub.blueprint, hub.former, digest, guide),
    # admins
    *(administration, articles, exports, referentials, sentences, sites, team),
    *(accounts, identity, account_settings, address, pages, privacy, register, security_txt.blueprint),
    monitoring.blueprint,
)

# Their headings in « Vos données » stand in this order.
FEATURES = (
    *(questions.FEATURE, alerts.FEATURE, invitations.FEATURE),
    *(voice.FEATURE, notices.FEATURE, synthesis.FEATURE),
)

MAILS = messages.declared_in(
    *(testimonial_mails, response_mails),
    *(each.mails for each in FEATURES if each.mails),
    *(account_mails, editor_mails, digest_mails, recueil_mails, privacy_mails),
)


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application: configuration, extensions, blueprints, errors. With commands: `cli.create_app`."""
    app = Flask(__name__, static_folder=None, template_folder=str(config.ROOT / "templates"))
    app.config.from_object(settings or config.from_environment())
    templating.init_app(app)
    app.jinja_env.undefined = StrictUndefined

    database.init_app(app)
    shared_counters.init_app(app)
    logs.init_app(app)
    assets.init_app(app, config.ROOT / "static", appearance.init_app(app))
    headers.init_app(app)
    page_cache.init_app(app)  # after those that wrap the application: it answers before them
    request_checks.init_app(app)
    rate_limits.init_app(app)
    gate.init_app(app)
    sanitize.init_app(app)
    french.init_app(app)
    words.init_app(app)
    feature.init_app(app, FEATURES)
    doors.init_app(app)
    kept.init_app(
        app,
        [periods.OF_PEOPLE, files.PERIODS, *(each.periods for each in FEATURES), periods.OF_US, holds.PERIODS],
        [*periods.DELETIONS, files.DELETION],
    )
    messages.init_app(app, MAILS)
    erasure_journal.init_app(app, list(Purpose))
    addresses.init_app(app)
    call_on_change(
        sync.on_change,
        index.on_change,
        rows.on_change,
        files.delete_outdated_files,
        *(each.on_change for each in FEATURES if each.on_change),
    )

    for blueprint in (*BLUEPRINTS, *(each for declared in FEATURES for each in declared.blueprints)):
        app.register_blueprint(blueprint)

    monitoring.init_app(app)
    errors.init_app(app)
    return app
