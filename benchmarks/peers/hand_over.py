#!/usr/bin/python3
"""What HandOver and Pools measure, in eventlet and gevent: nanoseconds for a switch, an item through a queue, an item of imap, a timeout."""
import sys
import time

TIMES = 50000


def measure(what, operations, body):
    body()
    began = time.perf_counter()
    body()
    print(f"{sys.argv[1]:8} {what:24} {(time.perf_counter() - began) * 1e9 / operations:8.0f} ns", flush=True)


def both(spawn, wait, giver, taker):
    def often(step):
        for _ in range(TIMES):
            step()

    giving = spawn(often, giver)
    often(taker)
    wait(giving)


def under_timeouts(timeout):
    for _ in range(TIMES):
        with timeout(30):
            pass


def run_eventlet():
    import eventlet
    import eventlet.queue as queues

    def hand_over(queue):
        both(eventlet.spawn, lambda thread: thread.wait(), lambda: queue.put(1), queue.get)

    measure("switch", 2 * TIMES, lambda: both(eventlet.spawn, lambda thread: thread.wait(), eventlet.sleep, eventlet.sleep))
    measure("rendezvous", TIMES, lambda: hand_over(queues.LightQueue(0)))
    measure("room for 100", TIMES, lambda: hand_over(queues.LightQueue(100)))
    measure("imap", TIMES, lambda: sum(eventlet.GreenPool(1000).imap(lambda x: x, range(TIMES))))
    measure("timeout", TIMES, lambda: under_timeouts(eventlet.Timeout))


def run_gevent():
    import gevent
    import gevent.pool
    import gevent.queue as queues

    def hand_over(queue):
        both(gevent.spawn, lambda thread: thread.join(), lambda: queue.put(1), queue.get)

    measure("switch", 2 * TIMES, lambda: both(gevent.spawn, lambda thread: thread.join(), gevent.sleep, gevent.sleep))
    measure("rendezvous", TIMES, lambda: hand_over(queues.Channel()))
    measure("room for 100", TIMES, lambda: hand_over(queues.Queue(100)))
    measure("imap", TIMES, lambda: sum(gevent.pool.Pool(1000).imap(lambda x: x, range(TIMES))))
    measure("timeout", TIMES, lambda: under_timeouts(gevent.Timeout))


if __name__ == "__main__":
    {"eventlet": run_eventlet, "gevent": run_gevent}[sys.argv[1]]()
