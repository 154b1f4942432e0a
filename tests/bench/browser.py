"""A headless Chromium, driven over the pipe of its own DevTools protocol. Standard library only."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

SECONDS = 240  # for an answer, on a busy machine


def find():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Failed(Exception):
    """Says what the page or the browser did not do."""


class Browser:
    """Opens one page. `requests` are the addresses it asked for, `messages` what it wrote to the console or threw."""

    def __init__(self, width=1280, height=900):
        self.profile = tempfile.TemporaryDirectory(prefix="vkmbv3-chromium-")
        # The browser reads from descriptor 3 and writes to 4. Numbers from 10 on cannot be in their way.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for pair in (os.pipe(), os.pipe()) for end in pair]
        theirs_in, self.out, self.input, theirs_out = ends

        def hand_over():
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self.process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}", "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=hand_over, pass_fds=(3, 4),
            start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self.received, self.count, self.session = b"", 0, None
        self.requests, self.messages, self.loaded = [], [], False
        target = next(target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.out)
        os.close(self.input)
        # Its own children may still be writing.
        shutil.rmtree(self.profile.name, ignore_errors=True)
        self.profile._finalizer.detach()

    # --- The protocol: JSON objects, each ended by a zero byte --------------------------------------------------------

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(method)
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self, awaited):
        end = time.monotonic() + SECONDS
        while b"\0" not in self.received:
            if not select.select([self.input], [], [], max(0, end - time.monotonic()))[0]:
                raise Failed(f"no answer to {awaited} within {SECONDS} s")
            part = os.read(self.input, 1 << 20)
            if not part:
                raise Failed(f"the browser ended before it answered {awaited}")
            self.received += part
        message, self.received = self.received.split(b"\0", 1)
        message = json.loads(message)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, event, data):
        if event == "Network.requestWillBeSent":
            self.requests.append(data["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.messages.append(data["exceptionDetails"].get("exception", {}).get("description", data["exceptionDetails"]["text"]))
        elif event == "Runtime.consoleAPICalled":
            self.messages.append(" ".join(str(argument.get("value", "")) for argument in data["args"]))
        elif event == "Log.entryAdded":
            self.messages.append(data["entry"]["text"])
        elif event == "Page.loadEventFired":
            self.loaded = True

    # --- What a person does -------------------------------------------------------------------------------------------

    def open(self, address):
        self.loaded = False
        self.call("Page.navigate", url=address)
        while not self.loaded:
            self.receive("loading the page")

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def system_theme(self, theme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def run(self, expression):
        """Returns the value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise Failed(result["exceptionDetails"].get("exception", {}).get("description", "an exception"))
        return result["result"].get("value")

    def middle(self, selector):
        """Scrolls an element into view and returns where its middle is."""
        place = self.run(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            if (!element) return null;
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        if place is None:
            raise Failed(f"there is no {selector}")
        return place

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def move(self, selector):
        self.mouse("mouseMoved", *self.middle(selector))

    def click(self, selector):
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def type(self, selector, text):
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.run(f"document.querySelector({json.dumps(selector)}).select?.()")
        self.call("Input.insertText", text=text)

    def press(self, key, code=None, text=None, modifiers=0):
        virtual = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, " ": 32}[key]
        text = text or {"Enter": "\r", " ": " "}.get(key)
        more = {"key": key, "code": code or ("Space" if key == " " else key), "windowsVirtualKeyCode": virtual, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **more, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    def choose(self, selector, value):
        self.run(f"""(() => {{
            const select = document.querySelector({json.dumps(selector)});
            select.value = {json.dumps(value)};
            for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, {{bubbles: true}}));
        }})()""")

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))
