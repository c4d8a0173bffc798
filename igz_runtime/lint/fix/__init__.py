"""`--fix` and `--diff`: what has one right answer, changed in the text, of which nothing else is touched."""
