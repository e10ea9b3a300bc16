"""The confusion browser's parts: how the matrix is arranged, the matrix, the pairs, the findings."""
