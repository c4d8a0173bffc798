"""YAML and JSON as text with places, without functions: read, changed where a value stands, and replaced whole."""
