#!/usr/bin/env python3
"""Turns recorded scenarios into this module's tables of cases.

  import-cases.py FOLDER --commands LIST            writes src/test/resources/cases/recorded/*.cases
  import-cases.py FOLDER --commands LIST --count    says what is in and what is out, and why
  import-cases.py FILE   --commands LIST --only     prints a pattern of the titles that are in

FOLDER holds recorded scenarios (*.txt) in the notation of the tool that recorded them. LIST says
which commands the server has: a file with one name a line, or HOST:PORT of a running server, which
is asked COMMAND LIST. A scenario is taken when the server has every command that it sends; those
which are refused as unknown on purpose do not count. README.md explains the notation written here.
"""
import argparse
import collections
import pathlib
import re
import shlex
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE / "src/test/resources/cases/recorded"
REASONS_MAX = 8  # commands named in a line of --count, the most wanted first

REQUEST = re.compile(r"^([A-Z]?)([>&])(?: (.*))?$")
REPLY = re.compile(r"^([A-Z]?)<(~\d?)?(?: (.*))?$")
EVENT = re.compile(r"^(!!|!)(~?)(?: (.*))?$")

# What a reply looks like where a command is unknown on purpose.
UNKNOWN = re.compile(r'^-"?ERR unknown (command|subcommand)')

# What was not recorded but taken from the documentation of a newer version begins with its number.
DOCUMENTED = re.compile(r"^(\d\.\d) ")

# What holds in RESP2 only: the client changes its protocol itself, or is held back because RESP2
# mixes replies and messages.
PROTOCOL_CHANGES = {"HELLO", "RESET"}
HELD_BACK = re.compile(r"Can't execute '|^\[\"pong\"")


class Scenario:
    def __init__(self, title):
        self.title = title
        self.notes = []
        self.settings = []
        self.lines = []  # everything from the first step on, one entry a line
        self.requests = []  # [words, [replies of the sender]]


def words_of(text):
    """The words of a request; only names of commands are looked at, so shell quoting is enough."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def read_scenarios(path):
    """The head notes of a file and its scenarios."""
    head, scenarios = [], []
    for line in path.read_text(encoding="utf-8").split("\n"):
        line = line.rstrip()
        if not line:
            continue
        if line.startswith("# "):
            scenarios.append(Scenario(line[2:].strip()))
            continue
        if not scenarios:
            head.append(line.lstrip("# "))
            continue
        current = scenarios[-1]
        if line.startswith("## "):
            note = line[3:].strip()
            (current.lines if current.lines else current.notes).append("## " + note)
            continue
        if line.startswith("@ "):
            current.settings.append(line[2:].strip())
            continue
        current.lines.append(line)
        request = REQUEST.match(line)
        reply = REPLY.match(line)
        if request:
            current.requests.append((request[1] or "A", words_of(request[3] or ""), []))
        elif reply and current.requests:
            sender, _, replies = current.requests[-1]
            if (reply[1] or sender) == sender:
                replies.append(reply[3] or "")
    return head, scenarios


# ------------------------------------------------------------------------------ what a server has


def command_list(source):
    """The names of commands and, as container|word, of subcommands, in lower case."""
    if re.fullmatch(r"[^/\s]*:\d+", source):
        return ask_command_list(*source.rsplit(":", 1))
    names = pathlib.Path(source).read_text(encoding="utf-8").split()
    return {name.lower() for name in names}


def ask_command_list(host, port):
    with socket.create_connection((host or "127.0.0.1", int(port)), timeout=10) as conversation:
        conversation.sendall(b"*2\r\n$7\r\nCOMMAND\r\n$4\r\nLIST\r\n")
        answer = conversation.makefile("rb")
        first = answer.readline().decode().strip()
        if not first.startswith("*"):
            sys.exit("COMMAND LIST was answered with " + first)
        names = set()
        for _ in range(int(first[1:])):
            length = int(answer.readline()[1:])
            names.add(answer.read(length + 2)[:-2].decode().lower())
        return names


def missing_commands(scenario, have, containers):
    """The commands that a scenario sends and the server has not."""
    missing = []
    for _, words, replies in scenario.requests:
        if not words or any(UNKNOWN.match(reply) for reply in replies):
            continue
        name = words[0].lower()
        if name in containers and len(words) > 1:
            name = name + "|" + words[1].lower()
        if name not in have:
            missing.append(name.replace("|", " ").upper())
    return list(dict.fromkeys(missing))


# ------------------------------------------------------------------------------------- our notation


def title_of(scenario):
    return scenario.title.replace(" / ", ": ", 1)


def settings_of(scenario):
    settings, protocol = [], None
    for setting in scenario.settings:
        name, _, value = setting.partition(" ")
        if name == "resp":
            protocol = value.strip()
        elif name == "active-expire":
            settings.append("sweep " + value.strip())
        elif name in ("flags", "db", "observe"):
            settings.append(setting)
        else:
            sys.exit("%s: no setting of ours corresponds to @ %s" % (scenario.title, setting))
    if protocol is None:
        replies = [reply for _, _, all_replies in scenario.requests for reply in all_replies]
        if any(words and words[0].upper() in PROTOCOL_CHANGES for _, words, _ in scenario.requests) or any(
            HELD_BACK.search(reply) for reply in replies
        ):
            protocol = "2"
    if protocol is not None:
        settings.append("protocol " + protocol)
    documented = DOCUMENTED.match(scenario.title)
    if documented:
        settings.append("since " + documented[1])
    return settings


def rewrite(scenario):
    """The lines of a case: events that follow each other in one step share a line."""
    out = ["# " + title_of(scenario)]
    out += scenario.notes
    out += ["@ " + setting for setting in settings_of(scenario)]
    joined = None
    for line in scenario.lines:
        event = EVENT.match(line)
        if not event or event[1] == "!!" or not event[3]:
            joined = None
            out.append(line)
            continue
        mark = event[1] + event[2]
        if joined == mark and len(out[-1]) + len(event[3]) < 98:
            out[-1] += ", " + event[3]
        else:
            out.append(mark + " " + event[3])
            joined = mark
    return "\n".join(out)


def write(path, head, scenarios):
    notes = ["## Written by import-cases.py from recorded scenarios; do not edit."]
    notes += ["## " + note for note in head if note]
    path.write_text("\n".join(notes) + "\n\n" + "\n\n".join(map(rewrite, scenarios)) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------- main


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="the folder of recorded scenarios, or one file of it")
    parser.add_argument("--commands", required=True, help="HOST:PORT of a running server, or a file of names")
    parser.add_argument("--count", action="store_true", help="write nothing; say what is in and out, and why")
    parser.add_argument("--only", action="store_true", help="write nothing; print a pattern of the titles that are in")
    options = parser.parse_args()
    have = command_list(options.commands)
    containers = {name.split("|")[0] for name in have if "|" in name}
    files = sorted(options.source.glob("*.txt")) if options.source.is_dir() else [options.source]
    if not files:
        sys.exit("%s holds no *.txt" % options.source)

    total_in, total_out = 0, 0
    if not options.count and not options.only:
        TARGET.mkdir(parents=True, exist_ok=True)
        for old in TARGET.glob("*.cases"):
            old.unlink()
    for file in files:
        head, scenarios = read_scenarios(file)
        if not scenarios:
            continue  # text for people
        taken, why = [], collections.Counter()
        for scenario in scenarios:
            missing = missing_commands(scenario, have, containers)
            if missing:
                why.update(missing)
            else:
                taken.append(scenario)
        total_in += len(taken)
        total_out += len(scenarios) - len(taken)
        if options.only:
            if taken:
                print("^(" + "|".join(re.escape(scenario.title) for scenario in taken) + ")$")
            continue
        line = "%-22s %3d in, %3d out" % (file.stem, len(taken), len(scenarios) - len(taken))
        if why:
            line += "   without " + ", ".join("%s (%d)" % pair for pair in why.most_common(REASONS_MAX))
            line += ", …" if len(why) > REASONS_MAX else ""
        print(line)
        if taken and not options.count:
            write(TARGET / (file.stem + ".cases"), head, taken)
    if not options.only:
        print("%-22s %3d in, %3d out" % ("all", total_in, total_out))


if __name__ == "__main__":
    main()
