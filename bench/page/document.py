"""Writes the page of results: one HTML file that fetches nothing, from the template, style and scripts beside this file."""

import base64
import hashlib
import json
import pathlib
import re

from page.payload import payload

FOLDER = pathlib.Path(__file__).resolve().parent

# In this order: each uses only what stands before it.
SCRIPTS = ("elements", "numbers", "data", "view", "theme", "table", "chart", "devices", "kernels", "compare", "device", "main")
STYLES = ("page", "table", "chart")


def read(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def script():
    """Returns all scripts as one, whose names are its own."""
    return '\n"use strict";\n{\n' + "\n".join(read(f"{name}.js") for name in SCRIPTS) + "}\n"


def data_element(name, value):
    """Returns JSON as an element that holds it. No "<" is left in it, so that no text of a result can end the element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def source(text):
    """Returns how a policy names an inline script or style: by its hash."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def html(documents):
    """Returns the page of {name: document}."""
    shared, details = payload(documents)
    style, code = "\n" + "\n".join(read(f"{name}.css") for name in STYLES), script()
    # Nothing but our own script and style runs, whatever a result holds, and nothing is fetched.
    policy = (f"default-src 'none'; img-src data:; script-src {source(code)}; style-src {source(style)}; "
              "base-uri 'none'; form-action 'none'")
    elements = [data_element("shared", shared), *(data_element(f"detail-{i}", detail) for i, detail in enumerate(details))]
    parts = {"policy": policy, "style": style, "script": code, "data": "\n".join(elements)}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], read("page.html"))
