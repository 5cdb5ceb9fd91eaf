"""A `carillon serve` of our own on a free port, and a connection to it that knows no library."""
import pathlib
import random
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
START_SECONDS = 300  # the launcher may have to build Carillon


class Refused(Exception):
    """The server answered with an error."""


class Server:
    """A server with a data directory of its own, which may be killed and started again."""

    def __init__(self, directory):
        self.directory = directory
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = None
        (directory / "data").mkdir()

    def start(self):
        """Starts it and waits until it answers."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not start:\n{self.log()}")
            time.sleep(0.05)

    def launch(self):
        """Starts it and does not wait."""
        words = [str(ROOT / "carillon"), "serve", "--port", str(self.port), "--bind", "127.0.0.1"]
        words += ["--save", "", "--dir", str(self.directory / "data")]
        with open(self.directory / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                words, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def answers(self):
        try:
            with Connection(self.port) as connection:
                return connection.ask("PING") == "PONG"
        except (OSError, Refused):
            return False

    def kill(self):
        """SIGKILL: it gets no chance to say anything to its disk or its clients."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def log(self):
        lines = (self.directory / "server.log").read_text(errors="replace").splitlines()
        return "\n".join(f"    | {line}" for line in lines[-20:])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class Connection:
    """RESP2, one request after the other: texts, numbers, None and lists of them."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        return self.ask_all([words])[0]

    def ask_all(self, requests):
        """Sends all of them at once and returns their answers."""
        out = bytearray()
        for words in requests:
            out += b"*%d\r\n" % len(words)
            for word in words:
                word = str(word).encode()
                out += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(out)
        answers = [self._read() for _ in requests]
        for answer in answers:
            if isinstance(answer, Refused):
                raise answer
        return answers

    def _read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if int(rest) < 0:
            return None
        if kind == b"$":
            text = self.file.read(int(rest) + 2)
            if len(text) != int(rest) + 2:
                raise ConnectionError("the server closed the connection")
            return text[:-2].decode()
        return [self._read() for _ in range(int(rest))]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


def _free_port():
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
