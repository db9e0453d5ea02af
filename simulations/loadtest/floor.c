/* The least that a WebSocket server can do: the floor under every other one, on the same machine in the same minute.
 *
 * One thread, one epoll. For each readable socket one recv, whose bytes are thrown away: no frame is parsed. Every tick
 * one send of the same ready-made frame to each client, the clients spread over phase groups so that sends do not come
 * in one burst. No game, no queue, no allocation after the start but for new connections.
 *
 *   floor PAYLOAD_BYTES TICK_HZ        prints "Floor serves http://127.0.0.1:PORT"; ends with SIGTERM
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { GROUPS = 8, MAX_FD = 65536, MAX_EVENTS = 256, MAX_PAYLOAD = 65535, REQUEST_BYTES = 2048 };

struct group { int fds[MAX_FD]; int count; };

static struct group groups[GROUPS];
static int group_of[MAX_FD];             /* -1: still in its handshake */
static int place_of[MAX_FD];             /* index in its group */
static char *request_of[MAX_FD];         /* the handshake so far */
static int request_length[MAX_FD];

/* --- SHA-1 and base64, for the handshake's one header (RFC 6455, 4.2.2; RFC 3174) --- */

static uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

static void sha1_block(uint32_t state[5], const uint8_t *block) {
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        if (i < 20) { f = (b & c) | (~b & d); k = 0x5A827999; }
        else if (i < 40) { f = b ^ c ^ d; k = 0x6ED9EBA1; }
        else if (i < 60) { f = (b & c) | (b & d) | (c & d); k = 0x8F1BBCDC; }
        else { f = b ^ c ^ d; k = 0xCA62C1D6; }
        uint32_t next = rotate(a, 5) + f + e + k + w[i];
        e = d; d = c; c = rotate(b, 30); b = a; a = next;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e;
}

static void sha1(const char *text, size_t length, uint8_t digest[20]) {
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t padded[128] = {0};           /* 24 + 36 bytes are hashed: two blocks at most */
    memcpy(padded, text, length);
    padded[length] = 0x80;
    size_t blocks = length + 9 <= 64 ? 1 : 2;
    for (int i = 0; i < 8; i++) padded[blocks * 64 - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
    for (size_t i = 0; i < blocks; i++) sha1_block(state, padded + 64 * i);
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t digest[20], char text[29]) {
    static const char marks[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 7; i++) {
        uint32_t three = digest[3 * i] << 16 | digest[3 * i + 1] << 8 | (i < 6 ? digest[3 * i + 2] : 0);
        for (int j = 0; j < 4; j++) text[4 * i + j] = marks[three >> (18 - 6 * j) & 63];
    }
    text[27] = '=';
    text[28] = 0;
}

/* --- connections --- */

static void die(const char *what) { perror(what); exit(1); }

static void drop(int fd) {
    int number = group_of[fd];
    if (number >= 0) {                   /* the last one of the group takes its place */
        struct group *group = &groups[number];
        int last = group->fds[--group->count];
        group->fds[place_of[fd]] = last;
        place_of[last] = place_of[fd];
    }
    free(request_of[fd]);
    request_of[fd] = NULL;
    close(fd);
}

static void accept_all(int listener, int poller) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) return;
        if (fd >= MAX_FD) { close(fd); continue; }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        group_of[fd] = -1;
        request_length[fd] = 0;
        request_of[fd] = malloc(REQUEST_BYTES);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (!request_of[fd] || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) drop(fd);
    }
}

static void shake_hands(int fd) {
    static int next_group = 0;
    char *request = request_of[fd];
    ssize_t got = recv(fd, request + request_length[fd], (size_t)(REQUEST_BYTES - 1 - request_length[fd]), 0);
    if (got <= 0) { if (got == 0 || errno != EAGAIN) drop(fd); return; }
    request_length[fd] += (int)got;
    request[request_length[fd]] = 0;
    if (!strstr(request, "\r\n\r\n")) { if (request_length[fd] == REQUEST_BYTES - 1) drop(fd); return; }
    char *key = strcasestr(request, "\r\nSec-WebSocket-Key:");
    if (!key) { drop(fd); return; }
    key += strlen("\r\nSec-WebSocket-Key:");
    while (*key == ' ') key++;
    char joined[64], accept_value[29], answer[256];
    uint8_t digest[20];
    snprintf(joined, sizeof joined, "%.24s%s", key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    sha1(joined, strlen(joined), digest);
    base64(digest, accept_value);
    int length = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n\r\n", accept_value);
    if (send(fd, answer, (size_t)length, MSG_NOSIGNAL) != length) { drop(fd); return; }
    free(request_of[fd]);
    request_of[fd] = NULL;
    struct group *group = &groups[next_group];
    group_of[fd] = next_group;
    place_of[fd] = group->count;
    group->fds[group->count++] = fd;
    next_group = (next_group + 1) % GROUPS;
}

int main(int argc, char **argv) {
    static char thrown_away[4096], frame[MAX_PAYLOAD + 4];
    int payload = argc == 3 ? atoi(argv[1]) : -1, tick_hz = argc == 3 ? atoi(argv[2]) : 0;
    if (payload < 0 || payload > MAX_PAYLOAD || tick_hz < 1 || tick_hz > 1000) {
        fprintf(stderr, "usage: floor PAYLOAD_BYTES TICK_HZ\n");
        return 2;
    }
    size_t frame_length = 0;             /* RFC 6455, 5.2: final binary frame, unmasked */
    frame[frame_length++] = (char)0x82;
    if (payload < 126) frame[frame_length++] = (char)payload;
    else { frame[frame_length++] = 126; frame[frame_length++] = (char)(payload >> 8); frame[frame_length++] = (char)payload; }
    frame_length += (size_t)payload;

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 2048) < 0) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);

    int poller = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    long step_ns = 1000000000L / tick_hz / GROUPS;
    struct itimerspec beat = {{step_ns / 1000000000L, step_ns % 1000000000L}, {step_ns / 1000000000L, step_ns % 1000000000L}};
    if (timerfd_settime(timer, 0, &beat, NULL) < 0) die("timerfd");
    struct epoll_event of_listener = {.events = EPOLLIN, .data.fd = listener}, of_timer = {.events = EPOLLIN, .data.fd = timer};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &of_listener);
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &of_timer);
    printf("Floor serves http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    unsigned turn = 0;
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) { accept_all(listener, poller); continue; }
            if (fd == timer) {
                uint64_t due = 0;
                if (read(timer, &due, sizeof due) != sizeof due) continue;
                for (; due; due--) {
                    struct group *group = &groups[turn++ % GROUPS];
                    for (int j = 0; j < group->count; j++) (void)!send(group->fds[j], frame, frame_length, MSG_NOSIGNAL);
                }
                continue;
            }
            if (request_of[fd]) { shake_hands(fd); continue; }
            ssize_t got = recv(fd, thrown_away, sizeof thrown_away, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN)) drop(fd);
        }
    }
}
