"""Words to testimonials, on FTS5 (SQLite) and on tsvector (PostgreSQL)."""
