"""Pictures that are easy to tell apart, drawn for lessons: three shapes in their own colours, anywhere, on noise."""
import random

from PIL import Image, ImageDraw

CLASSES = {"circle": (220, 60, 50), "square": (60, 180, 80), "triangle": (70, 90, 220)}


def draw(name, seed, side=48):
    random.seed(f"{name}{seed}")
    noise = Image.frombytes("RGB", (side, side), bytes(random.randrange(90, 150) for _ in range(3 * side * side)))
    pen, radius = ImageDraw.Draw(noise), random.uniform(0.2, 0.36) * side
    x, y = (random.uniform(radius, side - radius) for _ in range(2))
    colour = tuple(max(0, min(255, c + random.randrange(-25, 26))) for c in CLASSES[name])
    box = (x - radius, y - radius, x + radius, y + radius)
    if name == "circle":
        pen.ellipse(box, fill=colour)
    elif name == "square":
        pen.rectangle(box, fill=colour)
    else:
        pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)
    return noise


def write(folder, count, first=0):
    """Writes so many pictures of every class to FOLDER/CLASS/."""
    for name in CLASSES:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(first, first + count):
            draw(name, i).save(folder / name / f"{i}.png")
    return folder
