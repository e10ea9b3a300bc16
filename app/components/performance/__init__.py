"""The parts of the performance page."""
