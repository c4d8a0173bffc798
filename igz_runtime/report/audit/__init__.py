"""An audit of a cluster: what is shown of it, and each way to show it."""
