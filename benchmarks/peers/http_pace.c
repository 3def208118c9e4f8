/*
 * Loads an HTTP server at a steady pace, or holds idle connections open; all on 127.0.0.1, keep-alive, GET /.
 *
 *     http_pace PORT CONNECTIONS SECONDS INTERVAL    each connection asks every INTERVAL microseconds, one after the other
 *     http_pace PORT CONNECTIONS hold                each asks once; prints "open", and closes all when standard input ends
 *
 * A time counts from when the request was due if its connection was still waiting for an answer then (so that a server that stalls is
 * not asked less for it), and from when it was sent if this process was late itself. Prints one line of JSON: times in microseconds,
 * and how many requests this process sent more than 1 ms late.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 19000, SAMPLES = 1 << 20, ANSWER = 4096 };

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
static const char body[] = "Hello, world!";

static struct connection {
    int fd;
    int64_t asked;  /* from when the request under way counts; 0: none is */
    int64_t missed; /* when the first of those was due that could not be asked, because one was under way */
    int misses;
    int length;
    char answer[256];
} connections[MAX_CONNECTIONS];

static int64_t samples[SAMPLES];
static int taken, errors, poller;
static struct sockaddr_in to;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void open_connection(struct connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0) fail("socket");
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->asked = c->misses = c->length = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
}

/* The connection is of no more use: count it, and take another. */
static void replace(struct connection *c) {
    errors++;
    close(c->fd);
    open_connection(c);
}

static void ask(struct connection *c, int64_t since) {
    c->asked = since;
    if (send(c->fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) replace(c);
}

/* Whether the answer has come whole; every server measured ends it with the body. */
static int hear(struct connection *c) {
    ssize_t n = recv(c->fd, c->answer + c->length, sizeof c->answer - c->length, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0 || !c->asked) {
        replace(c);
        return 0;
    }
    c->length += n;
    int end = sizeof body - 1;
    if (c->length >= end && !memcmp(c->answer + c->length - end, body, end)) {
        int good = !memcmp(c->answer, "HTTP/1.1 200", 12);
        c->length = 0;
        if (good) return 1;
        replace(c);
    } else if (c->length == sizeof c->answer) {
        replace(c);
    }
    return 0;
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double percent) {
    return taken ? samples[(int)((taken - 1) * percent / 100)] / 1e3 : -1;
}

static void hold(int count) {
    for (int i = 0; i < count; i++) {
        struct connection *c = &connections[i];
        open_connection(c);
        ask(c, 1);
        /* One by one, so that no backlog overflows. */
        struct epoll_event event;
        do {
            if (epoll_wait(poller, &event, 1, 10000) < 1) fail("no answer within 10 s");
            if (event.data.ptr != c) fail("an idle connection spoke, or was closed");
        } while (!hear(c) && !errors);
        if (errors) fail("a bad answer");
        c->asked = 0;
    }
    printf("open\n");
    fflush(stdout);
    struct epoll_event none, events[64];
    none.events = EPOLLIN;
    none.data.ptr = NULL;
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &none);
    int closed = 0;
    while (1) {
        int n = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                printf("{\"closed\": %d}\n", closed);
                exit(0);
            }
            closed++; /* by the server */
            close(c->fd);
        }
    }
}

static void pace(int count, int64_t seconds, int64_t interval) {
    for (int i = 0; i < count; i++) open_connection(&connections[i]);
    int64_t begin = now() + 10000000, late = 0;
    /* The turns go round the connections. */
    int64_t turns = seconds * 1000000000LL / interval * count;
    for (int64_t turn = 0; turn < turns;) {
        int64_t due = begin + turn * interval / count, wait = due - now();
        if (wait < 0) wait = 0;
        struct epoll_event events[64];
        int n = epoll_pwait2(poller, events, 64, &(struct timespec){wait / 1000000000, wait % 1000000000}, NULL);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!hear(c)) continue;
            if (taken < SAMPLES) samples[taken++] = now() - c->asked;
            c->asked = 0;
            if (c->misses) {
                c->misses--;
                c->missed += interval;
                ask(c, c->missed - interval);
            }
        }
        for (int64_t time = now(); turn < turns && due <= time; due = begin + ++turn * interval / count) {
            struct connection *c = &connections[turn % count];
            late += time - due > 1000000;
            if (!c->asked) {
                ask(c, time);
            } else if (c->misses++ == 0) {
                c->missed = due;
            }
        }
    }
    qsort(samples, taken, sizeof *samples, ascending);
    printf("{\"requests\": %d, \"p50\": %.0f, \"p99\": %.0f, \"max\": %.0f, \"errors\": %d, \"late\": %lld}\n", taken, percentile(50), percentile(99),
           percentile(100), errors, (long long)late);
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 0, holds = argc == 4 && !strcmp(argv[3], "hold");
    if (!holds && (argc != 5 || atoll(argv[3]) < 1 || atoll(argv[4]) < 1)) {
        fprintf(stderr, "usage: http_pace PORT CONNECTIONS SECONDS INTERVAL, or http_pace PORT CONNECTIONS hold\n");
        return 2;
    }
    if (count < 1 || count > MAX_CONNECTIONS) {
        fprintf(stderr, "CONNECTIONS: 1 to %d\n", MAX_CONNECTIONS);
        return 2;
    }
    to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    poller = epoll_create1(0);
    if (holds) hold(count);
    else pace(count, atoll(argv[3]), atoll(argv[4]) * 1000);
}
