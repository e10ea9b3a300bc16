"""Anyone's predictions as a result to browse."""
