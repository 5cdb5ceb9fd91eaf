"""docs/feeds.md as a test: its programs and what it shows on the screen; the READMEs, too.

A fence of `console` is a screen: lines behind a prompt are typed, ^C interrupts, the others are compared
with what is printed. Those above "In your language" run on one server, in their order; the ones below it once for
each language, on a server of its own, with that language's programs in the place of the Python ones.
A fence below a line like **reader.py** is that program; it is run as the document has it, and it has
to be the file of examples/feeds.

What differs from run to run stands for itself: the id of an entry is another one each time, but the
same in every place where the document has the same; times, and numbers of three digits and more in
the answer to XPENDING, are any.
"""
import pathlib
import queue
import re
import shlex
import subprocess
import tempfile
import threading
import time

from check import languages
from check.servers import ROOT, Server

DOCUMENT = ROOT / "docs" / "feeds.md"
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
WAIT_SECONDS = 30  # a worker takes over after 3 s; Java compiles its program first
QUIET_SECONDS = 0.5
PER_LANGUAGE = "## In your language"
PROMPT = re.compile(r"(\$|127\.0\.0\.1:6379>) (.*)")
PROGRAM = re.compile(r"^\*\*`?([\w.]+)`?\*\*\n\n```(\w+)\n(.*?)^```$", re.M | re.S)
SCREEN = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
ID = re.compile(r"\b\d{13}-\d+\b")
TOKEN = re.compile(r"\b\d{13}-\d+\b|\b\d{13}\b|\b\d\d:\d\d:\d\d\.\d{3}\b|\(integer\) \d{3,}")


class Differs(Exception):
    """The screen shows something else than the document."""


class Screen:
    """A shell in a directory: types commands and compares what is printed."""

    def __init__(self, server, language, directory):
        self.server = server
        self.language = language
        self.ids = {}  # id in the document -> id of this run
        self.lines = queue.Queue()
        self.directory = directory
        self.shell = subprocess.Popen(
            ["bash", "--norc"],
            cwd=directory,
            env=languages.environment(directory, server.url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(directory / "errors.log", "ab"),
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.shell.stdout:
            self.lines.put(line.rstrip("\n"))

    def show(self, text):
        """Types and compares one fence."""
        for line in text.rstrip("\n").split("\n"):
            typed = PROMPT.fullmatch(line)
            if typed:
                self.type(*typed.groups())
            elif line == "^C":
                subprocess.run(["pkill", "-INT", "-P", str(self.shell.pid)])
            else:
                self.expect(line)
        self.silence()

    def type(self, prompt, command):
        command = ID.sub(lambda match: self.ids.get(match[0], match[0]), command)
        if prompt != "$":
            command = "redis-cli " + shlex.join(shlex.split(command))
        if self.language:
            for python, own in zip(languages.ALL[0].commands, self.language.commands):
                command = command.replace(python, own)
        if command.endswith("&"):
            command = command.removesuffix("&") + "2>>errors.log & disown"
        else:
            command = "{ " + command + "; } 2>&1"
        self.shell.stdin.write(command + "\n")
        self.shell.stdin.flush()

    def expect(self, shown):
        try:
            line = self.lines.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise Differs(f"expected: {shown}\n nothing within {WAIT_SECONDS} s") from None
        if not self.alike(shown, line):
            raise Differs(f"expected: {shown}\n printed: {line}")

    def silence(self):
        """Nothing more is printed than the document shows."""
        try:
            line = self.lines.get(timeout=QUIET_SECONDS)
        except queue.Empty:
            return
        raise Differs(f"expected: nothing more\n printed: {line}")

    def alike(self, shown, printed):
        pattern, names, last = "", [], 0
        for token in TOKEN.finditer(shown):
            pattern += re.escape(shown[last : token.start()])
            last = token.end()
            text = token[0]
            if ID.fullmatch(text):
                names.append(text)
                pattern += r"(\d{13}-\d+)"
            elif text.startswith("(integer)"):
                pattern += r"\(integer\) \d+"
            elif text.isdigit():
                pattern += r"\d{13}"
            else:
                pattern += r"\d\d:\d\d:\d\d\.\d{3}"
        pattern += re.escape(shown[last:])
        pattern = pattern.replace("127\\.0\\.0\\.1:6379", f"127\\.0\\.0\\.1:{self.server.port}")
        match = re.fullmatch(pattern, printed)
        if not match:
            return False
        for name, id in zip(names, match.groups()):
            if self.ids.setdefault(name, id) != id:
                return False
        return len(set(self.ids.values())) == len(self.ids)

    def close(self):
        try:
            subprocess.run(["kill", "-KILL", "--", f"-{self.shell.pid}"], capture_output=True)
        finally:
            self.shell.wait()


def run(chosen):
    """Runs all of it and prints a line for each part; returns whether all is as shown."""
    text = DOCUMENT.read_text()
    story, _, rest = text.partition(PER_LANGUAGE)
    programs = {name: body for name, _, body in PROGRAM.findall(rest)}
    content = True
    for readme in READMES:
        content &= _part(readme.name, None, SCREEN.findall(readme.read_text()), programs)
    content &= _part("redis-cli", None, SCREEN.findall(story), programs)
    for language in chosen:
        content &= _part(language.name, language, SCREEN.findall(rest), programs)
    return content


def _part(name, language, screens, programs):
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="carillon-feeds-") as temporary:
        directory = pathlib.Path(temporary)
        server = Server(directory)
        try:
            if not screens:
                raise Differs("the document shows no screen")
            _furnish(directory, server, language, programs)
            server.start()
            screen = Screen(server, language, directory)
            try:
                for text in screens:
                    screen.show(text)
            finally:
                screen.close()
        except Differs as difference:
            print(f"{name:<15} WRONG\n {difference}")
            errors = directory / "errors.log"
            if errors.exists():
                print("".join(f"    | {line}\n" for line in errors.read_text().splitlines()[-10:]))
            return False
        finally:
            server.stop()
    commands = sum(len(PROMPT.findall(text)) for text in screens)
    print(f"{name:<15} {commands} commands as shown, {time.monotonic() - begin:.0f} s", flush=True)
    return True


def _furnish(directory, server, language, programs):
    """What is there on a user's machine: redis-cli for this server, the launcher, the programs."""
    (directory / "bin").mkdir()
    # On a terminal redis-cli says (integer) 1 instead of 1.
    _script(directory / "bin" / "redis-cli", f'exec {_redis_cli()} --no-raw -p {server.port} "$@"')
    _script(directory / "carillon", f'exec "{ROOT}/carillon" "$@" --url {server.url}')
    if language is None:
        return
    for program in language.programs:
        if programs.get(program) != language.path(program).read_text():
            raise Differs(f"{program} as in examples/feeds; run examples/feeds/run --write")
        (directory / program).write_text(programs[program])
    language.furnish(directory)
    if language.prepare:
        subprocess.run(
            language.prepare,
            shell=True,
            cwd=directory,
            env=languages.environment(directory),
            check=True,
        )


def _redis_cli():
    found = subprocess.run(["sh", "-c", "command -v redis-cli"], capture_output=True, text=True)
    if found.returncode != 0:
        raise Differs("redis-cli (Debian: redis-tools), which is not here")
    return found.stdout.strip()


def _script(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def write():
    """Puts the programs of examples/feeds into the document."""
    files = {program: language for language in languages.ALL for program in language.programs}

    def program(match):
        language = files.get(match[1])
        if language is None:
            return match[0]
        return match[0].replace(match[3], language.path(match[1]).read_text())

    DOCUMENT.write_text(PROGRAM.sub(program, DOCUMENT.read_text()))
