"""YAML and JSON files: their functions, and where each field stands."""
