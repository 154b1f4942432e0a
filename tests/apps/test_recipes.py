"""Published recipes and MindCV's configurations, as far as a run is needed to see what becomes of them."""

import program
from program import TINY, ProgramTest, metrics

# Keys of most of MindCV's files.
MINDCV = """
mode: 0
dataset: 'imagenet'
data_dir: '/path/to/imagenet'
num_parallel_workers: 2
batch_size: 4
image_resize: 16
model: 'mobilenet_v3_small_100'
epoch_size: 2
dataset_sink_mode: True
val_while_train: True
ckpt_save_dir: './ckpt'
keep_checkpoint_max: 1
opt: 'momentum'
lr: 0.1
warmup_epochs: 1
decay_epochs: 1
label_smoothing: 0.1
"""


class RecipesTest(ProgramTest):
    def test_a_run_remembers_its_recipe_and_goes_on_without_it(self):
        program.save_images(self.folder / "data.safetensors", 16)
        run = ["train", *TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--recipe", "pengbo_v3_small", "--out", "run"]
        self.result(*run, "--max-steps", 1, "--momentum", 0.5)
        config = (self.folder / "run/config.yaml").read_text()
        for line in ("from-recipe: pengbo_v3_small", "epochs: 155", "momentum: 0.5", "weight-decay: 1e-5", "milestones: 105,125,135,145"):
            self.assertIn(f"\n{line}\n", config)
        self.assertNotIn("\nrecipe:", config)
        self.assertEqual(self.result("train", "--resume", "run", "--max-steps", 3)["steps"], 3)
        self.assertEqual((self.folder / "run/config.yaml").read_text(), config.replace("max-steps: 1", "max-steps: 3"))
        self.refused("leave one of them away", "train", "--resume", "run", "--recipe", "cifar", status=2)

    def test_the_list_and_the_nearest_name(self):
        self.assertIn("cifar", [row["name"] for row in self.result("train", "--recipe", "list")])
        done = self.run_program("train", "--recipe", "list")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout_text, r"(?m)^torchvision_v3_large +V3-Large as torchvision trained it")
        self.refused("did you mean 'cifar'", "train", "--recipe", "cifra", status=2)

    def test_mindcvs_file_trains_as_it_is(self):
        (self.folder / "theirs.yaml").write_text(MINDCV)
        for part, images in (("train", 8), ("val", 2)):
            for label in range(2):
                for i in range(images):
                    program.save_picture(self.folder / "images" / part / f"class{label}" / f"{i}.ppm", 100 * label + i)
        self.refused("data_dir: /path/to/imagenet .*--data-dir", "train", "-c", "theirs.yaml", status=2)
        small = ("--width", 0.25, "--device", "0,0", "--log-every", 1)
        result = self.result("train", "-c", "theirs.yaml", "--data_dir", "images", *small)
        self.assertRegex(self.stderr_text, r"theirs.yaml is MindCV's; without effect here: mode, dataset_sink_mode\n")
        self.assertEqual((result["steps"], result["epochs"]), (4, 2))  # of 4 images on each of two devices
        rates = [row["lr"] for row in metrics(self.folder / "ckpt", "step")]
        self.assertEqual([round(rate, 6) for rate in rates], [0, 0.05, 0.1, 0.05])
        self.assertEqual(len(list((self.folder / "ckpt/epochs").iterdir())), 1)
