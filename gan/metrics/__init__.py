"""How good are the samples? Measured, never judged by the losses.

``fit_classifier`` and ``fit_inspector`` train a small network on the spot, whose features the others compare. These
take features, (N, F), as tensors on any device and of any precision or as arrays, compute in float64, and give Python
floats, or a tensor where there is one number for each sample. A number compares only with others on the same features:
none is FID, KID or an Inception score unless the features are Inception's.
"""

from gan.metrics.classifier import fit_classifier
from gan.metrics.distances import KernelDistance, frechet_distance, kernel_distance
from gan.metrics.inspector import Inspector, fit_inspector
from gan.metrics.modes import Modes, count_modes
from gan.metrics.neighbours import (
    DensityCoverage,
    Nearest,
    PrecisionRecall,
    density_coverage,
    nearest,
    precision_recall,
)
from gan.metrics.scores import InceptionScore, inception_score, path_length, slerp

__all__ = ["DensityCoverage", "InceptionScore", "Inspector", "KernelDistance", "Modes", "Nearest", "PrecisionRecall",
           "count_modes", "density_coverage", "fit_classifier", "fit_inspector", "frechet_distance", "inception_score",
           "kernel_distance", "nearest", "path_length", "precision_recall", "slerp"]
