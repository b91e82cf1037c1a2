"""What an editor does with one text besides deciding: edit it, ask its author, leave a note."""
