"""From an upright picture to the square that a backbone looks at."""
