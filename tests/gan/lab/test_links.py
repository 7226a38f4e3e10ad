"""The lab's links: settings travel there and back, and what a link says wrong is named."""
import json

import pytest
import torch


def parsed(node, link):
    return node(f"return S.parse({json.dumps(link)})")


def test_a_link_carries_every_setting_there_and_back(node):
    changed = {"data": "drawn", "points": "0zzz12aa", "loss": "wasserstein_clip", "clip": 0.2, "gp": 4, "r1": 0.5,
               "d_steps": 3, "lr": 0.0003, "d_lr": 0.02, "beta1": 0, "width": 8, "latent": 7, "batch": 64, "seed": 77}
    link = node(f"return S.format('collapse', {json.dumps(changed)})")
    told = parsed(node, "#" + link)
    assert (told["preset"], told["setting"], told["problem"]) == ("collapse", changed, "")
    assert node("return S.format('cure', S.PRESETS.cure.setting)") == "preset=cure"
    points = [[-1.5, 1.5], [0.25, -0.4], [0, 1]]
    back = node(f"return S.decode(S.encode({points}))")
    assert torch.tensor(back).sub(torch.tensor(points)).abs().max() < 0.002


@pytest.mark.parametrize("link, words", [
    ("preset=nonsense", ["no preset", "nonsense"]),
    ("lr=fast", ["lr=fast", "a number from 0 to 0.1"]),
    ("lr=", ["lr=", "a number"]),
    ("lr=1e9", ["lr=1e9"]), ("batch=12.5", ["batch=12.5", "whole number"]), ("seed=-1", ["seed=-1"]),
    ("loss=magic", ["loss=magic"]), ("data=constructor", ["data=constructor"]), ("preset=__proto__", ["__proto__"]),
    ("width=NaN&latent=0", ["width=NaN", "latent=0", "and"]), ("colour=red", ["colour", "no setting"]),
    ("data=drawn", ["drawing has no points"]), ("data=drawn&points=%3Cscript%3E", ["drawing"]),
])
def test_what_a_link_says_wrong_is_named_and_the_preset_fills_in(node, link, words):
    told = parsed(node, link)
    assert told["setting"] == node("return S.PRESETS.first.setting")
    assert told["problem"].count(".") - told["problem"].count("12.5") - told["problem"].count("0.1") == 1
    for word in [*words, "First look"]:
        assert word in told["problem"], told["problem"]


def test_anchors_of_headings_are_no_links_to_settings(node):
    assert node("return ['#one-minute-tour', '#preset=first', 'lr=1&seed=2', '#'].map(S.isLink)") == [
        False, True, True, False]
