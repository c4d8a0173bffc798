"""The language of Bash, read and never run."""
