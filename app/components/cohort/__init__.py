"""What is in a dataset, and what is not."""
