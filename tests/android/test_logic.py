"""The Android app without a phone: its JNI library and all logic that is no screen, on a Java machine and lavapipe. The tests
themselves are in java/."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))
from java_project import APP, JAVAC, TESTS, compile_java, sources  # noqa: E402
from program import LAVAPIPE, PROGRAM, TINY, environment, save_images  # noqa: E402

JNI = os.environ.get("VKMBV3_JNI", "")
JAVA = shutil.which("java")
SECONDS = 900  # far beyond what any test here takes


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=SECONDS, check=False,
                          env=environment((LAVAPIPE,)))
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class LogicTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not JAVA or not JAVAC:
            raise unittest.SkipTest("there is no JDK (default-jdk-headless)")
        if not JNI:
            raise unittest.SkipTest("this build has no libvkmbv3_jni: there was no JDK, or it has a sanitizer")
        if not os.path.exists(LAVAPIPE):
            raise unittest.SkipTest(f"{LAVAPIPE} is not installed")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.classes = cls.folder / "classes"
        wrong = compile_java(sources(APP / "core") + sources(TESTS / "java"), cls.classes)
        if wrong:
            raise AssertionError(wrong)
        save_images(cls.folder / "data.safetensors", 8)
        run(PROGRAM, "train", *TINY, "--data", f"tensors:{cls.folder}/data.safetensors", "--batch-size", 8, "--max-steps", 1,
            "--out", cls.folder / "run", "--device", 0)

    def java(self, main, *arguments):
        # Native memory is checked by the JVM: a wrong use of JNI is said.
        return [JAVA, "-Xcheck:jni", "-Xmx256m", f"-Djava.library.path={JNI}",
                f"-Dvkmbv3.weights={self.folder}/run/weights.safetensors", f"-Dvkmbv3.folder={self.folder}", "-cp", self.classes,
                main, *map(str, arguments)]

    def passes(self, name):
        said = run(*self.java("org.vkmbv3.test.Check", name))
        self.assertIn("ok ", said)
        self.assertNotIn("WARNING in native method", said)

    def test_rules(self):
        self.passes("org.vkmbv3.logic.RulesTests")

    def test_classifier(self):
        self.passes("org.vkmbv3.test.ClassifierTests")

    def test_live(self):
        self.passes("org.vkmbv3.test.LiveTests")

    def test_flow(self):
        self.passes("org.vkmbv3.test.FlowTests")

    def killed(self, folder, when):
        """Starts to teach, and kills the process as soon as a line says what is waited for."""
        process = subprocess.Popen([*map(str, self.java("org.vkmbv3.test.TeachUntilKilled", folder))], stdout=subprocess.PIPE,
                                   text=True, env=environment((LAVAPIPE,)))
        try:
            for line in process.stdout:
                if when(line.split()):
                    process.send_signal(signal.SIGKILL)
                    process.communicate(timeout=60)
                    self.assertEqual(process.returncode, -signal.SIGKILL)
                    return
            self.fail(f"it ended by itself: {process.wait()}")
        finally:
            process.kill()
            process.communicate()

    def steps(self, run_folder):
        rows = map(json.loads, (run_folder / "metrics.jsonl").read_text().splitlines())
        return [row["step"] for row in rows if row["kind"] == "step"]

    def test_goes_on_after_its_process_is_killed(self):
        folder = self.folder / "killed"
        self.killed(folder, lambda words: words[0] == "TRAINING" and int(words[1]) >= 20)
        said = run(*self.java("org.vkmbv3.test.TeachUntilKilled", folder)).split("\n")
        stage, step = said[0].split()[1:]
        self.assertEqual(stage, "WAITING")
        self.assertGreater(int(step), 0, "from the last checkpoint")
        last = int(said[-2].split()[1])
        self.assertEqual(said[-2], f"FINISHED {last}")
        self.assertEqual(self.steps(folder / "session/runs/001"), [*range(1, last + 1)], "every step once")
        # A desktop reads what was taught.
        picture = next((folder / "session/pictures/red").iterdir())
        answer = json.loads(run(PROGRAM, "predict", "--weights", folder / "session/runs/001/best.safetensors", "--json", picture))
        self.assertEqual({row["label"] for row in answer["top"]}, {"red", "green", "blue"})

    def test_starts_again_where_it_was_killed_before_it_began(self):
        folder = self.folder / "early"
        self.killed(folder, lambda words: words[0] == "PREPARING")
        self.assertIn("\nFINISHED ", run(*self.java("org.vkmbv3.test.TeachUntilKilled", folder)))

    def test_a_desktop_goes_on_with_a_phones_lesson(self):
        folder = self.folder / "moved"
        self.killed(folder, lambda words: words[0] == "TRAINING" and int(words[1]) >= 20)
        moved = self.folder / "on the desktop"
        folder.rename(moved)  # what was taught from lies elsewhere now, as after a copy
        (moved / "session").rename(folder)
        run(PROGRAM, "train", "--resume", folder / "runs/001", "--data", f"imagefolder:{folder}/pictures")
        steps = self.steps(folder / "runs/001")
        self.assertEqual(steps, [*range(1, len(steps) + 1)])
        self.assertEqual(steps[-1] % 15, 0, "all fifteen epochs")


if __name__ == "__main__":
    unittest.main()
