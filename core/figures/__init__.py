"""Numbers and pixels → something to look at. Drawing only, pure."""

from core.figures.pictures import at_size, colour_scale, fit, thumbnail

__all__ = ["at_size", "colour_scale", "fit", "thumbnail"]
