"""vkmbv3-demo over an hour of a camera: 20,000 frames where VKMBV3_LONG_RUN_FRAMES asks for them (scripts/test.sh long)."""
import os
import unittest

from window_test import WindowTest

FRAMES = int(os.environ.get("VKMBV3_LONG_RUN_FRAMES", 2000))
WARM = 500  # frames until every buffer, texture and thread is there
GROWTH = 4 << 10  # KiB; a frame of 48 pixels leaked each time would be more


class LongTest(WindowTest):
    def test_memory_does_not_grow_with_the_frames(self):
        window = self.open("--weights", self.weights, "--source", f"simulated:{self.pictures / 'circle'}", "--rate", 500)
        window.wait_for("title", "circle")
        sizes = {}
        while not sizes or max(sizes) < min(sizes) + FRAMES:
            frames = window.wait_for("source")["value"]
            if frames >= WARM:
                sizes[frames] = window.memory_kib()
        order = sorted(sizes)
        self.assertGreater(len(order), 3, "too few measurements")
        middle = len(order) // 2
        early, late = (max(sizes[frame] for frame in part) for part in (order[:middle], order[middle:]))
        print(f"{int(order[-1])} frames: {early} KiB in the first half of {len(order)} measurements, {late} KiB in the second")
        self.assertLess(late - early, GROWTH)
        window.quit()


if __name__ == "__main__":
    unittest.main()
