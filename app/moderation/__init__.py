"""EDITORS: the queue, the review page, placements, digests, and the decisions they take."""
