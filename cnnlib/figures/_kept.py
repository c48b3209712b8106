"""Which parts of a figure keep their colours in the dark: pictures, and cells in a strong colour.

A page may recolour paper and ink for a dark theme. A photo must stay, and so must a cell in one of
the course's colours, since the number on it was chosen to be read there.
"""

import json
import struct
import zlib
from collections.abc import Container, Iterator

from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch

#: The name of the boxes in the PNG.
NAME = "cnn-kept"
_HEAD = 33  # bytes of a PNG before its second chunk


def with_kept_parts(png: bytes, figure: Figure, dpi: float, strong: Container[str]) -> bytes:
    """Return the PNG with the boxes of the parts that keep their colours, in pixels.

    Parameters
    ----------
    png : of this figure, with these dots per inch.
    strong : the colours as ``"#rrggbb"`` whose patches stay.
    """
    height = figure.bbox.height
    scale = dpi / figure.dpi
    boxes = []
    for artist, share in _kept(figure, strong):
        box = artist.get_window_extent()
        left, right = sorted((box.x0, box.x1))
        low, high = sorted((box.y0, box.y1))
        inset = [(right - left) * (1 - share) / 2, (high - low) * (1 - share) / 2]
        corners = (
            left + inset[0],
            height - high + inset[1],
            right - inset[0],
            height - low - inset[1],
        )
        boxes.append([round(corner * scale) for corner in corners])
    body = b"tEXt" + f"{NAME}\0{json.dumps(boxes)}".encode("latin-1")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_HEAD] + chunk + png[_HEAD:]


def _kept(figure: Figure, strong: Container[str]) -> Iterator[tuple[Artist, float]]:
    """Yield what stays, and the share of its width for its box: of a circle, what lies within."""
    for ax in figure.axes:
        yield from ((image, 1.0) for image in ax.images)
        for patch in ax.patches:
            if isinstance(patch, Patch) and to_hex(patch.get_facecolor()) in strong:
                yield patch, 0.7 if isinstance(patch, Circle) else 1.0
