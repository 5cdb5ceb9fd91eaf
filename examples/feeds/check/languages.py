"""The five languages: whether they are here, and how their programs are made ready and started."""
import os
import pathlib
import shutil
import subprocess

FEEDS = pathlib.Path(__file__).resolve().parent.parent
CLIENTS = FEEDS.parent / "clients"
LIBRARIES = "run examples/clients/run once, which fetches them"


class Language:
    """One language: where its programs are, and what a user types to run them.

    name      as people write it
    directory below examples/feeds
    programs  the file names of the reader and of the worker
    commands  what runs the two, as docs/feeds.md says it
    """

    def __init__(self, name, directory, programs, commands, prepare=None):
        self.name = name
        self.directory = directory
        self.programs = programs
        self.commands = commands
        self.prepare = prepare  # a command that makes `commands` possible, or None

    def path(self, program):
        return FEEDS / self.directory / program

    def missing(self):
        """None, or the sentence that says what is not here."""
        return _MISSING[self.directory]()

    def furnish(self, directory):
        """Puts beside the programs what they find there on a user's machine: their libraries."""
        if self.directory == "python":
            _link(directory / "bin" / "python3", python())
        elif self.directory == "node":
            _link(directory / "node_modules" / "redis", CLIENTS / "node_modules" / "redis5")
        elif self.directory == "java":
            _link(directory / "lib", CLIENTS / "java" / "target" / "lib")

    def worker(self, directory):
        """Makes the worker ready in a directory and returns the words that start it.

        As the document has it, but that Java is compiled once instead of at each start.
        """
        program = self.programs[1]
        shutil.copy(self.path(program), directory)
        self.furnish(directory)
        if self.directory == "java":
            subprocess.run(["javac", "-cp", "lib/*", program], cwd=directory, check=True)
            return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "lib/*:.", "Worker"]
        if self.directory == "go":
            subprocess.run(
                ["go", "build", program], cwd=directory, env=environment(directory), check=True
            )
        return self.commands[1].split()


ALL = [
    Language(
        "Python",
        "python",
        ("reader.py", "worker.py"),
        ("python3 reader.py", "python3 worker.py"),
    ),
    Language(
        "Node",
        "node",
        ("reader.mjs", "worker.mjs"),
        ("node reader.mjs", "node worker.mjs"),
    ),
    Language(
        "Java",
        "java",
        ("Reader.java", "Worker.java"),
        ("java -cp 'lib/*' Reader.java", "java -cp 'lib/*' Worker.java"),
    ),
    Language(
        "Go",
        "go",
        ("reader.go", "worker.go"),
        ("./reader", "./worker"),
        prepare="go build reader.go && go build worker.go",
    ),
    Language(
        "PHP",
        "php",
        ("reader.php", "worker.php"),
        ("php reader.php", "php worker.php"),
    ),
]


def environment(directory, url=None):
    """What the programs of a directory are started with."""
    variables = dict(os.environ)
    variables["PATH"] = f"{directory / 'bin'}:{variables['PATH']}"
    variables["LC_ALL"] = "C.UTF-8"
    # Debian's Go packages; no cgo: it would want a C compiler.
    variables.update(GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="", CGO_ENABLED="0")
    if url:
        variables["CARILLON_URL"] = url
    return variables


def python():
    """The first python3 that has redis-py, or None; a pyenv's on the PATH may not have it."""
    for candidate in ("python3", "/usr/bin/python3"):
        if _succeeds(candidate, "-c", "import redis"):
            # The program itself: behind a shim, `kill` would end the shim only.
            return _output(candidate, "-c", "import sys; print(sys.executable)")
    return None


def _python_missing():
    return None if python() else "no python3 with redis-py is here (Debian: python3-redis)"


def _node_missing():
    if not shutil.which("node"):
        return "no node is here (Debian: nodejs)"
    if not (CLIENTS / "node_modules" / "redis5").is_dir():
        return f"its libraries are not here; {LIBRARIES}"
    return None


def _java_missing():
    if not shutil.which("javac"):
        return "no javac is here (Debian: default-jdk-headless)"
    if not list((CLIENTS / "java" / "target" / "lib").glob("jedis-*.jar")):
        return f"its libraries are not here; {LIBRARIES}"
    return None


def _go_missing():
    if not shutil.which("go"):
        return "no go is here (Debian: golang-go)"
    if not pathlib.Path("/usr/share/gocode/src/gopkg.in/redis.v5").is_dir():
        return "redis.v5 is not here (Debian: golang-gopkg-redis.v5-dev)"
    return None


def _php_missing():
    if not _succeeds("php", "-r", 'exit(extension_loaded("redis") ? 0 : 1);'):
        return "no php with phpredis is here (Debian: php-cli php-redis)"
    return None


_MISSING = {
    "python": _python_missing,
    "node": _node_missing,
    "java": _java_missing,
    "go": _go_missing,
    "php": _php_missing,
}


def _succeeds(*words):
    try:
        return subprocess.run(words, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _link(link, target):
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
