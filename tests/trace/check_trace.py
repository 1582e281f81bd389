"""check_trace.py TRACE.json [--tasks N] [--same-worker AXIS] [--streams N] - what must hold of every trace of a run."""
import argparse
import json
import sys

parser = argparse.ArgumentParser()
parser.add_argument("trace")
parser.add_argument("--tasks", type=int)
parser.add_argument("--same-worker")
parser.add_argument("--streams", type=int)
parser.add_argument("--flows", type=int, help="at least so many")
options = parser.parse_args()


def fail(text):
    sys.exit(f"{options.trace}: {text}")


trace = json.load(open(options.trace))
events = [e for e in trace["traceEvents"] if e["pid"] == 2]
spans = [e for e in events if e["ph"] == "X"]
tasks = [e for e in spans if e["cat"] == "task"]

# Every task once, and all that the statistics counted.
seen = {(e["args"].get("level"), e["args"]["number"]) for e in tasks}
if len(seen) != len(tasks):
    fail("a task stands twice")
counted = sum(e["args"]["tasks"] for e in tasks)
if options.tasks is not None and counted != options.tasks:
    fail(f"{counted} tasks, expected {options.tasks}")
if trace["otherData"]["tasks"] != str(counted):
    fail(f"{counted} tasks, the statistics have {trace['otherData']['tasks']}")
if trace["otherData"]["lost"] != "0":
    fail("events were lost")

# A row is a worker: it has a name, and its events nest.
names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
for row in {e["tid"] for e in spans}:
    if row not in names:
        fail(f"row {row} has no name")
    open_ends = []
    ordered = sorted((e for e in spans if e["tid"] == row), key=lambda e: (e["ts"], -e["dur"]))
    for e in ordered:
        end = e["ts"] + e["dur"]
        while open_ends and open_ends[-1] <= e["ts"] + 1e-9:
            open_ends.pop()
        if open_ends and end > open_ends[-1] + 0.0021:
            fail(f"{e['name']} overlaps what is around it on row {row}")
        open_ends.append(end)
for e in tasks:
    in_level = e["args"].get("level", 0) > 0
    if in_level != names[e["tid"]].startswith("worker") and trace["otherData"]["engine"] != "interp":
        fail(f"{e['name']} on the row {names[e['tid']]}")
    for name, value in e["args"].get("axes", {}).items():
        if f"{name}={value}" not in e["name"]:
            fail(f"{e['name']} does not name {name}")

# Flow arrows come in pairs, from the past into the future, and end where a task begins.
begins = {e["id"]: e for e in events if e["ph"] == "s"}
ends = {e["id"]: e for e in events if e["ph"] == "f"}
if begins.keys() != ends.keys():
    fail("a flow without its other end")
starts = {(e["tid"], e["ts"]) for e in tasks}
for key, e in ends.items():
    if (e["tid"], e["ts"]) not in starts:
        fail("a flow ends at no task")
    if begins[key]["ts"] > e["ts"] + 0.002:
        fail("a flow leads into the past")
if options.flows is not None and len(begins) < options.flows:
    fail(f"{len(begins)} flows")

if options.same_worker:
    workers = {}
    for e in tasks:
        workers.setdefault(e["args"]["axes"][options.same_worker], set()).add(e["args"]["worker"])
    if any(len(w) != 1 for w in workers.values()):
        fail(f"{options.same_worker} on several workers: {workers}")
    if len({next(iter(w)) for w in workers.values()}) < 2:
        fail("all on one worker")
if options.streams is not None and len({e["args"]["stream"] for e in tasks}) != options.streams:
    fail(f"streams {sorted({e['args']['stream'] for e in tasks})}")
