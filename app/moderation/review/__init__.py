"""The review page of one testimonial: decision, editing, requests to the author, notes, answers to notices."""
