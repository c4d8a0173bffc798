"""The cluster as its API server tells it."""
