"""A folder of pictures, with everything that can be found in one."""

import os
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from gan.data import folder
from gan.data.pictures import plain

RED, GREEN, WHITE, BLACK, HALF = (1, -1, -1), (-1, 1, -1), (1, 1, 1), (-1, -1, -1), (0.0039, 0.0039, 0.0039)


def picture(colour="red", size=(20, 20), mode="RGB"):
    return Image.new(mode, size, colour)


def corners(x):
    """The colours of one image's four corners: above left and right, below left and right."""
    return [tuple(x[:, i, j].tolist()) for i in (0, -1) for j in (0, -1)]


def near(got, wanted):
    return np.abs(np.array(got) - np.array(wanted)).max() < 0.03


@pytest.fixture
def room(tmp_path):
    """Function that saves pictures, or bytes, below a folder."""
    def room(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content) if isinstance(content, bytes) else content.save(path)
        return tmp_path
    return room


# Sizes and labels -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [8, 16, 100, (8, 12)])
def test_pictures_of_any_size_become_one_tensor(room, size):
    path = room(a_png=picture(size=(40, 30)), b_jpg=picture(size=(3, 50)), c_bmp=picture(size=(1, 1)),
                d_webp=picture(size=(1000, 900)), e_tiff=picture(size=(9, 9)), f_ppm=picture(), g_gif=picture())
    for where in (path, str(path)):
        images, labels = folder(where, size)
        assert images.shape == (7, 3, *(size if isinstance(size, tuple) else (size, size)))
        assert images.dtype == torch.float32
        assert (images - torch.tensor(RED)[:, None, None]).abs().max() < 0.03
        assert images.abs().max() <= 1
        assert labels is None


def test_the_middle_is_kept_and_not_squeezed(room):
    wide = Image.new("RGB", (60, 20), "red")
    wide.paste("lime", (20, 0, 40, 20))
    images, _ = folder(room(wide_png=wide, high_png=wide.transpose(Image.Transpose.ROTATE_90)), 20)
    assert near(images.numpy(), np.array(GREEN)[:, None, None])
    whole, _ = folder(room(), (20, 60))                                           # now the high one is cut
    assert near(corners(whole[1])[0], RED)


def test_sub_folders_are_labels_in_the_order_of_their_names(room):
    path = room(dogs__a_png=picture("red"), cats__b_png=picture("lime"), cats__deep__c_png=picture("lime"),
                cats__deep__er__d_png=picture("lime"), ants__e_png=picture("white"))
    (path / "bees").mkdir()                                                       # empty, so no label
    images, labels = folder(path, 4)
    assert labels.tolist() == [0, 1, 1, 1, 2]
    assert labels.dtype == torch.int64
    assert [tuple(x[:, 0, 0].tolist()) for x in images] == [WHITE, GREEN, GREEN, GREEN, RED]


def test_labels_and_order_are_those_of_torchvision(room):
    from torchvision.datasets import ImageFolder

    path = room(b__2_png=picture("red"), b__1_png=picture("lime"), a__1_png=picture("blue"), c__x_png=picture("white"))
    images, labels = folder(path, 20)
    theirs = ImageFolder(path)
    assert labels.tolist() == theirs.targets
    assert torch.equal(images, torch.stack([torch.tensor(np.array(x)).permute(2, 0, 1) / 127.5 - 1 for x, _ in theirs]))


def test_pictures_beside_sub_folders_are_refused_at_once_but_other_files_are_not(room):
    path = room(a__b_png=picture(), notes_txt=b"Taken in May.")
    with pytest.warns(UserWarning, match=r"read 1 of 2 files .* skipped 1: notes.txt \(no picture\)"):
        assert folder(path, 4)[1].tolist() == [0]
    with pytest.raises(ValueError, match="^path: .* holds z.png beside the folder a; must have all pictures in sub"):
        folder(room(z_png=picture()), 4)


def test_hidden_files_and_folders_are_passed_over(room, tmp_path):
    path = room(a_png=picture())
    (path / ".DS_Store").write_bytes(b"\0")
    (path / ".git").mkdir()
    (path / ".git" / "b.png").write_bytes((path / "a.png").read_bytes())
    images, labels = folder(path, 4)
    assert len(images) == 1
    assert labels is None


def test_a_limit_takes_evenly_from_all_labels(room):
    path = room(**{f"{kind}__{i}_png": picture(size=(2, 2)) for kind in "abc" for i in range(10)})
    assert folder(path, 2, limit=6)[1].tolist() == [0, 0, 1, 1, 2, 2]
    assert len(folder(path, 2, limit=1_000)[0]) == 30
    with pytest.raises(ValueError, match="^limit: got 0; must be a whole number of at least 1"):
        folder(path, 2, limit=0)


# Kinds of pictures ----------------------------------------------------------------------------------------------------

def halves(mode, left, right, size=(20, 20)):
    image = Image.new(mode, size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    return image


SIXTEEN = Image.fromarray(np.repeat(np.array([[0, 32_896]], np.uint16), 20, 0).repeat(10, 1))     # black, half
PALETTE = halves("RGB", "red", "lime").convert("P", palette=Image.Palette.ADAPTIVE)
SEE_THROUGH = PALETTE.copy()
SEE_THROUGH.info["transparency"] = SEE_THROUGH.getpixel((0, 0))
KINDS = {
    "grey": (halves("L", 0, 255), "png", BLACK, WHITE),
    "one bit": (halves("1", 0, 1), "png", BLACK, WHITE),
    "palette": (PALETTE, "png", RED, GREEN),
    "palette with a hole": (SEE_THROUGH, "png", WHITE, GREEN),
    "palette with a hole, gif": (SEE_THROUGH, "gif", WHITE, GREEN),
    "transparent is white, whatever is below": (halves("RGBA", (255, 0, 0, 0), (0, 255, 0, 255)), "png", WHITE, GREEN),
    "half transparent is half white": (halves("RGBA", (0, 0, 0, 127), (255, 0, 0, 255)), "png", HALF, RED),
    "transparent webp": (halves("RGBA", (255, 0, 0, 0), (255, 255, 255, 255)), "webp", WHITE, WHITE),
    "transparent grey": (halves("LA", (0, 0), (0, 255)), "png", WHITE, BLACK),
    "16 bits": (SIXTEEN, "png", BLACK, HALF),
    "16 bits, tiff": (SIXTEEN, "tiff", BLACK, HALF),
    "16 bits, pgm": (SIXTEEN, "pgm", BLACK, HALF),
    "four inks": (halves("CMYK", (0, 255, 255, 0), (0, 0, 0, 0)), "jpg", RED, WHITE),
    "grey jpeg": (halves("L", 0, 255), "jpg", BLACK, WHITE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_become_colours(kind, tmp_path):
    image, ending, left, right = KINDS[kind]
    image.save(tmp_path / f"a.{ending}")
    images, _ = folder(tmp_path, 20)
    assert images.shape == (1, 3, 20, 20)
    assert near(corners(images[0]), [left, right, left, right])


def test_16_bits_are_not_cut_off_at_8():
    ramp = Image.fromarray(np.arange(0, 65_536, 257, dtype=np.uint16).reshape(16, 16))
    assert np.array_equal(np.array(plain(ramp)).ravel(), np.arange(256))


def test_of_an_animation_the_first_frame_is_taken(tmp_path):
    for ending in ("gif", "webp", "png"):
        picture("red").save(tmp_path / f"a.{ending}", save_all=True, append_images=[picture("lime"), picture("blue")])
    images, _ = folder(tmp_path, 20)
    assert len(images) == 3
    assert (images - torch.tensor(RED)[:, None, None]).abs().max() < 0.03


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_are_turned_upright(turn, tmp_path):
    upright = Image.new("RGB", (40, 24), "white")
    upright.paste("red", (0, 0, 20, 12))
    upright.paste("lime", (20, 0, 40, 12))
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}
    stored = upright.transpose(Image.Transpose[undo[turn]]) if turn in undo else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    images, _ = folder(tmp_path, (24, 40))
    assert np.abs(np.array(corners(images[0])) - np.array([RED, GREEN, WHITE, WHITE])).max() < 0.15


@pytest.mark.parametrize("size", [32, 300])
def test_a_large_jpeg_is_read_at_a_fraction_of_its_size_and_looks_the_same(size, tmp_path):
    y, x = np.mgrid[:1200, :1600] / 4                                             # waves of 25 pixels, 6 of 300
    waves = Image.fromarray((128 + 60 * np.sin(x) + 60 * np.sin(y)).astype(np.uint8)).convert("RGB")
    waves.save(tmp_path / "a.jpg", quality=95)
    jpeg, _ = folder(tmp_path, size)
    (tmp_path / "a.jpg").unlink()
    waves.save(tmp_path / "a.png")
    assert (jpeg - folder(tmp_path, size)[0]).abs().max() < 0.1


# What is broken -------------------------------------------------------------------------------------------------------

def cut(image, ending, share):
    import io

    buffer = io.BytesIO()
    image.save(buffer, ending)
    return buffer.getvalue()[:int(len(buffer.getvalue()) * share)]


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
BROKEN = {
    "truncated_jpg": (cut(NOISE, "JPEG", 0.6), "truncated"),
    "truncated_png": (cut(NOISE, "PNG", 0.6), "truncated"),
    "garbled_png": (cut(NOISE, "PNG", 1).replace(b"IDAT", b"IDAX"), ""),
    "head_jpg": (cut(NOISE, "JPEG", 1)[:40], ""),
    "empty_png": (b"", "no picture"),
    "page_jpg": (b"<!DOCTYPE html><title>404</title>" * 9, "no picture"),
    "notes_txt": (b"Taken in May.", "no picture"),
    "floats_tiff": (cut(Image.new("F", (4, 4), 0.5), "TIFF", 1), "nobody knows what is white"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_skipped_and_reported_or_an_error(name, room):
    content, why = BROKEN[name]
    path = room(a_png=picture(), z_png=picture(), **{name: content})
    name = name.replace("_", ".")
    with pytest.warns(UserWarning, match=rf"^gan.data.folder: read 2 of 3 files .* skipped 1: {name} \(.*{why}.*\)"):
        images, _ = folder(path, 4)
    assert len(images) == 2
    with pytest.raises(ValueError, match=rf"^path: .* holds {name} \(.*{why}.*\); must hold whole pictures alone"):
        folder(path, 4, strict=True)


def test_the_warning_names_three_and_counts_all(room):
    path = room(a_png=picture(), **{f"b{i}_txt": b"text" for i in range(9)})
    with pytest.warns(UserWarning, match=r"read 1 of 10 files .* skipped 9: b0.txt .*, b1.txt .*, b2.txt .*, …$"):
        folder(path, 4)


def test_labels_stay_with_their_pictures_where_some_are_skipped(room):
    path = room(a__1_png=b"", a__2_png=picture("red"), b__1_png=b"", c__1_png=picture("lime"))
    with pytest.warns(UserWarning, match="skipped 2"):
        images, labels = folder(path, 4)
    assert labels.tolist() == [0, 2]
    assert [tuple(x[:, 0, 0].tolist()) for x in images] == [RED, GREEN]


def test_a_picture_too_large_to_be_true_is_skipped_and_a_very_large_one_is_read(room, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    path = room(a_png=picture(), b_png=picture(size=(30, 30)))                    # PIL warns at 400 and refuses 900
    with pytest.warns(UserWarning, match=r"skipped 1: b.png \(Image size \(900 pixels\) exceeds limit") as told:
        assert len(folder(path, 4)[0]) == 1
    assert len(told) == 1


def test_a_file_that_cannot_be_opened_is_skipped(room):
    path = room(a_png=picture())
    os.symlink(path / "nowhere.png", path / "b.png")
    with pytest.warns(UserWarning, match=r"skipped 1: b.png \(.*No such file"):
        assert len(folder(path, 4)[0]) == 1


def test_strange_but_readable_is_good_enough(room, monkeypatch):
    path = room(a_png=picture())
    opened = Image.open

    def warning(*arguments, **settings):
        warnings.warn("Corrupt EXIF data", UserWarning)
        return opened(*arguments, **settings)
    monkeypatch.setattr(Image, "open", warning)
    assert len(folder(path, 4)[0]) == 1                                           # a warning would be an error here


def test_a_folder_without_pictures_says_what_it_holds(room, tmp_path):
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="^path: .*empty has no files; must be a folder of pictures"):
        folder(tmp_path / "empty", 4)
    with pytest.raises(ValueError, match=r"^path: none of 1 files in .* could be read: a.txt \(no picture\); must be"):
        folder(room(a_txt=b"text"), 4)


def test_a_path_that_is_no_folder_is_named(room):
    path = room(a_png=picture())
    with pytest.raises(NotADirectoryError, match="^path: .*a.png is a file; must be a folder"):
        folder(path / "a.png", 4)
    with pytest.raises(FileNotFoundError, match="^path: there is no .*nowhere; must be a folder"):
        folder(path / "nowhere", 4)


@pytest.mark.parametrize("size", [0, -3, 2.5, True, None, (4,), (4, 0), (4, 4, 3), "4"])
def test_a_bad_size_is_named(size, room):
    with pytest.raises(ValueError, match=r"^size: got .*; must be a whole number of at least 1, or two: \(height, w"):
        folder(room(a_png=picture()), size)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_bar_is_shown_where_it_is_wanted(wanted, room, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    folder(room(a_png=picture(), b_png=picture()), 4, progress=wanted)
    assert ("2/2" in capsys.readouterr().err) == wanted
