"""The look of a picture: what it survives, and what is too plain to have one."""

import pytest
from PIL import Image, ImageEnhance

from models.evidence import prints


def scene(seed: int = 3) -> Image.Image:
    small = Image.new("L", (12, 9))
    small.putdata([(seed * 7919 + at * at * 104729) % 251 for at in range(108)])
    return small.resize((800, 600), Image.Resampling.BICUBIC)


@pytest.mark.parametrize(
    "changed",
    [
        scene().resize((320, 240)),
        scene().convert("RGB"),
        ImageEnhance.Brightness(scene()).enhance(0.8),
        ImageEnhance.Contrast(scene()).enhance(0.7),
    ],
    ids=["smaller", "in colour", "darker", "flatter"],
)
def test_a_picture_looks_like_itself(changed: Image.Image) -> None:
    before, after = prints.look(scene()), prints.look(changed)
    assert before is not None and after is not None
    assert prints.distance(before, after) <= 3
    assert set(enumerate(prints.quarters(before))) & set(enumerate(prints.quarters(after)))


def test_a_picture_looks_like_itself_under_another_mark() -> None:
    looks = []
    for tone, words in ((24, 90), (24, 210)):
        # a ninth of its height more, as phones add it
        marked = Image.new("L", (800, 667), tone)
        marked.paste(scene(), (0, 0))
        marked.paste(255, (20, 610, 20 + words * 3, 650))
        looks.append(prints.look(marked))
    assert looks[0] is not None and looks[0] == looks[1]


def test_two_scenes_do_not_look_alike() -> None:
    looks = [prints.look(scene(seed)) for seed in range(2, 9)]
    apart = [
        prints.distance(one, other) for one in looks for other in looks if one and other and one != other
    ]
    assert min(apart) > 8


@pytest.mark.parametrize(
    "plain",
    [
        Image.new("L", (640, 480), 200),
        Image.effect_noise((640, 480), 30),
        Image.radial_gradient("L").resize((640, 480)).point(lambda far: 220 - far // 16),
        Image.linear_gradient("L").rotate(90).resize((640, 480)),
    ],
    ids=["one tone", "a sensor's noise", "a wall under a lamp", "light from one side"],
)
def test_a_plain_picture_has_no_look(plain: Image.Image) -> None:
    assert prints.look(plain) is None


@pytest.mark.parametrize("hashed", [0, 1, 2**63, 2**64 - 1, 0x0123_4567_89AB_CDEF])
def test_a_database_keeps_all_64_bits(hashed: int) -> None:
    kept = prints.signed(hashed)
    assert -(2**63) <= kept < 2**63 and prints.unsigned(kept) == hashed
    assert all(0 <= part < 2**16 for part in prints.quarters(hashed))
