"""How plans and findings look: `content` says what is shown, `text` and `html` how."""
