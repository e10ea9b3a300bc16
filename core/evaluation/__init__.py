"""Numbers with their uncertainty, from stored predictions alone. No drawing and no model here.

``results`` reads what a bundle stored, ``filters`` picks the cases, ``measures`` and ``curves`` give the numbers,
``confusion`` goes from a number to its cases. Every share is an ``Estimate``.
"""

from core.evaluation.estimate import Estimate, mean, rank_of_truth
from core.evaluation.results import REFUSED, Results, predicted, read_results

__all__ = ["REFUSED", "Estimate", "Results", "mean", "predicted", "rank_of_truth", "read_results"]
