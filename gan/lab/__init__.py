"""The lab: a GAN that trains in the page, in Jupyter, in Colab and, without a kernel, in the book. See book/lab.md.

    lab.py              Lab and DigitsLab, the widgets: ``from gan.lab import Lab``
    source.py           what they are made of, as text: the scripts in their order, the style sheet, the presets' names

    products.c          sums of products, four at once; `make wasm` turns them into products.js
    arithmetic.js       the sums of which networks are made: plain ones, and those of products.c
    network.js          small perceptrons, their gradients and Adam
    engine.js           losses, penalties and the run: algorithm 1, one player's update at a time
    form.js             settings as a form and as a link
    chart.js            the charts
    controls.js         what somebody sees and touches
    lab.js              the run and its clock: what the controls do, for either kind of lab

    plane.js            points in the plane, the kind that lab.js runs; with data.js, settings.js (what can be chosen,
                        and the presets), count.js, draw.js (the square) and pencil.js (drawing a data set)
    digits.js           handwritten digits, the other kind; with handwriting.js (handwritten.js holds them, and a
                        network that reads), writing.js (settings and presets) and reading.js (what is read)
"""

from gan.lab.lab import DigitsLab, Lab

__all__ = ["DigitsLab", "Lab"]
