"""vkmbv3-demo as its users see it: a window on Xvfb, drawn and computed by lavapipe, driven by mouse and keyboard."""
import json
import os
import re
import resource
import shutil
import struct
import subprocess
import time
import unittest
from pathlib import Path

from window_test import WindowTest

try:
    import pictures
    from window import Display, share_of
except ImportError:  # then all tests are skipped
    pass

ACCENT, BAD = (61, 123, 234), (255, 123, 114)  # of the dark palette


def of_a_curve(pixel):
    """Blue, of taught pictures, or amber, of held-out ones; thin lines are blended with the ground."""
    red, green, blue = pixel
    return blue > 100 and blue - red > 50 or red > 120 and red - blue > 60


def with_input_size(weights, size, to):
    """Writes weights of the same network for images of another size."""
    data = weights.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header["__metadata__"]["input-size"] = str(size)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    to.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])


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

    def test_a_first_start_names_what_it_sees_and_has_weights_to_teach_from(self):
        window = self.open(session="first")
        window.wait_for("text", "^100 classes, of starter.safetensors$")
        window.wait_for("title")
        window.key("2", control=True)
        window.wait_for("input", "name of a new class")
        self.assertFalse(window.find("text", "Drop a weights file"))
        window.quit()

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

    def test_goes_on_as_before_after_a_file_that_is_no_weights(self):
        window = self.open("--weights", self.weights, "--tab", "teach", self.others / "triangle")
        foreign = self.own / "notes.xyz"
        foreign.write_text("no weights")
        window.wait_for("picture")
        window.drop([foreign], 700, 300)
        window.wait_for("problem", "notes.xyz")
        window.open("/nowhere/mug.png")  # said beside what was said before
        window.wait_for("problem", "/nowhere/mug.png")
        window.wait_for("problem", "notes.xyz")
        window.key("1", control=True)
        window.wait_for("title", "triangle")
        window.click("choice", "^fp32$")
        window.click("item", "^fp16$")
        window.wait_for("text", ", fp16$")
        window.wait_for("choice", "^fp16$")
        window.quit()
        self.assertEqual(json.loads((self.own / "session/session.json").read_text())["weights"], str(self.weights))

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

    @unittest.skipUnless(shutil.which("xclip"), "xclip is not installed")
    def test_shows_a_picture_that_is_pasted(self):
        window = self.open("--weights", self.weights, self.others / "circle")
        window.wait_for("title", "circle")
        window.copy_picture(self.others / "triangle" / "100.png")
        window.key("v", control=True)
        window.wait_for("picture", "pasted")
        window.wait_for("title", "triangle")
        window.copy_text(self.others / "square" / "102.png")  # files are what else they copy, weights too
        window.key("v", control=True)
        window.wait_for("picture", "102.png")
        copied = self.own / "copied.safetensors"
        shutil.copy(self.weights, copied)
        window.copy_text(copied)
        window.key("v", control=True)
        window.wait_for("text", "of copied.safetensors")
        window.wait_for("picture", "102.png")
        window.quit()

    def test_goes_on_after_it_was_suspended(self):
        """Longer than any wait for a device is, while one is at work all the time."""
        window = self.open("--weights", self.weights, "--source", f"simulated:{self.others / 'square'}")
        window.wait_for("title", "square")
        window.suspend(12)
        before = window.wait_for("source", value=lambda count: count > 0)["value"]
        window.wait_for("source", value=lambda count: count > before + 10)
        window.key("3", control=True)
        window.key("1", control=True)
        window.wait_for("title", "square")
        self.assertFalse(window.find("problem"))
        window.quit()

    def test_keeps_its_network_where_another_does_not_fit(self):
        window = self.open("--weights", self.weights, self.others / "circle")
        window.wait_for("title", "circle")
        large = self.own / "large.safetensors"
        with_input_size(self.weights, 2000, large)
        window.leave_memory(128)
        window.drop([large], 500, 500)
        problem = window.wait_for("problem", "memory")
        self.assertIn("llvmpipe", problem["text"])
        window.open(self.others / "square" / "101.png")
        window.wait_for("title", "square")
        window.quit()

    def test_draws_twice_as_large_on_a_dense_display(self):
        usual = self.open("--weights", self.weights, self.others / "circle", session="usual")
        sizes = {}
        usual.wait_for("title", "circle")
        sizes[1] = {text: usual.wait_for("button", text)["rectangle"] for text in ("Camera", "Samples")}
        usual.quit()
        dense = Display(2800, 1800, dpi=192)
        try:
            window = self.open("--weights", self.weights, self.others / "circle", session="dense", on=dense)
            window.wait_for("title", "circle")
            for text, (_, _, width, height) in sizes[1].items():
                _, _, wide, high = window.wait_for("button", text)["rectangle"]
                self.assertAlmostEqual(wide / width, 2, delta=0.1)
                self.assertAlmostEqual(high / height, 2, delta=0.1)
            x, y, width, height = window.wait_for("picture")["rectangle"]
            shot = window.screenshot()
            self.assertLessEqual(x + width, shot.width)
            self.assertGreater(share_of(shot.region(x, y, width, height)[::97], pictures.CLASSES["circle"], 60), 0.05)
            if keep := os.environ.get("VKMBV3_SCREENSHOTS"):
                shot.save(Path(keep) / "dense.png")
            window.quit()
        finally:
            dense.close()

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
        said = subprocess.run([os.environ["VKMBV3_DEMO"], "--source", "webcam"], capture_output=True, text=True)
        self.assertEqual(said.returncode, 2)
        self.assertIn("'webcam' is none of camera,", said.stderr)
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
        window.wait_for("number", "epochs", value=lambda number: number == epochs)

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

    def test_takes_any_text_for_a_class(self):
        names = ["100 %s", "a##b", "a###c", "b###c"]
        for name in pictures.CLASSES:
            shutil.move(self.own / "session/pictures" / name, self.own / "session/pictures" / names.pop())
        window = self.open("--weights", self.weights, "--tab", "teach", self.others / "circle")
        window.click("button", "Start teaching")
        window.wait_for("progress", "finished in .* the best is kept")
        window.click("worst")
        for name in ("a##b", "a###c", "b###c"):
            window.wait_for("item", f"^{name}$")
        before = {i["text"]: i["value"] for i in window.find("class")}
        shown = window.find("worst")[0]["text"]
        to = next(name for name in before if f" {name} taken" not in shown)
        window.click("item", f"^{to}$")
        window.wait_for("class", f"^{to}$", value=lambda count: count == before[to] + 1)
        window.quit()

    def test_is_scrolled_where_the_window_is_small(self):
        window = self.open("--weights", self.weights, "--tab", "teach", self.others / "circle")
        window.wait_for("button", "Start teaching")
        window.resize(640, 480)
        window.wait_for("button", "Start teaching")
        window.move(400, 200)
        for _ in range(30):
            window.button(True, number=7)  # a wheel to the right
            window.button(False, number=7)
            if window.find("button", "^Save$"):
                break
        window.wait_for("button", "^Save$", enabled=False, patience=1)
        window.quit()

    def test_records_undoes_and_renames(self):
        window = self.open("--tab", "teach", "--source", f"simulated:{self.others}", session="new")
        window.click("input", "name of a new class")
        window.type("mug", enter=True)
        window.wait_for("class", "mug", value=lambda count: count == 0)
        window.hold(window.wait_for("button", "Hold to record"), 1.5)
        time.sleep(1)  # the last one of them is in its file and shown
        window.wait_for("class", "mug", value=lambda count: count >= 4)
        frames = sorted(file.name for file in (self.own / "new" / "pictures" / "mug").iterdir())
        self.assertEqual(frames[:2], ["000001-frame0001.png", "000001-frame0002.png"])
        window.key("z", control=True)
        window.wait_for("class", "mug", value=lambda now: now == 0)  # a recording is one change
        window.drop([self.others / "square"], *map(int, window.wait_for("class", "mug")["rectangle"][:2]))
        window.wait_for("class", "mug", value=lambda now: now >= 2)
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
        saved = self.own / "taught.safetensors"
        window.click("input", "taught.safetensors")
        window.key("a", control=True)
        window.type(str(saved), enter=True)
        whole = (self.own / "session/runs/001/best.safetensors").stat().st_size
        usual = resource.prlimit(window.process.pid, resource.RLIMIT_FSIZE, (whole // 2, resource.RLIM_INFINITY))
        window.click("button", "^Save$")
        problem = window.wait_for("problem", "free some space")
        self.assertIn(str(saved), problem["text"])
        self.assertGreater(share_of(window.screenshot().region(*problem["rectangle"]), BAD, 60), 0.005)
        self.assertFalse(saved.exists())
        resource.prlimit(window.process.pid, resource.RLIMIT_FSIZE, usual)
        window.click("button", "^Save$")
        window.wait_for("notice", "saved")
        self.assertGreater(self.accuracy_of(saved), 0.5)
        window.quit()

    def test_a_lesson_goes_on_after_it_was_suspended(self):
        window = self.open("--weights", self.weights, "--tab", "teach")
        self.settings(window, 30)
        window.click("button", "Start teaching")
        steps = window.wait_for("curve", "loss", value=lambda count: count > 0)["value"]
        window.suspend(12)
        window.wait_for("curve", "loss", value=lambda count: count > steps + 2)
        window.click("button", "Pause")
        window.wait_for("progress", "paused")
        self.assertFalse(window.find("problem"))
        window.quit()


if __name__ == "__main__":
    unittest.main()
