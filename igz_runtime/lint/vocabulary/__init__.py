"""What MLRun's words in code do to a function."""
