"""Published recipes, as far as a run is needed to see what becomes of them."""

import program
from program import TINY, ProgramTest, metrics


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
        done = self.run_program("train", "--recipe", "list")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout_text, r"(?m)^torchvision_v3_large +V3-Large as torchvision trained it")
        self.refused("did you mean 'cifar'", "train", "--recipe", "cifra", status=2)
