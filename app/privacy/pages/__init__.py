"""The pages that the law asks of every site, and the resources."""
