"""ACME's own rules and profiles for igz-runtime."""
