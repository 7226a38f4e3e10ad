"""The lab: a GAN that trains in the page, in Jupyter, in Colab and, without a kernel, in the book. See book/lab.md.

    lab.py              Lab, the widget: ``from gan.lab import Lab``
    source.py           what it is made of, as text: the scripts in their order, the style sheet, the presets' names
    network.js          small perceptrons, their gradients and Adam
    engine.js           losses, penalties and the run: algorithm 1, one player's update at a time
    data.js             the data sets, drawn ones too
    settings.js         what can be chosen, as form and as link; the presets
    count.js            what is counted of a run's fakes
    draw.js             the square and the charts
    controls.js         what a reader sees and touches
    pencil.js           drawing a data set
    lab.js              the run and its clock: what the controls do
"""

from gan.lab.lab import Lab

__all__ = ["Lab"]
