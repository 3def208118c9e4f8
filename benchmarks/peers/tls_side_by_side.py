#!/usr/bin/env python3
"""Measures TLS servers side by side in one run, so that a noisy machine treats them alike.

    tls_side_by_side.py [--rounds 11] [--seconds 2] [--bytes 100000000] NAME=PORT=COMMAND ...

Every server answers GET /N with N bytes and closes. It is started on processor 0; `openssl s_time` loads it from processor 1, round
after round: full handshakes, then bulk. The figure to trust is the CPU time of the server's process for a handshake and for a
megabyte: throughput on a shared machine swings with its neighbours. Ratios are taken within a round against the first server
named; their median is printed with its 95 % bootstrap interval. A server named with a trailing "!" speaks for itself only: it is not asked for bulk.
"""
import argparse, os, re, shlex, signal, socket, statistics, subprocess, sys, time

from side_by_side import cpu_seconds, interval


def s_time(port, seconds, size):
    command = ["taskset", "-c", "1", "openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(seconds), "-tls1_3"]
    if size is not None:
        command += ["-www", f"/{size}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 10 + 30)
    found = re.search(r"(\d+) connections in ([\d.]+) real seconds, (\d+) bytes read per connection", done.stdout)
    if not found or found.group(1) == "0":
        sys.exit(f"openssl s_time found no server on port {port}:\n{done.stdout}{done.stderr}")
    return int(found.group(1)), int(found.group(3)), float(found.group(2))


def measure(server, a):
    before = cpu_seconds(server["pid"])
    begin = time.monotonic()
    count, _, _ = s_time(server["port"], a.seconds, None)
    took = time.monotonic() - begin
    result = {"handshakes a second": count / took, "CPU us a handshake": (cpu_seconds(server["pid"]) - before) / count * 1e6}
    if server["bulk"]:
        before = cpu_seconds(server["pid"])
        begin = time.monotonic()
        count, size, _ = s_time(server["port"], a.seconds, a.bytes)
        took = time.monotonic() - begin
        megabytes = count * size / 1e6
        result |= {"MB a second": megabytes / took, "CPU us a MB": (cpu_seconds(server["pid"]) - before) / megabytes * 1e6}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--bytes", type=int, default=100_000_000)
    parser.add_argument("servers", nargs="+")
    a = parser.parse_args()
    servers = []
    try:
        for word in a.servers:
            name, port, command = word.split("=", 2)
            log = open(f"/tmp/tls_side_by_side.{name.rstrip('!')}.log", "w")
            process = subprocess.Popen(["taskset", "-c", "0"] + shlex.split(command), stdout=log, stderr=log, start_new_session=True)
            servers.append({"name": name.rstrip("!"), "port": port, "pid": process.pid, "bulk": not name.endswith("!"), "rounds": []})
        for server in servers:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", int(server["port"])), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            measure(server, a)  # warms up
        for _ in range(a.rounds):
            for server in servers:
                server["rounds"].append(measure(server, a))
    finally:
        for server in servers:
            os.killpg(server["pid"], signal.SIGKILL)
    first = servers[0]
    for figure in first["rounds"][0]:
        print(figure)
        for server in servers:
            values = [each[figure] for each in server["rounds"] if figure in each]
            if values:
                ratios = [each[figure] / other[figure] for each, other in zip(server["rounds"], first["rounds"])]
                low, high = interval(ratios)
                print(f"  {server['name']:24} {statistics.median(values):12.1f}   {statistics.median(ratios):.2f} of {first['name']} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
