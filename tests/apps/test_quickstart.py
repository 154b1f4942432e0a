"""scripts/quickstart.sh with its options, in a copy of the repository that is already built."""

import os
import pathlib
import shutil
import subprocess

from program import PROGRAM, ProgramTest, environment

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"
QUICK = ["--data", "synthetic:64", "--width", "0.25", "--batch-size", "16", "--max-steps", "2", "--quiet"]


class QuickstartTest(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(SCRIPTS, self.folder / "scripts")
        (self.folder / "build/release/bin").mkdir(parents=True)
        (self.folder / "build/release/bin/vkmbv3").symlink_to(pathlib.Path(PROGRAM).resolve())
        (self.folder / "tools").mkdir()
        (self.folder / "tools/cmake").symlink_to("/bin/true")

    def quickstart(self, *options):
        variables = {"VKMBV3_SKIP_PACKAGES": "1", "PATH": f"{self.folder}/tools:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "scripts/quickstart.sh", *options], capture_output=True, text=True, cwd=self.folder,
                              env=environment(self.drivers) | variables, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), len(list(SCRIPTS.glob("samples/*.png"))), done.stdout)

    def config(self, run):
        return (self.folder / run / "config.yaml").read_text()

    def test_its_options_win_over_its_own(self):
        self.quickstart(*QUICK, "--epochs", "5", "--lr=0.05")
        for line in ("epochs: 5", "lr: 0.05", "bn-momentum: 0.1", "input-size: 32"):
            self.assertIn(line + "\n", self.config("runs/quickstart"))

    def test_the_folder_may_be_named(self):
        self.quickstart(*QUICK, "--out", "mine")
        self.assertIn("epochs: 2\n", self.config("mine"))
        self.quickstart("--resume=mine", "--max-steps", "3", "--quiet")
        self.assertFalse((self.folder / "runs").exists())
