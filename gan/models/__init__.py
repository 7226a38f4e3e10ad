"""Generators and discriminators, as plain modules. A discriminator returns logits, one per sample."""

from gan.models.conv import conv_pair
from gan.models.generator import Generator
from gan.models.perceptrons import leaky, mlp, mlp_pair

__all__ = ["Generator", "conv_pair", "leaky", "mlp", "mlp_pair"]
