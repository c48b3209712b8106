"""Make the embedded photo from matplotlib's sample data: crop, shrink, store.

The photo shows Grace Hopper, computer scientist and rear admiral. It is the official portrait of
the US Navy (James S. Davis, 1984), a work of the US government and so in the public domain.

    python tools/make_photo.py
"""

from pathlib import Path

import matplotlib.cbook
import numpy as np
from PIL import Image

TARGET = Path(__file__).parent.parent / "cnnlib" / "data" / "photo.npz"

if __name__ == "__main__":
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        picture = Image.open(file).convert("RGB")
    square = picture.crop((10, 20, 490, 500)).resize((256, 256), Image.Resampling.LANCZOS)
    pixels = np.asarray(square, dtype=np.uint8).transpose(2, 0, 1)
    np.savez_compressed(TARGET, photo=pixels)
    print(TARGET, pixels.shape, f"{TARGET.stat().st_size:,} bytes")
