"""Training: what to learn from what, and how it goes."""
