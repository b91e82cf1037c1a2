"""`flask privacy`: what data-protection law asks of who runs the site."""

from flask.cli import AppGroup

privacy_commands = AppGroup("privacy", help="Data protection: what is kept of whom, and the proof of consents.")
