"""Every option says what it is, in lines that fit a terminal."""

import re

from program import ProgramTest

LONGEST = 100


def described(text):
    """{option or argument: description} of a help text."""
    column = len(re.search(r"^( +-h,--help +)\S", text, re.MULTILINE).group(1))
    found, name = {}, None
    for line in text.splitlines():
        if line.startswith("Usage:"):
            continue
        if re.match(r"  [-A-Z]", line):
            name = line.split()[0]
            found[name] = line[column:] if line[column - 1:column] == " " else ""  # a long name has a line of its own
        elif name and line.startswith(" " * column):
            found[name] += " " + line.strip()
        else:
            name = None
    return {name: words.strip() for name, words in found.items()}


class HelpTest(ProgramTest):
    drivers = ()

    def help(self, *command):
        done = self.run_program(*command, "--help")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertEqual(done.stderr_text, "")
        return done.stdout_text

    def commands(self):
        listed = self.help().split("Subcommands:\n")[1]
        return re.findall(r"^  (\w+) +\S.*$", listed, re.MULTILINE)

    def test_every_command_is_listed_with_what_it_does(self):
        expected = ["devices", "summary", "train", "explain", "pack", "eval", "predict", "convert", "latency", "selfcheck", "tune", "plot",
                    "doctor", "completion", "man"]
        self.assertEqual(self.commands(), expected)

    def test_every_option_has_a_description(self):
        for command in self.commands():
            options = described(self.help(command))
            of_all = ("-h,--help", "-c,--config") if command in ("completion", "man") else ("-h,--help", "-c,--config", "--device", "--json")
            for expected in of_all:
                self.assertIn(expected, options, command)
            self.assertEqual([name for name, words in options.items() if not words], [], command)
        self.assertGreater(len(described(self.help("train"))), 45)

    def test_lines_are_short(self):
        for command in [(), *((command,) for command in self.commands())]:
            for line in self.help(*command).splitlines():
                self.assertLessEqual(len(line), LONGEST, command)

    def test_explain_hides_what_it_takes_for_a_configuration_alone(self):
        options = described(self.help("explain"))
        self.assertIn("--batch-size", options)
        self.assertNotIn("--log-every", options)

    def test_a_missing_description_is_seen(self):
        text = "  -h,--help        Print\n  --a TEXT\n  --b TEXT         what b is\n  --a-long-one TEXT=1\n                   what it is\n  --c-long-one TEXT=1\n"
        self.assertEqual(described(text), {"-h,--help": "Print", "--a": "", "--b": "what b is", "--a-long-one": "what it is", "--c-long-one": ""})
