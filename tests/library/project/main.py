"""usage: main.py WEIGHTS IMAGE WIDTH HEIGHT PIXELS
Prints what main.c prints; the second line by the bytes of the image file. VKMBV3_WITHOUT_NUMPY: as where there is none."""

import os
import pathlib
import sys

if "VKMBV3_WITHOUT_NUMPY" in os.environ:
    sys.modules["numpy"] = None
import vkmbv3

with vkmbv3.Classifier(sys.argv[1], device=0) as classifier:
    for image in (sys.argv[2], pathlib.Path(sys.argv[2]).read_bytes()):
        top, logits = classifier.classify(image, top=1)
        print(top[0].name, repr(top[0].probability), *map(repr, logits))
