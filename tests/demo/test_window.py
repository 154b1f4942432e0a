"""vkmbv3-demo as its users see it: a window on Xvfb, drawn and computed by lavapipe, driven by mouse and keyboard."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

try:
    import pictures
    from window import Display, Window, share_of
    MISSING = None if shutil.which("Xvfb") else "Xvfb is not installed"
except ImportError as error:
    MISSING = str(error)

LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
NETWORK = ["--model", "mobilenet_v3_small", "--width", "0.25", "--input-size", "32", "--stem-stride", "1"]
ACCENT, BAD = (61, 123, 234), (255, 123, 114)  # of the dark palette


def of_a_curve(pixel):
    """Blue, of taught pictures, or amber, of held-out ones; thin lines are blended with the ground."""
    red, green, blue = pixel
    return blue > 100 and blue - red > 50 or red > 120 and red - blue > 60


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

    def open(self, *arguments, session="session", **environment):
        window = Window(self.display, "--session", self.own / session, *arguments, environment=self.drivers | environment,
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


class LiveTest(WindowTest):
    def test_shows_what_a_picture_is(self):
        validated = os.path.exists("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json")
        window = self.open("--weights", self.weights, self.others / "circle", VKMBV3_VALIDATION="1" if validated else "0")
        window.wait_for("title", "circle")
        bar = window.wait_for("result", r"circle \d")
        shot = window.screenshot()
        x, y, width, height = bar["rectangle"]
        # The bar is as long as the probability says.
        line = max((shot.row(x, row, width) for row in range(int(y), int(y + height))), key=lambda r: share_of(r, ACCENT))
        self.assertAlmostEqual(share_of(line, ACCENT), bar["value"], delta=0.05)
        # The picture itself is there: red on grey.
        x, y, width, height = window.wait_for("picture")["rectangle"]
        self.assertGreater(share_of(shot.region(x, y, width, height)[::37], pictures.CLASSES["circle"], 60), 0.05)
        window.key("Right")
        window.wait_for("picture", "101.png")
        window.key("Left")
        window.wait_for("picture", "100.png")
        window.resize(900, 700)
        time.sleep(1)
        self.assertNotIn("VUID", window.quit())

    def test_takes_files_that_are_dropped_or_named(self):
        window = self.open()
        window.wait_for("picture", "arrow.png")
        window.drop([self.weights], 500, 500)
        window.wait_for("title")
        window.drop([self.others / "square" / "102.png"], 500, 500)
        window.wait_for("title", "square")
        window.open(self.others / "triangle" / "101.png")
        window.wait_for("title", "triangle")
        broken = self.own / "broken.png"
        broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
        window.drop([broken], 500, 500)
        problem = window.wait_for("problem", "broken.png")
        self.assertGreater(share_of(window.screenshot().region(*problem["rectangle"]), BAD, 60), 0.01)
        foreign = self.own / "notes.xyz"
        foreign.write_text("no weights")
        window.drop([foreign], 500, 500)
        window.wait_for("problem", "notes.xyz")
        window.wait_for("title", "triangle")  # the network that was there goes on
        window.quit()

    def test_draws_heat_maps_and_layers(self):
        window = self.open("--weights", self.weights, self.others / "square" / "100.png")
        window.wait_for("title", "square")
        window.click("toggle", "heat map")
        x, y, width, height = window.wait_for("heat map")["rectangle"]
        glowing = [p for p in window.screenshot().region(x, y, width, height)[::37] if p[0] > 200 and p[0] - p[2] > 80]
        self.assertGreater(len(glowing), 20)
        window.key("3", control=True)
        window.click("button", "Measure")
        window.wait_for("layer", "features.0.0")
        window.quit()

    def test_plays_a_camera_until_it_is_unplugged(self):
        camera = self.own / "camera"
        shutil.copytree(self.others / "circle", camera)
        window = self.open("--weights", self.weights, "--source", f"simulated:{camera}")
        window.wait_for("title", "circle")
        window.wait_for("text", "frames/s")
        shutil.rmtree(camera)
        window.wait_for("problem", "unplugged")
        window.click("button", "Camera")
        window.wait_for("problem", "no camera was found" if not list(Path("/dev").glob("video*")) else ".*")
        window.quit()

    def test_survives_a_window_without_size(self):
        window = self.open("--weights", self.weights, self.others / "circle")
        window.wait_for("title", "circle")
        for size in ((1, 1), (640, 480), (20, 700), (1300, 820)):
            window.resize(*size)
        window.wait_for("title", "circle")
        x, y, width, height = window.wait_for("picture")["rectangle"]
        self.assertLessEqual(x + width, 1300)
        window.quit()

    def test_says_what_is_missing_in_one_line(self):
        said = subprocess.run([os.environ["VKMBV3_DEMO"]], capture_output=True, text=True,
                              env={k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")})
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stderr, r"^vkmbv3-demo: error: there is no display .*\n$")
        said = subprocess.run([os.environ["VKMBV3_DEMO"], "--device", "x"], capture_output=True, text=True)
        self.assertEqual(said.returncode, 2)
        self.assertIn("--device", subprocess.run([os.environ["VKMBV3_DEMO"], "--help"], capture_output=True, text=True).stdout)


class TeachTest(WindowTest):
    def setUp(self):
        super().setUp()
        # A session as it is after an afternoon of recording.
        shutil.copytree(self.pictures, self.own / "session" / "pictures")

    def settings(self, window, epochs):
        window.click("radio", "everything")
        window.click("number", "epochs")
        window.key("a", control=True)
        window.type(str(epochs), enter=True)

    def test_teaches_pictures_and_saves_what_it_taught(self):
        window = self.open("--weights", self.weights, "--tab", "teach", self.others / "circle")
        self.settings(window, 6)
        window.click("button", "Start teaching")
        window.wait_for("progress", "finished")
        hits, images = map(int, window.wait_for("title", r"\d+ of \d+ right")["text"].split()[0:3:2])
        self.assertEqual(images, 12)
        self.assertGreater(hits / images, 0.9)
        curve = window.wait_for("curve", "loss", value=lambda steps: steps >= 18)
        shot = window.screenshot()
        x, y, width, height = curve["rectangle"]
        # The curves go from the chart's left to its right.
        columns = [any(of_a_curve(shot.at(c, row)) for row in range(int(y), int(y + height)))
                   for c in range(int(x) + int(width) // 8, int(x + width) - int(width) // 8)]
        self.assertGreater(sum(columns) / len(columns), 0.9)
        # The matrix's diagonal is green.
        for name in pictures.CLASSES:
            cell = window.wait_for("confusion", f"{name} taken for {name}", value=lambda count: count > 0)["rectangle"]
            r, g, b = shot.at(cell[0] + 4, cell[1] + 4)
            self.assertGreater(g, r)
        saved = self.own / "taught.onnx"
        window.click("input", "taught.safetensors")
        window.key("a", control=True)
        window.type(str(saved), enter=True)
        window.click("button", "^Save$")
        window.wait_for("notice", "saved")
        self.assertGreater(self.accuracy_of(saved), 0.9)
        window.click("button", "Try it live")
        window.wait_for("title", "circle")
        window.quit()

    def test_goes_on_after_it_was_killed(self):
        window = self.open("--weights", self.weights, "--tab", "teach")
        self.settings(window, 60)
        window.click("button", "Start teaching")
        window.wait_for("progress", "epoch [2-9]")
        window.kill()
        window = self.open("--weights", self.weights, "--tab", "teach")
        self.settings(window, 60)
        steps = window.wait_for("curve", "loss", value=lambda count: count > 0)["value"]
        window.click("button", "Resume")
        window.wait_for("curve", "loss", value=lambda count: count > steps)
        window.click("button", "Pause")
        window.wait_for("progress", "paused")
        steps = int(window.wait_for("curve", "loss")["value"])
        window.quit()
        # The run is one of the command line's, too.
        said = subprocess.run([os.environ["VKMBV3_PROGRAM"], "train", "--resume", self.own / "session" / "runs" / "001", "--max-steps",
                               str(steps + 2), "--json", "--quiet"], capture_output=True, text=True, env={**os.environ, **self.drivers})
        self.assertEqual(json.loads(said.stdout)["steps"], steps + 2, said.stderr)

    def test_records_undoes_and_renames(self):
        window = self.open("--tab", "teach", "--source", f"simulated:{self.others}", session="new")
        window.click("input", "name of a new class")
        window.type("mug", enter=True)
        window.wait_for("class", "mug", value=lambda count: count == 0)
        window.hold(window.wait_for("button", "Hold to record"), 1.5)
        count = window.wait_for("class", "mug", value=lambda count: count >= 4)["value"]
        window.key("z", control=True)
        window.wait_for("class", "mug", value=lambda now: now < count)
        window.drop([self.others / "square"], *map(int, window.wait_for("class", "mug")["rectangle"][:2]))
        window.wait_for("class", "mug", value=lambda now: now >= count + 2)
        window.click("button", "^…$")
        window.click("item", "Rename")
        window.click("input", "^mug$")
        window.key("a", control=True)
        window.type("cup", enter=True)
        window.wait_for("class", "cup")
        self.assertTrue((self.own / "new" / "pictures" / "cup").is_dir())
        window.quit()

    def test_says_that_the_disk_is_full(self):
        window = self.open("--weights", self.weights, "--tab", "teach")
        self.settings(window, 1)
        window.click("button", "Start teaching")
        window.wait_for("progress", "finished")
        window.click("input", "taught.safetensors")
        window.key("a", control=True)
        window.type("/dev/full/x.safetensors", enter=True)
        window.click("button", "^Save$")
        problem = window.wait_for("problem", "/dev/full")
        self.assertGreater(share_of(window.screenshot().region(*problem["rectangle"]), BAD, 60), 0.005)
        window.quit()


if __name__ == "__main__":
    unittest.main()
