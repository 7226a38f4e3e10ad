"""Interactive figures. Each is an anywidget, so that it also runs on the book's static pages, where no kernel is.

    scrubber.py, .js    Scrubber: pictures of one run, chosen by a slider or played in turn
    minimax.py, .js     MinimaxExplorer: two bells, the best discriminator, V and JSD
    dirac.py, .js       DiracExplorer, and the smallest GAN's fields, steps and paths, which chapter 8 computes with
    faces.py, .js       FaceExplorer: a drawn face with a control for each of its factors
    faces_source.py     what it is made of, as text; painting.js is gan.data's painter once more
    asking.py, .js      AskedFaces: what a conditional generator makes of the same noise when asked for something else
    convnet.py, .js     a convolutional generator as text, and the same run in the page
    losscurves.py, .js  LossCurves: what D pays for a logit at one point, its best logit and G's gradient, side by side
    earth.py, .js       EarthMover: carry earth from bin to bin, and see how far from the cheapest plan one is
    stylemix.py, .js    StyleExplorer: two faces of a StyleGAN, and a third with styles of both, layer by layer
    stylenet.js         StyleGAN's generator and an inspector, run in the page; inspected.js says what that sees
    styletext.py        StyleGAN's generator as text, stylereader.py the inspector
    tradeoff.py, .js    TruncationCurve: faces at a truncation, and where it lies on precision against recall
    interactive.py      what all of them share in Python: a still picture, for where no script runs
    page.js             what all of them share in the page: elements, and numbers as one reads them
    source.py           the scripts, joined to the one text that an anywidget wants

The lab, in gan/lab, is built on the last three.
"""

from gan.figures.asking import AskedFaces
from gan.figures.dirac import DiracExplorer
from gan.figures.earth import EarthMover
from gan.figures.faces import FaceExplorer
from gan.figures.losscurves import LossCurves
from gan.figures.minimax import MinimaxExplorer
from gan.figures.scrubber import Scrubber
from gan.figures.stylemix import StyleExplorer
from gan.figures.tradeoff import TruncationCurve

__all__ = ["AskedFaces", "DiracExplorer", "EarthMover", "FaceExplorer", "LossCurves", "MinimaxExplorer", "Scrubber",
           "StyleExplorer", "TruncationCurve"]
