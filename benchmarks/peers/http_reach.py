#!/usr/bin/env python3
"""How an HTTP server bears many connections: idle ones, and slowloris ones.

    http_reach.py [--rounds 7] [--seconds 5] [--warmup 20] [--idle 10000] [--active 100] [--interval 20000] [--slow 5000]
                  [--pace /tmp/http_pace] [--real-time] NAME=PORT=COMMAND ...

One server after the other is started on processor 0; the load comes from processor 1: --active connections that each ask every --interval
microseconds (http_pace.c, compiled with cc -O2), alone and beside the others in turns, round after round.

idle: --idle keep-alive connections that have had one answer each. What one takes of the heap is the difference of what lives after full
collections (jcmd GC.class_histogram) before and after they are opened; rss is the difference in resident memory, to see what lies outside the heap.
slowloris: slowhttptest (Debian package) opens --slow connections that send a header every 10 s and never end; "held" tells how many
of them the server had open at the end of a round.

--real-time, as root, puts the server and the active connections before whatever else runs on the machine (chrt --rr); without it
p99 is of the machine rather than of the server, unless nothing else runs.

Prints medians (and ranges) of the rounds, in milliseconds. A request that this process could not send in time is counted as late: where
more than 1 % are, the machine was too busy to believe p99.
"""
import argparse, json, os, re, shlex, signal, statistics, subprocess, sys, tempfile, time, urllib.request

from side_by_side import family, rss_mib

TARGET = "http://127.0.0.1:%s/"


def start(name, port, command, a):
    log = open(os.path.join(tempfile.gettempdir(), f"http_reach.{name}.log"), "w")
    server = subprocess.Popen([*a.first, "taskset", "-c", "0", *shlex.split(command)], stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + 300  # it may have to be built
    while True:
        try:
            urllib.request.urlopen(TARGET % port, timeout=1).read()
            return server
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                stop(server)
                sys.exit(f"{name} does not answer on {port}: see {log.name}")
            time.sleep(0.2)


def stop(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def warm_up(port, a):
    """Asks for more than can be answered, at no priority, so that all is compiled before anything is measured."""
    subprocess.run(["taskset", "-c", "1", a.pace, port, str(a.active), str(a.warmup), "1000"], capture_output=True, check=True)


def pace(port, a):
    out = subprocess.run([*a.first, "taskset", "-c", "1", a.pace, port, str(a.active), str(a.seconds), str(a.interval)],
                         capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def heap(server):
    """The bytes that live objects take, after a full collection; None if it is no JVM, or only starts what is measured."""
    jcmd = os.path.join(os.path.dirname(os.readlink(f"/proc/{server.pid}/exe")), "jcmd")
    if not os.path.exists(jcmd) or len(family(server.pid)) > 1:
        return None
    for _ in range(2):  # the first lets go of what waits to be cleaned up
        histogram = subprocess.run([jcmd, str(server.pid), "GC.class_histogram"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^Total\s+\d+\s+(\d+)", histogram, re.M).group(1))


def established(port):
    """How many connections the server has open."""
    here = f":{int(port):04X}"
    count = 0
    for table in "/proc/net/tcp", "/proc/net/tcp6":
        with open(table) as f:
            for line in f:
                fields = line.split()
                count += fields[1].endswith(here) and fields[3] == "01"
    return count


def idle(server, port, a):
    before, resident = heap(server), rss_mib(server.pid)
    holder = subprocess.Popen(["taskset", "-c", "1", a.pace, port, str(a.idle), "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if holder.stdout.readline() != "open\n":
            sys.exit(f"{a.idle} connections could not be opened on port {port}")
        row = {"rss": (rss_mib(server.pid) - resident) * 1024 * 1024 / a.idle}
        if before is not None:
            row["heap"] = (heap(server) - before) / a.idle
        row |= pace(port, a)
    finally:
        said = holder.communicate()[0]
    row["held"] = a.idle - json.loads(said)["closed"]
    return row


def slowloris(port, a):
    slow = subprocess.Popen(["taskset", "-c", "1", "slowhttptest", "-H", "-c", str(a.slow), "-r", "1000", "-i", "10", "-x", "24", "-p", "3",
                             "-l", str(a.seconds + 120), "-v", "0", "-u", TARGET % port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while established(port) < a.slow and time.monotonic() < deadline and slow.poll() is None:
            time.sleep(0.2)
        row = pace(port, a)
        row["held"] = established(port)
        return row
    finally:
        stop(slow)


def shown(values, form="{:.2f}", unit=1):
    values = [value / unit for value in values]
    return f"{form.format(statistics.median(values))} ({form.format(min(values))}-{form.format(max(values))})"


def times(kind, rows):
    late = sum(row["late"] for row in rows) / max(1, sum(row["requests"] for row in rows))
    return (f"  {kind:22} p50 {shown([row['p50'] for row in rows], unit=1e3):24} p99 {shown([row['p99'] for row in rows], unit=1e3):24}"
            f" max {max(row['max'] for row in rows) / 1e3:.1f}, errors {sum(row['errors'] for row in rows)}, late {late:.1%}")


def measure(name, port, command, a):
    server = start(name, port, command, a)
    try:
        warm_up(port, a)
        pace(port, a)  # while the rest is compiled
        alone, beside, slow = [], [], []
        for _ in range(a.rounds):
            alone.append(pace(port, a))
            if a.idle:
                beside.append(idle(server, port, a))
            if a.slow:
                slow.append(slowloris(port, a))
    finally:
        stop(server)
    print(f"{name}: {a.active} active connections, a request each every {a.interval / 1e3:g} ms; {a.rounds} rounds of {a.seconds} s")
    print(times("alone", alone))
    if beside:
        print(times(f"beside {a.idle} idle", beside) + f", held {shown([row['held'] for row in beside], '{:.0f}')}")
        print(f"  {'':22} p99 against alone {shown([b['p99'] / o['p99'] for b, o in zip(beside, alone)])}")
        if "heap" in beside[0]:
            print(f"  {'an idle connection':22} heap {shown([row['heap'] for row in beside], '{:,.0f}')} bytes, rss {shown([row['rss'] for row in beside], '{:,.0f}')} bytes")
    if slow:
        print(times(f"beside {a.slow} slowloris", slow) + f", held {shown([row['held'] for row in slow], '{:.0f}')}")
    sys.stdout.flush()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--idle", type=int, default=10_000)
    p.add_argument("--active", type=int, default=100)
    p.add_argument("--interval", type=int, default=20_000)
    p.add_argument("--slow", type=int, default=5_000)
    p.add_argument("--warmup", type=int, default=20)
    p.add_argument("--pace", default="/tmp/http_pace")
    p.add_argument("--real-time", action="store_true")
    p.add_argument("servers", nargs="+", metavar="NAME=PORT=COMMAND")
    a = p.parse_args()
    a.first = ["chrt", "--rr", "10"] if a.real_time else []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended
    for server in a.servers:
        measure(*server.split("=", 2), a)


if __name__ == "__main__":
    main()
