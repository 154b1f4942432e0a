"""The first minute with the program: what it is for, whether it works here, how a shell completes it, its manual."""

import json
import shutil
import subprocess

from program import LAVAPIPE, ProgramTest


class WithoutADeviceTest(ProgramTest):
    drivers = ()

    def printed(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertEqual(done.stderr_text, "")
        return done.stdout_text

    def test_alone_the_program_says_what_it_can_do_in_ten_lines(self):
        lines = self.printed().splitlines()
        self.assertLessEqual(len(lines), 10)
        for word in ("train", "predict", "doctor", "--help"):
            self.assertTrue(any(word in line for line in lines), word)

    def test_the_doctor_says_what_to_install_where_nothing_works(self):
        done = self.run_program("doctor", "--json")
        self.assertEqual(done.returncode, 1)
        found = json.loads(done.stdout_text)
        self.assertFalse(found["ok"])
        self.assertIsNone(found["used"])
        self.assertRegex(found["advice"][-1], "a driver for the processor works everywhere")
        text = self.run_program("doctor").stdout_text
        for title in ("vkmbv3", "system", "drivers", "used", "to do"):
            self.assertRegex(text, f"(?m)^{title} ")

    def test_the_doctor_names_a_driver_that_the_loader_fails_over(self):
        manifest = self.folder / "broken.json"
        manifest.write_text("{broken")
        done = self.run_program("doctor", "--json", VK_DRIVER_FILES=str(manifest))
        self.assertEqual(done.returncode, 1, done.stderr_text)
        self.assertRegex(json.loads(done.stdout_text)["advice"][0], f"VK_DRIVER_FILES names {manifest}, .* no JSON: unset it")

    def test_bash_completes_commands_options_values_and_files(self):
        (self.folder / "completion.bash").write_text(self.printed("completion", "bash"))
        (self.folder / "weights.pth").write_text("")

        def completed(*words):
            quoted = " ".join(f"'{word}'" for word in words)
            script = f"source completion.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _vkmbv3; printf '%s\\n' \"${{COMPREPLY[@]}}\""
            return subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True, text=True, check=True).stdout.split()

        self.assertEqual(completed("vkmbv3", "pre"), ["predict"])
        self.assertIn("--batch-size", completed("vkmbv3", "train", "--ba"))
        self.assertEqual(completed("vkmbv3", "train", "--precision", "a"), ["amp", "auto"])
        self.assertEqual(completed("vkmbv3", "predict", "--weights", "wei"), ["weights.pth"])
        self.assertEqual(completed("vkmbv3", "summary", "--weight-de"), [])
        self.assertEqual(completed("vkmbv3", "completion", ""), ["bash", "zsh", "fish"])
        # As bash takes words apart.
        self.assertEqual(completed("vkmbv3", "train", "--precision", "=", "a"), ["amp", "auto"])
        self.assertEqual(completed("vkmbv3", "train", "--precision", "="), ["fp32", "amp", "auto"])
        self.assertEqual(completed("vkmbv3", "train", "--data", "list", ":", "wei"), ["weights.pth"])
        self.assertIn("weights.pth", completed("vkmbv3", "train", "--data", "list", ":"))
        self.assertIn("--out", completed("vkmbv3", "train", "--precision", "amp", "--o"))

    def test_other_shells_take_their_scripts(self):
        checks = {"zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}
        for shell, check in checks.items():
            script = self.printed("completion", shell)
            self.assertIn("label-smoothing", script)
            self.assertRegex(script, "[('](bash zsh fish)[')]")
            if shutil.which(shell):
                (self.folder / shell).write_text(script)
                subprocess.run([*check, self.folder / shell], check=True)

    def test_the_manual_has_every_option_and_is_plain_roff(self):
        page = self.printed("man")
        self.assertTrue(page.isascii())
        for line in page.splitlines():
            self.assertRegex(line, r"^([^.']|\.(TH|SH|SS|TP|PP|B|I)\b)")
        for option in (r"\-\-label\-smoothing", r"\-\-heatmap", r"\-\-names"):
            self.assertIn(option, page)

    def test_an_unknown_shell_is_refused(self):
        self.refused("tcsh", "completion", "tcsh", status=2)


class WithADeviceTest(ProgramTest):
    drivers = (LAVAPIPE,)

    def test_the_doctor_checks_kernels_and_says_what_is_used(self):
        found = self.result("doctor")
        self.assertTrue(found["ok"])
        self.assertEqual(found["used"], 0)
        kernels = found["devices"][0]["kernels"]
        self.assertGreater(kernels["checked"], 50)
        self.assertEqual(kernels["failed"], [])
