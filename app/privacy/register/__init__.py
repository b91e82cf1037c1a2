"""The register of consents: each text's proof, as a page and as a record, and whether all of them hold."""
