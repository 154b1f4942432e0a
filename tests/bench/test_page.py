"""The page of results: as a file, and as people use it, in a headless Chromium where there is one."""

import html.parser
import json
import re
import unittest
import urllib.parse

from tools import BENCH, ROOT, ToolTest, around, kernel, layer, model, result
from test_compact import suite_result

import browser
import page.document
import page.payload

EVIL = ['</script><script>window.broken = 1</script>', '<img src=x onerror="window.broken = 2">', '"><svg onload=window.broken=3>',
        "{{script}} \u2028 ' & <!--", "https://example.org/x.js"]


def device(name, speed=1.0, **more):
    """A device with kernels and networks; all times are divided by its speed."""
    def timed(row, median):
        times = around(median / speed)
        return {**row, "times_us": times, "median_us": sorted(times)[len(times) // 2]}

    kernels = [timed(kernel(operator, [1], batch, precision, flops=flops, shapes="a x b -> c", kernels=[f"{operator}[f32]"]), batch * us)
               for operator, us, flops in (("depthwise", 40, 2e8), ("pointwise", 90, 8e9), ("batch_norm", 20, 0))
               for batch in (1, 32) for precision in ("fp32", "fp16")]
    layers = [layer("features.0", "convolution", 300), layer("features.1", "depthwise", 500), layer("features.2", "depthwise", 100)]
    models = [model(mode, batch, layers if mode == "training" else ()) for mode in ("training", "inference") for batch in (1, 32)]
    for row in models:
        row["wall_us"] = [time / speed for time in row["wall_us"]]
        row["median_wall_us"] /= speed
        row["images_per_second"] *= speed
    peaks = {"copy_gbps": 400.0 * speed, "fp32_gflops": 10000.0 * speed, "launch_us": 4.0}
    return result(kernels, models, name, **{"peaks": peaks, **more})


def devices():
    return {"one": device("the first device"), "two": device("a device twice as fast", 2.0), "three": device("Radeon third", 0.5)}


class Checker(html.parser.HTMLParser):
    """Holds a page's elements to be closed as they were opened, and notes what it could fetch."""

    VOID = {"meta", "link", "input", "br", "img"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.fetched, self.ids, self.labelled, self.controls, self.text = [], [], [], set(), [], {}

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.fetched += [value for name, value in attributes.items() if name in ("src", "href", "srcset", "action", "data", "poster")]
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag in ("input", "select") and "label" not in [tag for tag, _ in self.open] and "aria-label" not in attributes:
            self.controls.append(attributes.get("id"))
        if tag not in self.VOID:
            self.open.append((tag, attributes))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"</{tag}> ends <{opened}>"

    def handle_data(self, data):
        if self.open:
            tag, attributes = self.open[-1]
            self.text.setdefault((tag, attributes.get("id")), "")
            self.text[tag, attributes.get("id")] += data


def checked(text):
    checker = Checker()
    checker.feed(text)
    checker.close()
    return checker


class FileTest(ToolTest):
    def test_elements_are_closed_and_ids_are_unique(self):
        checker = checked(page.document.html(devices()))
        self.assertEqual(checker.open, [])
        self.assertEqual(len(checker.ids), len(set(checker.ids)))
        self.assertEqual(checker.controls, [], "controls without a label")

    def test_nothing_is_fetched(self):
        text = page.document.html(devices())
        self.assertEqual([address for address in checked(text).fetched if not address.startswith(("#", "data:,"))], [])
        self.assertEqual(re.findall(r"@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|\bimport\(", text), [])
        self.assertEqual(set(re.findall(r"https?://[^\s\"']*", text)), {"http://www.w3.org/2000/svg"})  # a name, never an address

    def test_its_policy_allows_its_own_script_and_style_only(self):
        checker = checked(page.document.html(devices()))
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page.document.html(devices()))[1]
        self.assertTrue(policy.startswith("default-src 'none'; img-src data:; script-src 'sha256-"))
        self.assertIn(page.document.source(checker.text["script", None]), policy)
        self.assertIn(page.document.source(checker.text["style", None]), policy)
        self.assertNotIn("unsafe", policy)

    def test_scripts_write_no_markup(self):
        for path in sorted((BENCH / "page").glob("*.js")):
            text = path.read_text(encoding="utf-8")
            found = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc", text)
            self.assertEqual(found, [], path)

    def test_every_script_and_style_is_in_the_page(self):
        self.assertEqual(sorted(path.stem for path in (BENCH / "page").glob("*.js")), sorted(page.document.SCRIPTS))
        self.assertEqual(sorted(path.stem for path in (BENCH / "page").glob("*.css")), sorted(page.document.STYLES))

    def test_foreign_text_stays_in_its_element(self):
        documents = {f"evil{i}": device(name) for i, name in enumerate(EVIL)}
        for document in documents.values():
            document["kernels"][0].update(layer=EVIL[0], operator=EVIL[1], shapes=EVIL[2])
            document["failures"] = list(EVIL)
        plain, evil = (page.document.html(some) for some in (devices(), documents))
        self.assertEqual(evil.count("<script"), plain.count("<script") + len(EVIL) - len(devices()))
        self.assertNotIn("<img", evil)
        shared = json.loads(checked(evil).text["script", "shared"])
        self.assertEqual([entry["name"] for entry in shared["devices"]], EVIL)

    def test_what_it_shows_is_what_was_measured(self):
        shared, (detail,) = page.payload.payload({"lavapipe": suite_result()})
        document = suite_result()
        summary = shared["devices"][0]
        self.assertEqual(summary["peaks"]["copy_gbps"], 13.75)
        run = next(run for run in summary["models"] if run["name"] == "mobilenet_v3_small/b32/fp32/training")
        self.assertEqual((run["batch"], run["rate"]), (32, 82.33))
        self.assertEqual(len(detail["kernels"]["us"]), len(document["kernels"]))
        first = document["kernels"][0]
        model_, batch, precision, layer_, label, operator, shapes, flops, least = shared["keys"][detail["kernels"]["key"][0]]
        texts = shared["texts"]
        self.assertEqual(f"{texts[model_]}/b{batch}/{texts[precision]}/{texts[layer_]}/{texts[label]}", first["name"])
        self.assertEqual((texts[operator], texts[shapes]), (first["operator"], first["shapes"]))
        self.assertEqual((flops, least), (first["flops"], first["least_bytes"]))
        self.assertEqual(shared["roofs"][detail["kernels"]["roof"][0]], first["roof"])
        low = first["median_us"] * (1 - detail["kernels"]["low"][0] / 1000)
        self.assertAlmostEqual(low / min(first["times_us"]), 1, delta=1e-3)

    def test_members_may_be_missing(self):
        bare = {"format": 1, "device": {}, "kernels": [{"name": "k"}, {"name": "l", "median_us": 3}],
                "models": [{"name": "m", "layers": [{}]}]}
        done = self.run_tool("report", "--page", self.folder / "page.html", self.write("r.json", bare))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_tool_writes_and_checks_it(self):
        out = self.folder / "page.html"
        one, two = (self.write(f"{name}.json", document) for name, document in list(devices().items())[:2])
        self.assertEqual(self.run_tool("report", "--page", out, one, two).returncode, 0)
        self.assertEqual(out.read_text(encoding="utf-8"), page.document.html({"one": devices()["one"], "two": devices()["two"]}))
        self.assertEqual(self.run_tool("report", "--page", out, one, two, "--check").returncode, 0)
        done = self.run_tool("report", "--page", out, one, "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not what the results give; run bench/report --page", done.stderr)

    def test_a_result_is_never_taken_for_the_page_to_write(self):
        one = self.write("one.json", devices()["one"])
        before = one.read_bytes()
        self.run_tool("report", "--page", one, "--check")
        self.assertEqual(one.read_bytes(), before)

    def test_wrong_results_are_refused_by_name(self):
        document = devices()["one"]
        document["kernels"][0]["median_us"] = "<b>fast</b>"
        done = self.run_tool("report", "--page", self.folder / "page.html", self.write("one.json", document))
        self.assertEqual(done.returncode, 2)
        self.assertIn("one.json: kernels[0].median_us is '<b>fast</b>', not a number", done.stderr)
        self.assertFalse((self.folder / "page.html").exists())

    def test_committed_page_is_what_the_committed_results_give(self):
        done = self.run_tool("report", "--page", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("(results.html)", (ROOT / "docs/devices.md").read_text(encoding="utf-8"))


@unittest.skipUnless(browser.find(), "there is no chromium: the page of results was tried in no browser")
class BrowserTest(ToolTest):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.browser.resize(1280, 900)
        self.browser.system_theme("light")
        self.browser.messages.clear()
        self.browser.requests.clear()

    def tearDown(self):
        # Errors, and what the policy of the page kept from running or loading, are written to the console.
        self.assertEqual(self.browser.messages, [])

    def show(self, documents=None, address=""):
        path = self.folder / "page.html"
        path.write_text(page.document.html(documents or devices()), encoding="utf-8")
        self.browser.open(path.as_uri() + address)
        return path

    def text(self, selector):
        return self.browser.run(f"document.querySelector({json.dumps(selector)}).innerText")

    def texts(self, selector):
        return self.browser.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((element) => element.innerText)")

    def column(self, table, number):
        """Returns the first lines of a column's cells."""
        return [cell.split("\n")[0].strip() for cell in self.texts(f"{table} tbody tr > :nth-child({number})")]

    def order(self, table, number):
        return self.browser.run(f"document.querySelector('{table} thead th:nth-child({number})').getAttribute('aria-sort')")

    def heading(self, table, title):
        """Returns the number of a column."""
        return self.texts(f"{table} thead button").index(title) + 1

    def test_it_opens_alone(self):
        path = self.show()
        self.assertEqual(self.browser.requests, [path.as_uri()])
        self.assertEqual(self.text("#devices-count"), "3 results")
        self.assertEqual(self.column("#devices-table", 1), ["a device twice as fast", "the first device", "Radeon third"])

    def test_foreign_text_is_text(self):
        documents = {f"evil{i}": device(name) for i, name in enumerate(EVIL)}
        for document in documents.values():
            document["kernels"][0].update(layer=EVIL[0], operator=EVIL[1], shapes=EVIL[2])
            document["kernels"][0]["name"] = f"mobilenet_v3_large/b1/fp32/{EVIL[0]}/{EVIL[1]}"
            document["failures"] = list(EVIL)
        path = self.show(documents)
        self.browser.move("#roofline .mark")
        self.assertIsNone(self.browser.run("window.broken"))
        self.assertEqual(self.browser.requests, [path.as_uri()])
        self.assertEqual(self.browser.run("document.querySelectorAll('img, main script').length"), 0)
        names = self.column("#devices-table", 1)
        self.assertLessEqual({EVIL[0], EVIL[1], EVIL[2], EVIL[4]}, set(names))
        self.assertTrue(any(name.startswith("{{script}}") for name in names))
        self.assertIn(EVIL[0], self.text("#device-facts"))

    def test_its_policy_keeps_other_scripts_from_running(self):
        self.show()
        self.browser.run("""(async () => {
            const script = document.createElement("script");
            script.textContent = "window.broken = 1";
            const picture = document.createElement("img");
            picture.setAttribute("onerror", "window.broken = 2");
            picture.src = "file:///dev/null";
            document.body.append(script, picture);
            await new Promise((resolve) => setTimeout(resolve, 100));
        })()""")
        kept_out = [f"{what}.*violates the following Content Security Policy"
                    for what in ("inline script", "inline event handler", "Loading the image")]
        for _ in range(100):  # what a browser says comes when it has the time
            said = "\n".join(self.browser.messages)
            if all(re.search(pattern, said) for pattern in kept_out):
                break
            self.browser.run("new Promise((resolve) => setTimeout(resolve, 100))")
        self.assertIsNone(self.browser.run("window.broken"))
        self.browser.messages.clear()
        for pattern in kept_out:
            self.assertRegex(said, pattern)

    def test_sorting(self):
        self.show()
        copy = self.heading("#devices-table", "Copy")
        button = f"#devices-table thead th:nth-child({copy}) button"
        self.assertEqual(self.order("#devices-table", copy), "none")
        self.browser.click(button)
        self.assertEqual(self.order("#devices-table", copy), "descending")
        self.assertEqual(self.column("#devices-table", copy), ["800", "400", "200"])
        self.browser.click(button)
        self.assertEqual(self.order("#devices-table", copy), "ascending")
        self.assertEqual(self.column("#devices-table", copy), ["200", "400", "800"])
        self.browser.click("#devices-table thead th:nth-child(1) button")
        self.assertEqual(self.column("#devices-table", 1), ["Radeon third", "a device twice as fast", "the first device"])
        self.assertEqual(self.order("#devices-table", copy), "none")

    def test_what_has_no_value_comes_last(self):
        documents = devices()
        documents["one"]["peaks"]["fp16_gflops"] = 5.0
        documents["two"]["peaks"]["fp16_gflops"] = 7.0
        self.show(documents)
        column = self.heading("#devices-table", "fp16")
        for expected in (["7.00", "5.00", "–"], ["5.00", "7.00", "–"]):
            self.browser.click(f"#devices-table thead th:nth-child({column}) button")
            self.assertEqual(self.column("#devices-table", column), expected)

    def test_filtering(self):
        self.show()
        self.browser.type("#filter", "DEVICE fast")
        self.assertEqual(self.column("#devices-table", 1), ["a device twice as fast"])
        self.assertEqual(self.text("#devices-count"), "1 of 3 results")
        self.assertEqual(self.browser.run("document.querySelectorAll('#scaling-training .curve').length"), 1)
        self.browser.type("#filter", "nowhere")
        self.assertIn("no device is found", self.text("#devices-table"))

    def test_batch_and_mode(self):
        self.show()
        training = self.heading("#devices-table", "Training")
        self.assertEqual(self.column("#devices-table", training), ["64,000", "32,000", "16,000"])
        self.browser.choose("#batch", "1")
        self.assertEqual(self.column("#devices-table", training), ["2,000", "1,000", "500"])

    def test_comparing_two_devices(self):
        self.show()
        self.browser.choose("#compare-a", "one")
        self.browser.choose("#compare-b", "two")
        self.assertIn("B is 2.00× as fast as A over 12 kernels", self.text("#compare-summary"))
        self.assertIn("12 faster, 0 slower, 0 the same", self.text("#compare-summary"))
        self.assertEqual(set(self.column("#compare-kernels", self.heading("#compare-kernels", "B is"))), {"faster"})
        self.assertEqual(set(self.column("#compare-networks", self.heading("#compare-networks", "B over A"))), {"2.00×"})
        self.browser.click("#swap")
        self.assertIn("B is 0.50× as fast as A", self.text("#compare-summary"))
        self.browser.type("#compare-filter", "depthwise")
        self.browser.choose("#compare-batch", "32")
        self.assertIn("over 2 kernels", self.text("#compare-summary"))
        self.assertEqual(self.column("#compare-operators", 1), ["depthwise"])

    def test_comparing_two_versions_sees_noise(self):
        documents = {"old": device("a device"), "new": device("a device")}
        documents["new"]["program"]["version"] = "0.2.0"
        slower = documents["new"]["kernels"][0]
        slower["times_us"] = [1.3 * time for time in slower["times_us"]]
        slower["median_us"] *= 1.3
        shaken = documents["new"]["kernels"][1]  # slower, too, but among the other's repetitions
        shaken["median_us"] *= 1.2
        shaken["times_us"] = [shaken["median_us"], *shaken["times_us"]]
        self.show(documents, "#compare?a=old&b=new")
        self.assertIn("0 faster, 1 slower, 11 the same within noise", self.text("#compare-summary"))
        self.assertEqual(self.column("#compare-kernels", 1)[0], "features.3 / depthwise")

    def test_roofline_tells_its_points(self):
        self.show()
        self.browser.choose("#device-name", "one")
        self.assertEqual(self.browser.run("document.querySelectorAll('#roofline .mark').length"), 2)  # batch_norm computes nothing
        label = self.browser.run("document.querySelector('#roofline svg').getAttribute('aria-label')")
        self.assertIn("2 kernels by FLOPs a byte", label)
        self.browser.move("#roofline .mark")
        tip = self.text("#roofline .tip")
        for expected in ("features.3 / depthwise", "batch 32, fp32", "50.0 FLOPs a byte", "60 % of the nearer roof"):
            self.assertIn(expected, tip)
        box = self.browser.run("""(() => {
            const tip = document.querySelector("#roofline .tip").getBoundingClientRect();
            const mark = document.querySelector("#roofline .mark").getBoundingClientRect();
            return [tip.left, innerWidth - tip.right, Math.abs(tip.top - mark.top)];
        })()""")
        self.assertTrue(box[0] >= 0 and box[1] >= 0 and box[2] < 60, box)
        self.browser.move("h1")
        self.assertEqual(self.text("#roofline .tip"), "")

    def test_charts_from_the_keyboard(self):
        self.show()
        self.browser.choose("#device-name", "one")
        self.browser.run("document.querySelector('#roofline svg').focus()")
        said = []
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"):
            self.browser.press(key)
            said.append(self.text("#roofline .tip").split("\n")[0])
        self.assertEqual(said, ["features.3 / depthwise", "features.3 / pointwise", "features.3 / depthwise", "features.3 / pointwise",
                                "features.3 / depthwise"])
        self.browser.press("Escape")
        self.assertEqual(self.text("#roofline .tip"), "")

    def test_scaling_chart_and_its_table(self):
        self.show()
        self.browser.move("#scaling-inference .mark")
        self.assertEqual(self.text("#scaling-inference .tip").split("\n"),
                         ["a device twice as fast · driver 1.0 · vkmbv3 0.1.0", "2,000 images/s, batch 1"])
        self.browser.click("#scaling-details summary")
        self.assertEqual(len(self.column("#scaling-table", 1)), 12)

    def test_reads_that_caches_serve_are_a_curve(self):
        documents = devices()
        documents["one"]["peaks"]["cached_reads"] = [{"bytes": 4096 << i, "gbps": 3000.0 / (i + 1)} for i in range(17)]
        self.show(documents)
        self.browser.choose("#device-name", "one")
        self.assertEqual(self.browser.run("document.querySelectorAll('#caches .mark').length"), 17)
        self.browser.move("#caches .mark")
        self.assertEqual(self.text("#caches .tip").split("\n"), ["4 KiB", "3.00 TB/s"])
        self.browser.click("#caches-details summary")
        self.assertEqual(self.column("#caches-table", 1)[:2], ["4 KiB", "8 KiB"])
        self.browser.choose("#device-name", "two")
        self.assertIn("Nothing of it was measured.", self.text("#caches"))

    def test_one_device(self):
        documents = {"known": device("AMD Radeon RX 7900 XTX (RADV NAVI31)"), "noisy": device("another", noisy=True, noise=0.09)}
        documents["noisy"].update(clocks={"core_least_mhz": 1500.0, "core_most_mhz": 1980.4}, temperature={"least_c": 41.0, "most_c": 63.0},
                                  held_by=["heat"])
        self.show(documents)
        self.browser.choose("#device-name", "known")
        self.assertEqual(self.column("#device-peaks", 3)[0], "960 GB/s")
        self.assertEqual(self.column("#device-peaks", 4)[0], "42 %")
        self.assertEqual(self.column("#device-operators", 1), ["depthwise", "convolution"])
        self.assertEqual(self.column("#device-operators", 4), ["67 %", "33 %"])
        self.assertEqual(len(self.column("#device-kernels", 1)), 3)  # of the largest batch in fp32
        self.browser.choose("#device-name", "noisy")
        self.assertIn("noisy machine: a probe's medians disagreed by 9.0 %", self.text("#device-facts"))
        self.assertIn("measured at: core 1500 to 1980 MHz, 41 to 63 °C, held down by heat", self.text("#device-facts"))
        self.browser.click("#devices-table tbody tr:nth-child(1) .link")
        self.assertIn("known", self.browser.run("document.querySelector('#device-name').value"))

    def test_long_tables_show_a_part_first(self):
        documents = devices()
        documents["one"]["kernels"] += [kernel("pointwise", around(50), layer=f"layer{i}",
                                               name=f"mobilenet_v3_large/b32/fp32/layer{i}/pointwise") for i in range(60)]
        self.show(documents)
        self.browser.choose("#device-name", "one")
        self.assertEqual(len(self.column("#device-kernels", 1)), 25)
        self.browser.click("#device-kernels .more button")
        self.assertEqual(len(self.column("#device-kernels", 1)), 63)

    def background(self):
        return self.browser.run("getComputedStyle(document.body).backgroundColor")

    def test_themes(self):
        self.show()
        light = self.background()
        self.browser.system_theme("dark")
        dark = self.background()
        self.assertNotEqual(light, dark)
        self.browser.choose("#theme", "light")
        self.assertEqual(self.background(), light)
        self.browser.choose("#theme", "")
        self.assertEqual(self.background(), dark)
        self.browser.system_theme("light")
        self.browser.choose("#theme", "dark")
        self.assertEqual(self.background(), dark)
        self.show()  # it is remembered
        self.assertEqual(self.background(), dark)
        self.browser.choose("#theme", "")
        self.assertEqual(self.background(), light)

    def contrast(self, selector):
        """Returns WCAG's contrast of an element's text and its background."""
        return self.browser.run(f"""(() => {{
            const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const part = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
            const light = ([r, g, b]) => 0.2126 * part(r / 255) + 0.7152 * part(g / 255) + 0.0722 * part(b / 255);
            const element = document.querySelector({json.dumps(selector)});
            const ink = light(numbers(getComputedStyle(element).color));
            let behind = element;
            while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
            const paper = light(numbers(getComputedStyle(behind).backgroundColor));
            return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        }})()""")

    def test_text_can_be_read_in_both_themes(self):
        self.show()
        for theme in ("light", "dark"):
            self.browser.system_theme(theme)
            for selector in ("p.lead", "caption", "thead button", "tbody small", ".link", "label", "[class^=verdict-]", "footer p"):
                self.assertGreaterEqual(self.contrast(selector), 4.5, f"{selector}, {theme}")

    def focused(self):
        return self.browser.run("document.activeElement.id || document.activeElement.className || document.activeElement.innerText")

    def test_keyboard(self):
        self.show()
        self.browser.press("Tab")
        self.assertEqual(self.focused(), "skip")
        self.browser.press("Enter")
        self.assertEqual(self.focused(), "devices")
        self.browser.press("Tab")
        self.assertEqual(self.focused(), "filter")
        copy = self.heading("#devices-table", "Copy")
        self.browser.run(f"document.querySelector('#devices-table thead th:nth-child({copy}) button').focus()")
        self.browser.press("Enter")
        self.assertEqual(self.order("#devices-table", copy), "descending")
        self.assertEqual(self.focused(), "Copy")  # still there, to sort the other way
        self.browser.press(" ")
        self.assertEqual(self.order("#devices-table", copy), "ascending")
        self.assertNotEqual(self.browser.run("getComputedStyle(document.activeElement).outlineStyle"), "none")

    def test_everything_has_a_name_for_screen_readers(self):
        self.show()
        self.browser.call("Accessibility.enable")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        self.browser.call("Accessibility.disable")
        named = ("button", "combobox", "searchbox", "link", "image", "table", "columnheader", "rowheader", "region", "search")
        roles = {}
        for node in nodes:
            role = node.get("role", {}).get("value")
            if role in named and not node.get("ignored"):
                roles.setdefault(role, []).append(node.get("name", {}).get("value", ""))
        self.assertEqual([(role, name) for role, names in roles.items() for name in names if not name], [])
        for caption in ("Devices", "Whole networks", "By operator", "Kernel by kernel", "Peaks", "Networks", "Time by operator",
                        "Kernels"):
            self.assertTrue(any(name.startswith(caption) for name in roles["table"]), caption)
        self.assertEqual(len([name for name in roles["image"] if "Arrow keys walk through the points" in name]), 3)

    def test_address_holds_what_was_chosen(self):
        self.show(address="#compare?a=three&b=one&device=two&batch=1&filter=" + urllib.parse.quote("the first"))
        chosen = self.browser.run("""Object.fromEntries([...document.querySelectorAll("[id]")].map(({id, value}) => [id, value ?? ""]))""")
        expected = {"compare-a": "three", "compare-b": "one", "device-name": "two", "batch": "1", "filter": "the first"}
        self.assertEqual({name: chosen[name] for name in expected}, expected)
        self.browser.choose("#compare-a", "two")
        self.assertIn("a=two&b=one", self.browser.run("location.hash"))
        self.show(address="#compare?a=nobody&batch=7&network=%")
        self.assertEqual(self.browser.run("document.getElementById('compare-a').value"), "one")

    def test_narrow_screens_scroll_tables_only(self):
        self.show()
        self.browser.resize(360, 740)
        self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), 360)

    def test_one_result_alone(self):
        self.show({"one": devices()["one"]})
        self.assertIn("B is 1.00× as fast as A", self.text("#compare-summary"))

    def test_results_with_little_in_them(self):
        empty = result(device="empty")
        empty["peaks"] = {}
        self.show({"empty": empty, "bare": {"format": 1, "device": {}, "kernels": [{"name": "k"}], "models": [], "peaks": {}}})
        self.assertIn("no kernel is found", self.text("#device-kernels"))
        self.assertIn("No device here has measured it.", self.text("#scaling-training"))

    def test_committed_results(self):
        self.browser.open((ROOT / "docs/results.html").as_uri())
        self.assertIn("llvmpipe", self.text("#devices-table"))
        self.browser.choose("#device-name", "lavapipe")
        self.assertGreater(self.browser.run("document.querySelectorAll('#roofline .mark').length"), 100)
