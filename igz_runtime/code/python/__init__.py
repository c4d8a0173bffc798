"""Python, read from its syntax tree and never run. What is not Python's own, a host supplies as values."""
