/* Copies bytes between a client and its own connection to the origin, reading none of them: two
 * receives and two sends for a request and its answer, and as few waits as there can be. What it
 * costs is the kernel's share of any proxy that uses sockets this way.
 *
 *     floor LISTEN_PORT ORIGIN_PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536, EVENTS = 256 };

static int peers[DESCRIPTORS];
static char buffer[65536];

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((unsigned short)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void watch(int events, int descriptor, unsigned how) {
    struct epoll_event event = {.events = how, .data.fd = descriptor};
    epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event);
}

static void join(int events, int client, struct sockaddr_in origin) {
    int one = 1;
    int upstream = socket(AF_INET, SOCK_STREAM, 0);
    if (upstream < 0 || upstream >= DESCRIPTORS || client >= DESCRIPTORS ||
        connect(upstream, (struct sockaddr *)&origin, sizeof origin) != 0) {
        close(upstream);
        close(client);
        return;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peers[client] = upstream;
    peers[upstream] = client;
    watch(events, client, EPOLLIN | EPOLLET);
    watch(events, upstream, EPOLLIN | EPOLLET);
}

int main(int count, char **words) {
    if (count != 3) {
        fprintf(stderr, "usage: floor LISTEN_PORT ORIGIN_PORT\n");
        return 64;
    }
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = loopback(words[1]), origin = loopback(words[2]);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
        perror("floor");
        return 69;
    }
    int events = epoll_create1(0);
    watch(events, listener, EPOLLIN);
    struct epoll_event ready[EVENTS];
    for (;;) {
        int found = epoll_wait(events, ready, EVENTS, -1);
        for (int index = 0; index < found; index++) {
            int descriptor = ready[index].data.fd;
            if (descriptor == listener) {
                int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (client >= 0) join(events, client, origin);
                continue;
            }
            ssize_t received = recv(descriptor, buffer, sizeof buffer, 0);
            if (received > 0) {
                send(peers[descriptor], buffer, (size_t)received, MSG_NOSIGNAL);
            } else if (received == 0) {
                close(peers[descriptor]);
                close(descriptor);
            }
        }
    }
}
