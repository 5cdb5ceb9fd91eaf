"""One group of five workers in five languages, while workers and the server are killed.

Orders expire in a feed that carries their values. Each entry is handled by one of the workers, which
writes a line into handled.txt. Workers are killed with SIGKILL, at any moment or in the middle of much
work, right when a line of theirs appears, and started again; so is the server, and deadlines pass while
it is down. At the end every order has to be handled, with its value, and what was handed out twice has
to be known.
"""
import collections
import math
import random
import shutil
import subprocess
import time

from check import languages
from check.servers import Connection, Refused, Server

NAMES = ["anna", "bruno", "clara", "dario", "elena"]
DRINKS = ["espresso", "café crème", "中国茶", "ristretto", "hot chocolate 🍫"]
PLACING_SECONDS = 15
SETTLING_SECONDS = 25  # what is left by the dead is taken over after 3 s
ORDERS = 600
HEAPS = 10  # moments at which many orders fall due, and somebody is killed in the middle of them

COLUMNS = ["started", "killed", "done", "over", "again"]

Line = collections.namedtuple("Line", "id outcome worker deliveries key value")


class Worker:
    """One place in the group: a program that is killed and started again."""

    def __init__(self, name, language, words, directory, environment):
        self.name = name
        self.language = language
        self.words = words
        self.directory = directory
        self.environment = environment
        self.process = None
        self.started = 0
        self.killed = 0
        self.start_at = 0.0  # when it is to be started, where it does not run

    def start(self):
        with open(self.directory / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                self.words + [self.name],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started += 1

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()


class Story:
    def __init__(self, chosen, directory, seed, sabotage):
        self.random = random.Random(seed)
        self.sabotage = sabotage
        self.directory = directory
        self.ledger = directory / "handled.txt"
        self.ledger.touch()
        self.seen = 0  # bytes of the ledger
        self.orders = {}  # key -> value, of all that were placed
        self.unplaced = []  # requests whose answer was lost: said again
        self.server = Server(directory)
        self.server_kills = 0
        environment = languages.environment(directory, self.server.url)
        self.workers = []
        for name, language in zip(NAMES, chosen):
            words = language.worker(directory)
            if sabotage and not self.workers:
                shutil.copy(languages.FEEDS / "ack_first.py", directory)
                words = [languages.python(), "ack_first.py"]
            self.workers.append(Worker(name, language.name, words, directory, environment))
        self.hunted = None  # the worker, or the server, that is killed when the next line appears

    # ---- what happens ------------------------------------------------------------------------------

    def play(self):
        """Everything, and then silence; returns None, or what is left unfinished."""
        try:
            self.server.start()
            with Connection(self.server.port) as redis:
                redis.ask(*"FEED CREATE orders EVENTS x MATCH order:* VALUES 4096".split())
                redis.ask("XGROUP", "CREATE", "orders", "billing", "0")
            for worker in self.workers:
                worker.start()
            self.placing()
            return self.settling()
        finally:
            for worker in self.workers:
                if worker.runs():
                    worker.kill()

    def placing(self):
        """Orders come, each second more than one of them in a heap, and processes go."""
        begin = time.monotonic()
        placing = sorted(self.random.uniform(0, PLACING_SECONDS - 1) for _ in range(ORDERS))
        heaps = sorted(self.random.uniform(1, PLACING_SECONDS - 1) for _ in range(HEAPS))
        prey = [self.random.choice(self.workers[:1] if self.sabotage else self.workers) for _ in heaps]
        prey[HEAPS // 2] = self.server
        hunts = list(zip(heaps, prey))
        kills = self.moments(0.5)
        server_kill = self.random.uniform(0.1, 0.9) * PLACING_SECONDS
        number = 0
        while (now := time.monotonic() - begin) < PLACING_SECONDS:
            due = []
            while number < ORDERS and placing[number] <= now:
                number += 1
                due.append(self.order(number, begin, heaps))
            self.place(due)
            if hunts and hunts[0][0] - 0.05 <= now:
                self.hunted = hunts.pop(0)[1]
            if kills and kills[0] <= now:
                kills.pop(0)
                victim = self.random.choice(self.workers)
                if victim.runs():
                    self.kill(victim)
            if server_kill <= now:
                server_kill = math.inf
                self.kill_server()
            self.look_after_workers()
        if number < ORDERS:
            self.place([self.order(i, begin, heaps) for i in range(number + 1, ORDERS + 1)])

    def moments(self, mean_seconds):
        moments, at = [], 1.0
        while (at := at + self.random.expovariate(1 / mean_seconds)) < PLACING_SECONDS - 0.5:
            moments.append(at)
        return moments

    def order(self, number, begin, heaps):
        """A key, its value, and milliseconds to live; half of the orders fall due in heaps."""
        value = f"{self.random.randint(1, 9)} x {self.random.choice(DRINKS)}, table {number}"
        lives = self.random.uniform(0.05, 2.0)
        elapsed = time.monotonic() - begin
        heap = min((at for at in heaps if at > elapsed + 0.05), default=None)
        if heap is not None and heap - elapsed < 3 and self.random.random() < 0.5:
            lives = heap - elapsed
        return f"order:{number}", value, int(lives * 1000)

    def place(self, orders):
        orders = self.unplaced + orders
        if not orders:
            return
        try:
            with Connection(self.server.port) as redis:
                redis.ask_all([("SET", key, value, "PX", millis) for key, value, millis in orders])
            self.unplaced = []
        except OSError:
            self.unplaced = orders  # perhaps they are there, perhaps not
        for key, value, _ in orders:
            self.orders[key] = value

    def kill(self, worker):
        worker.kill()
        worker.killed += 1
        worker.start_at = time.monotonic() + self.random.uniform(0.1, 1.0)

    def kill_server(self):
        self.server.kill()
        self.server_kills += 1
        time.sleep(self.random.uniform(0.2, 0.8))
        self.server.start()

    def look_after_workers(self):
        """Until something is to be done again: kills the hunted one, starts the dead ones."""
        until = time.monotonic() + 0.02
        while time.monotonic() < until:
            size = self.ledger.stat().st_size
            if size > self.seen:
                with open(self.ledger, "rb") as file:
                    file.seek(self.seen)
                    news = file.read(size - self.seen)
                self.seen = size
                hunted = self.hunted
                if hunted is self.server:
                    self.hunted = None
                    self.kill_server()
                elif hunted and f" {hunted.name} ".encode() in news and hunted.runs():
                    self.hunted = None
                    self.kill(hunted)
            time.sleep(0.0001 if self.hunted else 0.001)
        for worker in self.workers:
            if not worker.runs() and time.monotonic() >= worker.start_at:
                worker.start()

    def settling(self):
        """No more kills; until nothing is left to do, or for so long."""
        until = time.monotonic() + SETTLING_SECONDS
        while True:
            self.place([])
            self.look_after_workers()
            with Connection(self.server.port) as redis:
                due = redis.ask("DBSIZE") - 1  # the feed itself is a key
                group = _pairs(redis.ask("XINFO", "GROUPS", "orders")[0])
            if not self.unplaced and due == group["pending"] == group["lag"] == 0:
                return None
            if time.monotonic() > until:
                return f"{due} orders not due, {group['lag']} not read, {group['pending']} pending"

    # ---- what has to be true -----------------------------------------------------------------------

    def check(self, unfinished):
        """Sentences about what is wrong, the same fault once; none where all is well."""
        with Connection(self.server.port) as redis:
            entries = {id: _pairs(fields) for id, fields in redis.ask("XRANGE", "orders", "-", "+")}
            pending = redis.ask("XPENDING", "orders", "billing")[0]
        lines = collections.defaultdict(list)
        for text in self.ledger.read_text().splitlines():
            line = Line(*text.split(" ", 5))
            lines[line.id].append(line)
        wrong = []
        if unfinished:
            wrong.append(f"after {SETTLING_SECONDS} s there is work left: {unfinished}")
        if pending:
            wrong.append(f"{pending} entries are given out and not acknowledged")
        announced = {entry["key"] for entry in entries.values()}
        for key in self.orders.keys() - announced:
            wrong.append(f"{key} expired and is not in the feed")
        for id, entry in entries.items():
            wrong += self.check_entry(id, entry, lines.pop(id, []))
        for id, (line, *_) in lines.items():
            wrong.append(f"{line.worker} handled {id}, which is not in the feed")
        return wrong

    def check_entry(self, id, entry, lines):
        """One entry, and the lines that say how it was handled, in their order."""
        what = f"{entry['key']} ({id})"
        if not lines:
            yield f"{what} was not handled, and is acknowledged"
            return
        if entry.get("value") != self.orders[entry["key"]]:
            yield f"{what} is in the feed with the value {entry.get('value')!r}"
        for line in lines:
            if (line.key, line.value) != (entry["key"], self.orders[entry["key"]]):
                yield f"{what} was handled by {line.worker} as {line.key} {line.value!r}"
        if lines[0].outcome != "done":
            yield f"{what} was taken for known by {lines[0].worker}, the first to handle it"
        for line in lines[1:]:
            if line.outcome != "again":
                yield f"{what} was handled a second time by {line.worker}, who did not know it"
        # Who was given it first may be the last to write, but there is only one such.
        if sum(line.deliveries == "1" for line in lines) > 1:
            yield f"{what} was handled twice and delivered once"

    def table(self):
        """What each worker did; of the orders handled, how many were first given to somebody else."""
        lines = [Line(*text.split(" ", 5)) for text in self.ledger.read_text().splitlines()]
        form = "{:<8} {:<9} {:>8} {:>7} {:>8} {:>11} {:>6}"
        yield form.format(
            "worker", "language", "started", "killed", "handled", "taken over", "again"
        )
        total = collections.Counter()
        for worker in self.workers:
            mine = collections.Counter(started=worker.started, killed=worker.killed)
            for line in lines:
                if line.worker == worker.name:
                    mine[line.outcome] += 1
                    mine["over"] += line.outcome == "done" and line.deliveries != "1"
            total += mine
            yield form.format(worker.name, worker.language, *(mine[column] for column in COLUMNS))
        yield form.format("all", "", *(total[column] for column in COLUMNS))


def _pairs(words):
    return dict(zip(words[::2], words[1::2]))


def run(chosen, directory, seed, sabotage):
    """Plays the story and prints it; returns whether the checker is content."""
    begin = time.monotonic()
    story = Story(chosen, directory, seed, sabotage)
    try:
        try:
            unfinished = story.play()
        except (OSError, Refused) as error:
            print(f"the server went away: {error}\n{story.server.log()}")
            return False
        wrong = story.check(unfinished)
    finally:
        story.server.stop()
    for line in story.table():
        print(line)
    print(
        f"{len(story.orders)} orders, the server killed {story.server_kills} times;"
        f" {time.monotonic() - begin:.0f} s"
    )
    for sentence in wrong[:10]:
        print(f"WRONG: {sentence}")
    if len(wrong) > 10:
        print(f"WRONG: and {len(wrong) - 10} more of the kind")
    if not wrong:
        print("every order was handled, with its value; every second delivery was known by its id")
    return not wrong
