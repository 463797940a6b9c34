"""Faces found in a picture and made unrecognisable. Pure.

The model is YuNet (OpenCV Zoo, MIT licence, see yunet/LICENSE): 232 kB, on any processor. Takes a tenth of a
second for each megapixel or two: run it in a thread.
"""

from pathlib import Path

from PIL import Image

MODEL = Path(__file__).parent / "yunet" / "face_detection_yunet_2023mar.onnx"
# a pot taken for a face costs a pot, a child not seen costs more
SURE = 0.5
OVERLAP = 0.3
MOST = 5000
# the model knows faces of some 10 to 300 pixels and takes blurred walls for larger ones: what is near is looked
# for in a smaller picture
LARGEST_PX = 300
SCALES_PX = (1600, 640)
WIDER = 0.25
# so many patches are left of a face across
PATCHES = 5

Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""


def find(image: Image.Image) -> list[Box]:
    """Faces, each with hair and chin, in the picture's own pixels; one may be there twice."""
    longest = {min(longest, max(image.size)) for longest in SCALES_PX}
    return [box for each in sorted(longest) for box in _find(image, each)]


def _find(image: Image.Image, longest: int) -> list[Box]:
    # tens of megabytes that only a worker needs, and only where faces are hidden
    import cv2
    import numpy as np

    small = image.copy()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    scale = image.width / small.width
    # it warns of its own defaults at every picture
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    detector = cv2.FaceDetectorYN.create(str(MODEL), "", small.size, SURE, OVERLAP, MOST)
    _, found = detector.detect(np.ascontiguousarray(np.asarray(small)[:, :, ::-1]))
    boxes = []
    for left, top, width, height, *_ in [] if found is None else found.tolist():
        if max(width, height) > LARGEST_PX:
            continue
        more_x, more_y = width * WIDER, height * WIDER
        boxes.append(
            (
                max(0, int((left - more_x) * scale)),
                max(0, int((top - more_y) * scale)),
                min(image.width, int((left + width + more_x) * scale) + 1),
                min(image.height, int((top + height + more_y) * scale) + 1),
            )
        )
    return boxes


def hidden(image: Image.Image) -> Image.Image:
    """A copy with every face that is found in a few even patches."""
    shown = image.copy()
    for box in find(image):
        face = shown.crop(box)
        if face.width and face.height:
            patches = face.resize((PATCHES, PATCHES), Image.Resampling.BOX)
            shown.paste(patches.resize(face.size, Image.Resampling.NEAREST), box[:2])
    return shown
