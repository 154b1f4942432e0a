"""What tests of the window share: a display, a network that is trained once, pictures to show."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

try:
    import pictures
    from window import Display, Window
    MISSING = None if shutil.which("Xvfb") else "Xvfb is not installed"
except ImportError as error:
    MISSING = str(error)

LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
NETWORK = ["--model", "mobilenet_v3_small", "--width", "0.25", "--input-size", "32", "--stem-stride", "1"]


class WindowTest(unittest.TestCase):
    """One display and one network for all tests."""

    @classmethod
    def setUpClass(cls):
        missing = MISSING or (None if os.path.exists(LAVAPIPE) else "there is no lavapipe")
        if missing:
            raise unittest.SkipTest(missing)
        cls.shared = tempfile.TemporaryDirectory(prefix="vkmbv3-demo-")
        cls.folder = Path(cls.shared.name)
        cls.drivers = {"VK_DRIVER_FILES": LAVAPIPE}
        cls.display = Display()
        cls.pictures = pictures.write(cls.folder / "pictures", 20)
        cls.others = pictures.write(cls.folder / "others", 4, first=100)
        cls.weights = cls.folder / "trained.safetensors"
        run = cls.folder / "run"
        subprocess.run([os.environ["VKMBV3_PROGRAM"], "train", *NETWORK, "--data", f"imagefolder:{cls.pictures}", "--epochs", "40",
                        "--batch-size", "12", "--optimizer", "adamw", "--lr", "0.005", "--scheduler", "cosine", "--bn-momentum", "0.1", "--no-augment",
                        "--quiet", "--out", run], check=True, env={**os.environ, **cls.drivers})
        shutil.copy(run / "weights.safetensors", cls.weights)

    @classmethod
    def tearDownClass(cls):
        cls.display.close()
        cls.shared.cleanup()

    def setUp(self):
        self.own = self.folder / self.id().split(".")[-1]
        self.own.mkdir()
        self.opened = []

    def tearDown(self):
        for window in self.opened:
            if window.process.poll() is None:
                window.kill()

    def open(self, *arguments, session="session", on=None, **environment):
        window = Window(on or self.display, "--session", self.own / session, *arguments, environment=self.drivers | environment,
                        folder=self.own)
        self.opened.append(window)
        return window

    def accuracy_of(self, weights):
        """Returns the share of pictures that nobody was taught which a weights file names rightly."""
        hits = 0
        for name in pictures.CLASSES:
            said = subprocess.run([os.environ["VKMBV3_PROGRAM"], "predict", "--weights", weights, "--json", "--quiet", "--topk", "1",
                                   self.others / name], check=True, capture_output=True, text=True,
                                  env={**os.environ, **self.drivers}).stdout
            hits += len(re.findall(rf'"(?:name|label|class)": *"{name}"', said))
        return hits / (4 * len(pictures.CLASSES))
