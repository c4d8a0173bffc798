"""Source code, read and never run."""
