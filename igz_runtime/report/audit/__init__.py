"""What is shown of an audit, and how: a terminal, a page, and data for programs."""
