"""Networks as YAML files (docs/models.md): written, read, trained, and carried by what was made of them."""

import json
import pathlib
import re
import shutil

from program import ProgramTest, load_tensors, save_images, save_picture

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "models.md"
NET = """# two blocks and a head
name: mine
options: {num-classes: 4, input-size: 16, stem-stride: 1, width: 0.5}
rounding: truncate
stem: {out: 10}
blocks:
  - {expanded: 22, out: 10, squeeze-excite: {rounding: truncate, bias: false}, stride: 2}
  - {expanded: 26, out: 14, depthwise-activation: square, skip: convolution, stride: 2}
last: {out: 46, norm-behind-activation: true}
hidden: {out: 30, scaling: fixed, bias: false, batch-norm: true, activation: hard-swish}
"""


class ModelsTest(ProgramTest):
    def write(self, text, name="mine.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_what_timm_has_otherwise_under_its_name_is_said(self):
        for name, said in (("mobilenetv3_small_050", True), ("mobilenetv3_small_100", False), ("timm_v3_small", False), ("mobilenetv2_050", False)):
            err = self.run_program("summary", "--model", name).stderr_text
            self.assertEqual("timm's own is --model timm_v3_small --width 0.5" in err, said, err)

    def test_a_table_is_not_printed_in_two_forms(self):
        self.refused("--yaml and --json both say what is printed", "summary", "--yaml", "--json", status=2)

    def yaml(self, *arguments):
        done = self.run_program("summary", "--yaml", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        return done.stdout_text

    def test_what_summary_prints_is_a_file_that_gives_the_same_network(self):
        for arguments in (["--model", "jungin500_v3_small", "--width", "0.5"], ["--model", "tf_mobilenetv3_small_075"],
                          ["--model", self.write(NET)]):
            printed = self.yaml(*arguments)
            again = self.write(printed, "again.yaml")
            self.assertEqual(self.yaml("--model", again), printed)
            self.assertEqual(self.run_program("summary", "--model", again).stdout_text,
                             self.run_program("summary", *arguments).stdout_text)

    def test_options_of_the_command_line_win_over_those_of_the_file(self):
        narrow = self.result_of_summary("--model", self.write(NET))
        wide = self.result_of_summary("--model", self.write(NET), "--width", "1")
        self.assertEqual(narrow["model"], "mine")
        self.assertLess(narrow["parameters"], wide["parameters"])

    def result_of_summary(self, *arguments):
        return json.loads(self.run_program("summary", *arguments, "--json").stdout_text)

    def test_weights_and_runs_need_no_other_file(self):
        net, data, run = self.write(NET), self.folder / "data.safetensors", self.folder / "run"
        save_images(data, 16)
        recipe = ["--data", f"tensors:{data}", "--batch-size", "8", "--epochs", "3", "--lr", "0.01", "--quiet"]
        first = self.result("train", "--model", net, *recipe, "--max-steps", "2", "--out", run)
        self.assertEqual(first["steps"], 2)
        self.assertEqual(self.run_program("summary", "--weights", run / "weights.safetensors").stdout_text,
                         self.run_program("summary", "--model", net).stdout_text)
        self.refused("weights have their own: leave it away", "latency", "--models", run / "weights.safetensors", "--widths", "0.5,1", status=2)
        self.refused("weights have no tensor", "summary", "--weights", run / "weights.safetensors", "--model", "mobilenet_v2")
        net.unlink()
        moved = self.folder / "moved"
        shutil.move(run, moved)
        self.assertEqual(self.result("train", "--resume", moved, "--max-steps", "4", "--quiet")["steps"], 4)
        _, metadata = load_tensors(moved / "weights.safetensors")
        self.assertTrue(metadata["model"].startswith("name: mine\n"), metadata["model"])
        picture = self.folder / "0.ppm"
        save_picture(picture, 100)
        self.assertEqual(len(self.result("predict", "--weights", moved / "weights.safetensors", picture)["top"]), 4)
        self.refused("have no tensor", "predict", "--weights", moved / "weights.safetensors", "--model",
                     "mobilenet_v2", picture)

    def test_a_network_that_has_all_of_a_known_one_and_more_is_not_taken_for_it(self):
        text = self.yaml("--model", "mobilenet_v3_small", "--width", "0.25", "--num-classes", "4", "--input-size", "16")
        more = self.write(text.replace("last: {expansion: 6}", "last: {expansion: 6, squeeze-excite: true}"), "more.yaml")
        data, run, picture = self.folder / "data.safetensors", self.folder / "run", self.folder / "0.ppm"
        save_images(data, 8)
        save_picture(picture, 100)
        self.result("train", "--model", more, "--data", f"tensors:{data}", "--batch-size", "8", "--max-steps", "1", "--out", run)
        self.assertIn("features.13.fc1.weight", load_tensors(run / "weights.safetensors")[0])
        self.assertEqual(len(self.result("predict", "--weights", run / "weights.safetensors", picture)["top"]), 4)

    def test_what_is_wrong_is_named_with_file_line_row_and_key(self):
        typing_error = self.write(NET.replace("expanded: 26", "expandet: 26"), "wrong.yaml")
        self.refused(r"wrong\.yaml, line 8 \(blocks, row 2\): unknown key 'expandet' \(did you mean 'expanded'\?\)",
                     "summary", "--model", typing_error, status=2)
        self.refused(r"none\.yaml: the file cannot be read", "summary", "--model", "none.yaml", status=2)
        self.refused("--models: there is no file none.safetensors", "latency", "--models", "none.safetensors", status=2)
        self.refused("--models: there is no file none/a.yaml", "latency", "--models", "mobilenet_v2,none/a.yaml", status=2)
        self.refused("did you mean 'mobilenet_v3_small'", "summary", "--model", "mobilenet_v3_smal", status=2)
        self.refused(r"stem: width 0\.01 leaves it no channel", "summary", "--model", self.write(NET), "--width", "0.01", status=2)

    def test_the_page_lists_every_model_and_its_example_is_one(self):
        page = DOCS.read_text()
        error = self.run_program("summary", "--model", "x").stderr_text
        known = re.search(r"known are (.*?), mobilenetv2_100", error).group(1).split(", ")
        self.assertEqual(set(re.findall(r"`(\w+)`", page[page.index("| `--model` |"):page.index("Programs that call")])) & set(known),
                         set(known))
        example = self.write(re.search(r"```yaml\n(.*?)```", page, re.DOTALL).group(1), "example.yaml")
        self.assertEqual(self.result_of_summary("--model", example)["model"], "tiny")
