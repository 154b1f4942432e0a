"""What a phone alone can run of the Android app, as far as it can be checked without one: the screens' Java compiles against
stubs of the platform's classes (stubs/), the resources are what Android's packager takes, and both speak of the same things."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from java_project import APP, JAVAC, TESTS, compile_java, sources

MAIN = APP / "app/src/main"
FRAMEWORK = pathlib.Path("/usr/share/android-framework-res/framework-res.apk")
ANDROID = "{http://schemas.android.com/apk/res/android}"
PACKAGE = "org.vkmbv3.app"
PLACES = re.compile(r"%(\d)\$\.?\d*([sdf])")


def resources():
    """{kind: names} of what res/ declares."""
    found = {}
    for file in sorted((MAIN / "res").rglob("*.xml")):
        kind = file.parent.name.split("-")[0]
        root = xml.parse(file).getroot()
        if kind == "values":
            for item in root:
                found.setdefault(item.tag.replace("string-array", "array"), set()).add(item.get("name"))
        else:
            found.setdefault(kind, set()).add(file.stem)
        for element in root.iter():
            declared = element.get(f"{ANDROID}id", "")
            if declared:
                found.setdefault("id", set()).add(declared.split("/")[1])
    return found


def write_r(folder, found):
    """R.java, as the packager writes it."""
    kinds = "".join(f"    public static final class {kind} {{\n"
                    + "".join(f"        public static final int {name} = {number};\n" for number, name in enumerate(sorted(names)))
                    + "    }\n" for kind, names in sorted(found.items()) if kind != "style")
    folder.mkdir(parents=True)
    (folder / "R.java").write_text(f"package {PACKAGE};\n\npublic final class R {{\n{kinds}}}\n")
    return folder / "R.java"


class ScreensTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @unittest.skipUnless(JAVAC, "there is no JDK (default-jdk-headless)")
    def test_screens_compile(self):
        r = write_r(self.folder / "r", resources())
        files = sources(APP / "core") + sources(MAIN / "java") + sources(TESTS / "stubs")
        self.assertEqual(compile_java([*files, r], self.folder / "classes"), "")

    @unittest.skipUnless(JAVAC, "there is no JDK (default-jdk-headless)")
    def test_what_is_no_screen_needs_no_phone(self):
        self.assertEqual(compile_java(sources(APP / "core"), self.folder / "classes"), "")

    @unittest.skipUnless(shutil.which("aapt") and FRAMEWORK.exists(), "aapt and android-framework-res are not installed")
    def test_the_packager_takes_resources_and_manifest(self):
        # Gradle names the package (app/build.gradle), which the packager of old wants in the manifest.
        manifest = (MAIN / "AndroidManifest.xml").read_text().replace("<manifest ", f'<manifest package="{PACKAGE}" ', 1)
        (self.folder / "AndroidManifest.xml").write_text(manifest)
        package = self.folder / "resources.apk"
        done = subprocess.run(["aapt", "package", "-f", "-M", self.folder / "AndroidManifest.xml", "-S", MAIN / "res", "-I", FRAMEWORK,
                               "-F", package, "--min-sdk-version", "26", "--target-sdk-version", "29"],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        about = subprocess.run(["aapt", "dump", "badging", package], capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertIn(f"package: name='{PACKAGE}'", about)
        self.assertIn("sdkVersion:'26'", about)
        self.assertIn("launchable-activity: name='org.vkmbv3.app.MainActivity'", about)
        self.assertEqual(re.findall(r"uses-permission: name='([^']+)'", about), ["android.permission.CAMERA"], "no other permission")
        self.assertIn("uses-feature-not-required: name='android.hardware.camera.any'", about)
        self.assertIn("uses-feature: name='android.hardware.vulkan.version' version='4198400'", about)
        self.assertIn("locales: '--_--' 'de'", about)

    def test_every_class_that_xml_names_is_there(self):
        manifest = xml.parse(MAIN / "AndroidManifest.xml").getroot()
        named = [PACKAGE + element.get(f"{ANDROID}name") for element in manifest.iter()
                 if element.tag in ("application", "activity")]
        for layout in sorted((MAIN / "res/layout").glob("*.xml")):
            named += [element.tag for element in xml.parse(layout).getroot().iter() if element.tag.startswith(PACKAGE)]
        self.assertIn("org.vkmbv3.app.MainActivity", named)
        for name in named:
            self.assertTrue((MAIN / "java" / (name.replace(".", "/") + ".java")).exists(), name)

    def test_every_language_says_the_same(self):
        def texts(folder):
            root = xml.parse(MAIN / f"res/{folder}/strings.xml").getroot()
            return {item.get("name"): sorted(PLACES.findall(item.text)) for item in root.iter("string")}

        english = texts("values")
        self.assertGreater(len(english), 40)
        self.assertEqual(texts("values-de"), english, "the same texts with the same places")

    def test_native_methods_are_there(self):
        """Java finds a native function by its name, at run time."""
        native = set(re.findall(r"static native [\w\[\]]+ (\w+)\(", (APP / "core/src/main/java/org/vkmbv3/engine/Native.java").read_text()))
        functions = set()
        for file in (APP / "jni").glob("*.cpp"):
            functions |= set(re.findall(r"Java_org_vkmbv3_engine_Native_(\w+)\(", file.read_text()))
        self.assertGreater(len(native), 20)
        self.assertEqual(functions, native)


if __name__ == "__main__":
    unittest.main()
