// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Where the guard has its socket.
#define GUARD_SOCKET 0

/// What the guard knows.
struct guarded {
    int epoll;
    int running;  // processes that have not ended
    int highest;  // of their descriptors
};

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void watch(struct guarded *guarded, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    epoll_ctl(guarded->epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static void forget(struct guarded *guarded, int descriptor) {
    epoll_ctl(guarded->epoll, EPOLL_CTL_DEL, descriptor, NULL);
    close(descriptor);
}

/// Takes what has come. False at the end: whom the guard serves is gone.
static int take(struct guarded *guarded) {
    char bytes[CLINUX_MAX_DESCRIPTORS];
    int descriptors[CLINUX_MAX_DESCRIPTORS];
    int count, truncated;
    ssize_t received = clinux_receive(GUARD_SOCKET, bytes, sizeof bytes, descriptors, &count, &truncated);
    if (received <= 0) return received == -EAGAIN;
    for (int index = 0; index < count; index++) {
        watch(guarded, descriptors[index]);
        guarded->running++;
        if (descriptors[index] > guarded->highest) guarded->highest = descriptors[index];
    }
    return 1;
}

/// Only async-signal-safe calls: this is a copy of a process of many threads, of which one is left. All signals stay
/// blocked, so that what ends the agent in good order, or its whole process group, leaves the guard at its post.
static _Noreturn void guard(int socket, int grace) {
    // Of a group of its own, for the terminal's signals; and not "cluster-agent", for those who kill by name.
    setsid();
    prctl(PR_SET_NAME, "cluster-guard");
    // Whoever waits for the end of the agent's output must not wait for this.
    if (dup2(socket, GUARD_SOCKET) < 0 || syscall(SYS_close_range, GUARD_SOCKET + 1, ~0U, 0) < 0) _exit(1);
    if (chdir("/") < 0) _exit(1);

    struct guarded guarded = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (guarded.epoll < 0) _exit(1);
    watch(&guarded, GUARD_SOCKET);
    // Of the end; 0 before it is known.
    int64_t deadline = 0;
    while (deadline == 0 || guarded.running > 0) {
        int64_t left = deadline == 0 ? -1 : deadline - milliseconds();
        if (deadline != 0 && left <= 0) break;
        struct epoll_event events[64];
        int count = epoll_wait(guarded.epoll, events, 64, (int)left);
        for (int index = 0; index < count; index++) {
            if (events[index].data.fd != GUARD_SOCKET) {
                forget(&guarded, events[index].data.fd);
                guarded.running--;
            } else if (!take(&guarded)) {
                forget(&guarded, GUARD_SOCKET);
                deadline = milliseconds() + grace;
            }
        }
    }
    // What is no pidfd refuses.
    for (int number = 0; number <= guarded.highest; number++) clinux_pidfd_send_signal(number, SIGKILL);
    _exit(0);
}

int clinux_start_guard(int socket, int grace, struct clinux_spawn_result *result) {
    result->pid = -1;
    result->pidfd = -1;
    result->step = CLINUX_SPAWN_FORK;

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = _Fork();
    int fork_error = errno;
    if (pid == 0) guard(socket, grace);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) return -fork_error;
    return clinux_adopt_child(pid, result);
}
