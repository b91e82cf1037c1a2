"""The read model: what is published, arranged to be found fast. Everything in it starts from `visible()`."""
