"""What another site shows of a collection: a fragment of HTML, a custom element, a frame, oEmbed; and how to."""
