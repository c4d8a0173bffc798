"""What becomes of a function under a promise: sizes, placement, the plan, and what the cluster makes of it."""
