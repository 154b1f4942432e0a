"""Drives vkmbv3-demo as a person does, on a display of its own (Xvfb): looks, clicks, types, drops files.

What the window says it shows comes from --describe. That it really shows it is checked by the pixels of screenshots.
"""
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from Xlib import X, XK, Xatom, display
from Xlib.ext import xtest
from Xlib.protocol import event

PATIENCE = 120  # seconds: a cold driver compiles for long on a slow machine


class Screenshot:
    """Holds pixels as red, green, blue."""

    def __init__(self, width, height, bgrx):
        self.width, self.height, self.bgrx = width, height, bgrx

    def at(self, x, y):
        i = 4 * (int(y) * self.width + int(x))
        return self.bgrx[i + 2], self.bgrx[i + 1], self.bgrx[i]

    def row(self, x, y, width):
        return [self.at(column, y) for column in range(int(x), int(x + width))]

    def region(self, x, y, width, height):
        return [pixel for line in range(int(y), int(y + height)) for pixel in self.row(x, line, width)]

    def save(self, path):
        from PIL import Image
        Image.frombytes("RGB", (self.width, self.height), self.bgrx, "raw", "BGRX").save(path)


def near(pixel, colour, distance=40):
    return all(abs(a - b) <= distance for a, b in zip(pixel, colour))


def share_of(pixels, colour, distance=40):
    """Returns which share of the pixels have nearly a colour."""
    return sum(near(p, colour, distance) for p in pixels) / max(1, len(pixels))


class Display:
    """An X server without a screen."""

    def __init__(self, width=1400, height=900, dpi=96):
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-dpi", str(dpi), "-nolisten", "tcp"],
            pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as said:  # it comes in two parts
            self.name = ":" + said.readline().strip()
        # What desktops say of their dots an inch. The server would forget it with its last client.
        self.client = display.Display(self.name)
        resources = self.client.intern_atom("RESOURCE_MANAGER")
        self.client.screen().root.change_property(resources, Xatom.STRING, 8, f"Xft.dpi:\t{dpi}\n".encode())
        self.client.sync()

    def close(self):
        self.client.close()
        self.server.terminate()
        self.server.wait()


class Window:
    """vkmbv3-demo at work."""

    def __init__(self, shown_on, *arguments, environment=(), folder=None):
        self.folder = folder or Path(tempfile.mkdtemp(prefix="vkmbv3-demo-"))
        self.description = self.folder / "screen.json"
        self.description.unlink(missing_ok=True)
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [os.environ["VKMBV3_DEMO"], "--describe", str(self.description), *map(str, arguments)],
                env={**os.environ, **dict(environment), "DISPLAY": shown_on.name}, stderr=log, stdout=log,
                restore_signals=False)  # a file beyond a limit is an error then, as on a full disk, and no end
        self.display = display.Display(shown_on.name)
        self.root = self.display.screen().root
        self.display.change_keyboard_control(auto_repeat_mode=X.AutoRepeatModeOff)  # a slow server would repeat what is typed

    # --- Looking ---

    def items(self):
        try:
            return json.loads(self.description.read_text())["items"]
        except (FileNotFoundError, json.JSONDecodeError):
            return []

    def find(self, role, text=".*"):
        return [i for i in self.items() if i["role"] == role and re.search(text, i["text"], re.DOTALL)]

    def wait_for(self, role, text=".*", value=lambda v: True, enabled=True, patience=PATIENCE):
        """Waits until something is shown, and returns it."""
        end = time.time() + patience
        while time.time() < end:
            for item in self.find(role, text):
                if value(item["value"]) and (item["enabled"] or not enabled):
                    return item
            if self.process.poll() is not None:
                raise AssertionError(f"the program ended ({self.process.returncode}): {self.said()}")
            time.sleep(0.1)
        shown = [f"{i['role']}: {i['text']} {i['value'] or ''}" for i in self.items()]
        self.screenshot().save(self.folder / "failed.png")
        raise AssertionError(f"no {role} '{text}' within {patience} s, but: {'; '.join(shown)} ({self.folder})\n{self.said()}")

    def said(self):
        return (self.folder / "log").read_text()

    def screenshot(self):
        time.sleep(0.3)  # what was described is presented
        size = self.root.get_geometry()
        image = self.root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xffffffff)
        return Screenshot(size.width, size.height, image.data)

    # --- Acting ---

    def _at(self, item):
        x, y, width, height = item["rectangle"]
        return int(x + min(width / 2, 200)), int(y + height / 2)

    def move(self, x, y):
        xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
        self.display.sync()
        time.sleep(0.15)

    def button(self, down, number=1):
        xtest.fake_input(self.display, X.ButtonPress if down else X.ButtonRelease, number)
        self.display.sync()
        time.sleep(0.15)

    def click(self, role, text=".*", number=1):
        item = self.wait_for(role, text)
        self.move(*self._at(item))
        self.button(True, number)
        self.button(False, number)
        return item

    def hold(self, item, seconds):
        self.move(*self._at(item))
        self.button(True)
        time.sleep(seconds)
        self.button(False)

    def _key(self, keysym, down):
        xtest.fake_input(self.display, X.KeyPress if down else X.KeyRelease, self.display.keysym_to_keycode(keysym))
        self.display.sync()
        time.sleep(0.03)

    def key(self, name, control=False):
        keysym = XK.string_to_keysym(name)
        if control:
            self._key(XK.XK_Control_L, True)
            time.sleep(0.1)
        self._key(keysym, True)
        time.sleep(0.1)
        self._key(keysym, False)
        if control:
            self._key(XK.XK_Control_L, False)
        time.sleep(0.1)

    def type(self, text, enter=False):
        for letter in text:
            keysym = {"/": XK.XK_slash, ".": XK.XK_period, "-": XK.XK_minus, "_": XK.XK_underscore, " ": XK.XK_space,
                      ":": XK.XK_colon}.get(letter, ord(letter))
            shifted = letter.isupper() or letter in "_:"
            if shifted:
                self._key(XK.XK_Shift_L, True)
            self._key(keysym, True)
            self._key(keysym, False)
            if shifted:
                self._key(XK.XK_Shift_L, False)
        if enter:
            self.key("Return")

    def open(self, path):
        """Types a path into the field for it."""
        self.key("o", control=True)
        self.key("a", control=True)
        self.type(str(path), enter=True)

    def window(self):
        for window in self.root.query_tree().children:
            if window.get_wm_name() == "vkmbv3":
                return window
        raise AssertionError("the window is not there")

    def resize(self, width, height):
        self.window().configure(width=width, height=height)
        self.display.sync()

    def drop(self, files, x, y):
        """Drops files onto the window, by the protocol that file managers use (XDND)."""
        d, target = self.display, self.window()
        atom = d.intern_atom
        source = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        source.set_selection_owner(atom("XdndSelection"), X.CurrentTime)
        uris = atom("text/uri-list")

        def send(name, data):
            target.send_event(event.ClientMessage(window=target, client_type=atom(name), data=(32, data)), event_mask=0)
            d.sync()

        self.move(x, y)
        send("XdndEnter", [source.id, 5 << 24, uris, 0, 0])
        send("XdndPosition", [source.id, 0, x << 16 | y, X.CurrentTime, atom("XdndActionCopy")])
        time.sleep(0.2)
        send("XdndDrop", [source.id, 0, X.CurrentTime, 0, 0])
        end = time.time() + 10
        while time.time() < end:
            while d.pending_events():
                asked = d.next_event()
                if asked.type != X.SelectionRequest:
                    continue
                asked.requestor.change_property(asked.property, asked.target, 8,
                                                "".join(f"file://{f}\r\n" for f in files).encode())
                asked.requestor.send_event(event.SelectionNotify(
                    time=asked.time, requestor=asked.requestor, selection=asked.selection, target=asked.target,
                    property=asked.property), event_mask=0)
                d.sync()
                return
            time.sleep(0.05)
        raise AssertionError("nobody took what was dropped")

    def copy_picture(self, path):
        """Puts a picture into the clipboard, as image editors do."""
        subprocess.run(["xclip", "-selection", "clipboard", "-target", "image/png", "-in", path], check=True,
                       env={**os.environ, "DISPLAY": self.display.get_display_name()}, stdout=subprocess.DEVNULL)

    def copy_text(self, text):
        subprocess.run(["xclip", "-selection", "clipboard", "-in"], input=str(text).encode(), check=True,
                       env={**os.environ, "DISPLAY": self.display.get_display_name()}, stdout=subprocess.DEVNULL)

    def suspend(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    # --- Ending ---

    def leave_memory(self, megabytes):
        """Lets the program have no more memory than so much beyond what it has now. Returns the limits before."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        most = (int(re.search(r"VmSize:\s+(\d+)", status)[1]) << 10) + (megabytes << 20)
        return resource.prlimit(self.process.pid, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))

    def memory_kib(self):
        """Returns the program's resident memory that no file backs."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def quit(self):
        self.key("q", control=True)
        self.process.wait(timeout=PATIENCE)
        assert self.process.returncode == 0, self.said()
        return self.said()
