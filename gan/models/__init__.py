"""Generators and discriminators, as plain modules. A discriminator returns logits, one per sample."""

from gan.models.cogan import cogan_pair, couple
from gan.models.conditional import Concat, Projection, conditional_pair
from gan.models.conv import conv_pair
from gan.models.dcgan import dcgan_pair, normal_start
from gan.models.generator import Generator
from gan.models.perceptrons import leaky, mlp, mlp_pair
from gan.models.progressive import progressive_pair
from gan.models.stylegan import stylegan_pair

__all__ = ["Concat", "Generator", "Projection", "cogan_pair", "conditional_pair", "conv_pair", "couple", "dcgan_pair",
           "leaky", "mlp", "mlp_pair", "normal_start", "progressive_pair", "stylegan_pair"]
