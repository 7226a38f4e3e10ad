"""How good are the samples? Measured, never judged by the losses."""

from gan.metrics.classifier import fit_classifier
from gan.metrics.distances import frechet_distance
from gan.metrics.modes import Modes, count_modes

__all__ = ["Modes", "count_modes", "fit_classifier", "frechet_distance"]
