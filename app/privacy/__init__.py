"""Data-protection law: retention, data export, readers' notices, and replay after a restored backup."""
