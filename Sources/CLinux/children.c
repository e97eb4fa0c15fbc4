// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/// Where the handler writes; it can be told in no other way.
static volatile sig_atomic_t child_event = -1;

static void note_end(int number) {
    (void)number;
    int before = errno;
    uint64_t one = 1;
    // It fails only when the counter is full, and who reads it comes anyway.
    ssize_t written = write(child_event, &one, sizeof one);
    (void)written;
    errno = before;
}

int clinux_watch_children(int eventfd) {
    child_event = eventfd;
    // Not for a child that is stopped or goes on.
    struct sigaction action = {.sa_handler = note_end, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) < 0) return -errno;
    // The process that started this one may have blocked it.
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return -pthread_sigmask(SIG_UNBLOCK, &child, NULL);
}

pid_t clinux_ended_child(void) {
    siginfo_t info = {0};
    int result;
    do {
        result = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (result < 0 && errno == EINTR);
    // If there is no child at all, none has ended.
    if (result < 0) return errno == ECHILD ? 0 : -errno;
    return info.si_pid;
}
