// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct failure {
    int error;
    int step;
};

/// Says over the pipe what went wrong and ends the child without running the parent's exit handlers.
static _Noreturn void fail(int report, enum clinux_spawn_step step) {
    struct failure failure = {.error = errno, .step = step};
    ssize_t written;
    do {
        written = write(report, &failure, sizeof failure);
    } while (written < 0 && errno == EINTR);
    _exit(127);
}

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    // Numbers that cannot be changed, or that glibc keeps for itself, fail and need no change.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/// Puts the descriptors to their places. All are first copied above the places, because one's place may
/// be another's number.
static int place_descriptors(const struct clinux_spawn_request *request, int *report) {
    int places = request->descriptor_count;
    int copies[places > 0 ? places : 1];

    int moved = fcntl(*report, F_DUPFD_CLOEXEC, places);
    // The failure is still told over the old one.
    if (moved < 0) return -1;
    *report = moved;
    for (int place = 0; place < places; place++) {
        int source = request->descriptors[place];
        int opened = -1;
        if (source < 0) source = opened = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (source < 0) return -1;
        copies[place] = fcntl(source, F_DUPFD_CLOEXEC, places);
        if (opened >= 0) close(opened);
        if (copies[place] < 0) return -1;
    }
    for (int place = 0; place < places; place++) {
        if (dup2(copies[place], place) < 0) return -1;
    }
    // What the agent itself inherited without close-on-exec must not reach the worker.
    return (int)syscall(SYS_close_range, places, ~0U, CLOSE_RANGE_CLOEXEC);
}

/// Tells the guard of this process while nothing of the program has run: there is no moment in which the agent's death
/// could leave it behind.
static int enroll(int guard) {
    int self = clinux_pidfd_open(getpid());
    ssize_t sent = self < 0 ? self : clinux_send(guard, "", 1, self);
    if (self >= 0) close(self);
    if (sent < 0) errno = (int)-sent;
    return sent < 0 ? -1 : 0;
}

/// Only the child knows its pid before the program runs.
static void write_pid(char *text) {
    char digits[11];
    int count = 0;
    for (pid_t rest = getpid(); rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
    while (count > 0) *text++ = digits[--count];
    *text = '\0';
}

/// Only async-signal-safe calls from here on (signal-safety(7)). The identity is changed by raw system
/// calls: glibc's wrappers would also signal the parent's other threads, which this process has not.
static _Noreturn void run_child(const struct clinux_spawn_request *request, pid_t parent, int report) {
    reset_signals();
    // A terminal's Ctrl-C goes to the agent alone, which then stops its workers in good order. A process group would be
    // enough for that, but the terminal stops a background group that reads from it (SIGTTIN). A session without a
    // terminal of its own may read.
    setsid();
    if (request->guard >= 0 && enroll(request->guard) < 0) fail(report, CLINUX_SPAWN_GUARD);
    if (place_descriptors(request, &report) < 0) fail(report, CLINUX_SPAWN_DESCRIPTORS);
    if (request->uid >= 0 || request->gid >= 0) {
        // As libuv does: ignored where the agent may not, for then it has no group to give away.
        if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM) fail(report, CLINUX_SPAWN_GROUPS);
    }
    if (request->gid >= 0 && syscall(SYS_setgid, (gid_t)request->gid) < 0) fail(report, CLINUX_SPAWN_GID);
    if (request->uid >= 0 && syscall(SYS_setuid, (uid_t)request->uid) < 0) fail(report, CLINUX_SPAWN_UID);
    // After the change of identity: the directory must be open to the worker, not to the agent.
    if (request->directory && chdir(request->directory) < 0) fail(report, CLINUX_SPAWN_CHDIR);
    if (request->death_signal > 0) {
        // After the change of identity, which takes it back (prctl(2)).
        prctl(PR_SET_PDEATHSIG, request->death_signal);
        // A parent that ended before that call sends nothing any more.
        if (getppid() != parent) _exit(127);
    }
    if (request->pid_text) write_pid(request->pid_text);
    execve(request->path, request->argv, request->envp);
    fail(report, CLINUX_SPAWN_EXEC);
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

int clinux_spawn(const struct clinux_spawn_request *request, struct clinux_spawn_result *result) {
    result->pid = -1;
    result->pidfd = -1;
    result->step = CLINUX_SPAWN_FORK;

    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;

    // No handler of the parent may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = _Fork();
    int fork_error = errno;
    if (pid == 0) run_child(request, parent, report[1]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return -fork_error;
    }

    struct failure failure;
    ssize_t count;
    do {
        count = read(report[0], &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof failure) {
        reap(pid);
        result->step = (enum clinux_spawn_step)failure.step;
        return -failure.error;
    }

    return clinux_adopt_child(pid, result);
}

int clinux_adopt_child(pid_t pid, struct clinux_spawn_result *result) {
    int pidfd = clinux_pidfd_open(pid);
    if (pidfd < 0) {
        kill(pid, SIGKILL);
        reap(pid);
        return pidfd;
    }
    result->pid = pid;
    result->pidfd = pidfd;
    return 0;
}

int clinux_pidfd_open(pid_t pid) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return pidfd < 0 ? -errno : pidfd;
}

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}
