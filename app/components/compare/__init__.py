"""The compare page's parts: which two models, what became of their cases, how much they differ, their curves."""
