// SPDX-License-Identifier: Apache-2.0

// Preloaded into a load generator: each connection comes from another address of the loopback network, as from 200 clients.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int connect(int number, const struct sockaddr *address, socklen_t length) {
    static int (*original)(int, const struct sockaddr *, socklen_t);
    static unsigned client;
    if (!original) original = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    if (address->sa_family == AF_INET) {
        int yes = 1;
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000101 + client++ % 200)};
        // The port is chosen at connect(2), when the other end is known (ip(7)).
        setsockopt(number, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        bind(number, (struct sockaddr *)&own, sizeof own);
    }
    return original(number, address, length);
}
