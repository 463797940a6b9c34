"""What a picture looks like, in 64 bits. Pure.

The difference hash: shrunk to 9 × 8 greys, one bit for each pixel that is darker than its right
neighbour. It survives scaling, compression and a change of light, not cropping or turning. Hash
libraries bring numpy and scipy for what Pillow does in two lines. The lowest tenth of a picture is left
out: there the phone writes where and when it was taken (`miniprogram/src/lib/device/mark.ts`), and the same
picture taken to another school would say something else.
"""

from PIL import Image, ImageStat

WIDE, HIGH = 9, 8
# a blank wall, a ceiling, a night without light: its hash is noise and would resemble every other wall
LEAST_CONTRAST = 8.0
LEAST_BITS = 8
QUARTERS = 4
BITS = WIDE * HIGH - HIGH
MARKED = 0.1


def look(image: Image.Image) -> int | None:
    """The hash, 0 to 2^64 − 1; None for a picture with too little in it to be recognised."""
    scene = image.crop((0, 0, image.width, round(image.height * (1 - MARKED))))
    grey = scene.convert("L").resize((WIDE, HIGH), Image.Resampling.LANCZOS)
    if ImageStat.Stat(grey).stddev[0] < LEAST_CONTRAST:
        return None
    tones = grey.tobytes()
    bits = 0
    for row in range(HIGH):
        for column in range(WIDE - 1):
            at = row * WIDE + column
            bits = bits << 1 | (tones[at] < tones[at + 1])
    return bits if LEAST_BITS <= bits.bit_count() <= BITS - LEAST_BITS else None


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two hashes differ."""
    return (one ^ other).bit_count()


def quarters(hashed: int) -> list[int]:
    """The four 16-bit parts: hashes that differ in three bits or fewer have one part in common."""
    return [hashed >> 16 * part & 0xFFFF for part in range(QUARTERS)]


def signed(hashed: int) -> int:
    """As a database keeps 64 bits."""
    return hashed - (1 << 64) if hashed >> 63 else hashed


def unsigned(kept: int) -> int:
    return kept & (1 << 64) - 1
