/*
 * Loads a datagram echo server: datagram_load PORT CLIENTS WINDOW SECONDS. Each client is a connected UDP socket on 127.0.0.1
 * with WINDOW messages of 64 bytes under way; an answer is checked and followed by the next message. Nothing lost on the way
 * may stall a client, so what has not come back after 200 ms is sent anew and counted. Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 1024, SAMPLES = 1 << 20 };

struct message {
    int64_t sent;
    uint32_t client, number;
    char rest[48];
};

static struct { int fd; uint32_t next; int64_t heard; } clients[MAX_CLIENTS];
static int32_t samples[SAMPLES];

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void say(uint32_t client) {
    struct message m = {.sent = now(), .client = client, .number = clients[client].next++};
    if (send(clients[client].fd, &m, sizeof m, 0) < 0 && errno != EAGAIN && errno != ECONNREFUSED) {
        perror("send");
        exit(1);
    }
}

static int ascending(const void *a, const void *b) {
    return *(const int32_t *)a - *(const int32_t *)b;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: datagram_load PORT CLIENTS WINDOW SECONDS\n");
        return 2;
    }
    int count = atoi(argv[2]), window = atoi(argv[3]);
    if (count < 1 || count > MAX_CLIENTS || window < 1) {
        fprintf(stderr, "CLIENTS: 1 to %d; WINDOW: 1 or more\n", MAX_CLIENTS);
        return 2;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int poller = epoll_create1(0);
    int64_t begin = now(), end = begin + atoll(argv[4]) * 1000000000LL;
    for (int c = 0; c < count; c++) {
        clients[c].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        clients[c].heard = begin;
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = c};
        if (connect(clients[c].fd, (struct sockaddr *)&to, sizeof to) || epoll_ctl(poller, EPOLL_CTL_ADD, clients[c].fd, &e)) {
            perror("connect");
            return 1;
        }
        for (int w = 0; w < window; w++) say(c);
    }
    int64_t answers = 0, wrong = 0, again = 0, t;
    while ((t = now()) < end) {
        struct epoll_event ready[64];
        int n = epoll_wait(poller, ready, 64, 50);
        for (int i = 0; i < n; i++) {
            uint32_t c = ready[i].data.u32;
            struct message m;
            for (int k = 0; k < window; k++) {
                ssize_t got = recv(clients[c].fd, &m, sizeof m, 0);
                if (got < 0) break;
                clients[c].heard = now();
                if (got != sizeof m || m.client != c) {
                    wrong++;
                } else {
                    samples[answers++ % SAMPLES] = (int32_t)((clients[c].heard - m.sent) / 1000);
                }
                say(c);
            }
        }
        for (int c = 0; c < count; c++) {
            if (t - clients[c].heard > 200000000) {
                clients[c].heard = t;
                again += window;
                for (int w = 0; w < window; w++) say(c);
            }
        }
    }
    double seconds = (now() - begin) / 1e9;
    int64_t kept = answers < SAMPLES ? answers : SAMPLES;
    qsort(samples, kept, sizeof *samples, ascending);
    printf("{\"requests\": %lld, \"rps\": %.1f, \"p50\": %d, \"p99\": %d, \"errors\": %lld, \"non2xx\": %lld}\n", (long long)answers,
           answers / seconds, kept ? samples[kept / 2] : 0, kept ? samples[kept * 99 / 100] : 0, (long long)again, (long long)wrong);
    return 0;
}
