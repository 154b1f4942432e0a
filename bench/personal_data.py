"""Finds in a result what tells who measured it, and where: it is published."""

import getpass
import os
import pathlib
import re
import socket

PATTERNS = [
    ("a home folder", r"(?:/home/|/Users/|/root\b|\b[A-Za-z]:\\+Users\\+)[^\s\"']*"),
    ("a path", r"(?<![\w.\-])/(?:[\w.\-+]+/)+[\w.\-+]+|\b[A-Za-z]:\\+\w[^\s\"']*"),
    ("an e-mail address", r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    ("a MAC address", r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"),
    ("a UUID", r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b"),
    ("a serial number", r"(?i)\bserial(?: ?(?:number|no\.?))?[ :=#]+\w*\d\w*"),
]
IP_ADDRESS = r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])"

# Elsewhere stand names of devices, drivers and layers: versions that look like IP addresses, words that may be anybody's name.
FREE_TEXT = r"host\.(?!cpu)|failures|peaks\.|.*\.(?:failure|skipped)$"
EVERYBODYS = {"root", "user", "users", "admin", "administrator", "localhost", "localdomain", "debian", "ubuntu", "fedora", "arch",
              "linux", "runner", "docker", "build", "builder", "test", "guest", "home", "host", "desktop", "laptop", "none", "device",
              "kernel"}


def own_names():
    """Returns the names that this user and this machine go by."""
    names = {os.environ.get(variable, "") for variable in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME")}
    names.add(socket.gethostname())
    try:
        names |= {getpass.getuser(), pathlib.Path.home().name}
    except (ImportError, KeyError, OSError, RuntimeError):
        pass  # a user without a name has none to give away
    names |= {name.split(".")[0] for name in names}
    return {name for name in names if len(name) >= 3 and name.lower() not in EVERYBODYS}


def texts(value, where=""):
    """Yields (where, text) for every text in a document, names of members included."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, member in value.items():
            inside = f"{where}.{name}" if where else name
            yield inside, name
            yield from texts(member, inside)
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            yield from texts(entry, f"{where}[{i}]")


def faults(document, names=None):
    """Yields (where, what) of everything personal in a document as it was read. `names`: those of this machine by default."""
    names = own_names() if names is None else names
    own = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names))) if names else None
    for where, text in texts(document):
        found = next(((what, match[0]) for what, pattern in PATTERNS if (match := re.search(pattern, text))), None)
        if not found and re.match(FREE_TEXT, where):
            match = re.search(IP_ADDRESS, text)
            found = ("an IP address", match[0]) if match else None
            match = own.search(text) if own and not found else None
            found = ("a name of this user or machine", match[0]) if match else found
        if found:
            yield where, f"holds {found[0]}: {found[1]}"
