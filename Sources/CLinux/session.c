// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Only async-signal-safe calls: the guard, a copy of a process of many threads, uses all of this.

/// pidfd_send_signal(2): the whole process group, also after its leader was reaped. Since Linux 6.9.
#define SIGNAL_PROCESS_GROUP (1U << 2)

/// An entry of getdents64(2).
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/// The pid that a name in /proc stands for; 0 for all else.
static pid_t pid_of(const char *name) {
    pid_t pid = 0;
    for (; *name; name++) {
        if (*name < '0' || *name > '9' || pid > 100000000) return 0;
        pid = pid * 10 + (*name - '0');
    }
    return pid;
}

/// Writes `/proc/PID/stat`.
static void write_path(char *text, pid_t pid) {
    char digits[11];
    int count = 0;
    for (; pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
    memcpy(text, "/proc/", 6);
    text += 6;
    while (count > 0) *text++ = digits[--count];
    memcpy(text, "/stat", 6);
}

/// False for a process that has ended and waits for its parent, as for one that does not exist.
static int is_alive(pid_t pid) {
    char path[32], text[128];
    write_path(path, pid);
    int status = open(path, O_RDONLY | O_CLOEXEC);
    if (status < 0) return 0;
    ssize_t length = read(status, text, sizeof text - 1);
    close(status);
    if (length <= 0) return 0;
    text[length] = 0;
    // The state stands behind the name, which has at most 15 characters and may be any (proc(5)).
    const char *state = strrchr(text, ')');
    return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

/// Whether the leader was reaped and its number is another process's now. Nothing of its session is left then: the
/// kernel gives no number away that a session still has.
static int is_reused(int pidfd, pid_t leader) {
    return clinux_pidfd_send_signal(pidfd, 0) == -ESRCH && (kill(leader, 0) == 0 || errno == EPERM);
}

static int contains(const pid_t *sorted, int count, pid_t pid) {
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (sorted[middle] == pid) return 1;
        if (sorted[middle] < pid) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/// Calls `body` for each living process of these sessions but their leaders, which are sorted; ends early if that returns
/// false.
static void each_member_of(
    const pid_t *leaders, int count, int (*body)(pid_t member, pid_t session, void *context), void *context) {
    int directory = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    _Alignas(struct entry) char buffer[8192];
    long length;
    int goes_on = 1;
    while (goes_on && (length = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long place = 0; goes_on && place < length;) {
            const struct entry *entry = (const struct entry *)(buffer + place);
            place += entry->length;
            pid_t pid = pid_of(entry->name);
            if (pid == 0) continue;
            pid_t session = getsid(pid);
            if (session == pid || !contains(leaders, count, session) || !is_alive(pid)) continue;
            goes_on = body(pid, session, context);
        }
    }
    close(directory);
}

static void each_member(
    int pidfd, pid_t leader, int (*body)(pid_t member, pid_t session, void *context), void *context) {
    if (!is_reused(pidfd, leader)) each_member_of(&leader, 1, body, context);
}

struct list {
    pid_t *pids;
    int capacity;
    int count;
};

static int append(pid_t member, pid_t session, void *context) {
    (void)session;
    struct list *list = context;
    list->pids[list->count++] = member;
    return list->count < list->capacity;
}

int clinux_session_members(int pidfd, pid_t leader, pid_t *pids, int capacity) {
    struct list list = {.pids = pids, .capacity = capacity};
    if (capacity > 0) each_member(pidfd, leader, append, &list);
    return list.count;
}

struct found {
    struct clinux_member *members;
    int capacity;
    int count;
};

static int append_found(pid_t member, pid_t session, void *context) {
    struct found *found = context;
    found->members[found->count++] = (struct clinux_member){.pid = member, .session = session};
    return found->count < found->capacity;
}

int clinux_sessions_members(const pid_t *leaders, int count, struct clinux_member *members, int capacity) {
    struct found found = {.members = members, .capacity = capacity};
    if (capacity > 0) each_member_of(leaders, count, append_found, &found);
    return found.count;
}

struct errand {
    pid_t leader;
    int signal;
    int reached_group;
};

static int signal_member(pid_t member, pid_t session, void *context) {
    (void)session;
    const struct errand *errand = context;
    if (errand->reached_group && getpgid(member) == errand->leader) return 1;
    int pidfd = clinux_pidfd_open(member);
    if (pidfd < 0) return 1;
    // Its number may have become another's before it was held.
    if (getsid(member) == errand->leader) clinux_pidfd_send_signal(pidfd, errand->signal);
    close(pidfd);
    return 1;
}

int clinux_signal_session(int pidfd, pid_t leader, int signal) {
    // The group at once, so that none of it can be born in between and be missed.
    long result = syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, SIGNAL_PROCESS_GROUP);
    int error = result < 0 ? errno : 0;
    struct errand errand = {.leader = leader, .signal = signal, .reached_group = error == 0};
    // On a kernel that does not know the flag, and for a process that leads no group yet: one by one.
    if (error != 0) error = -clinux_pidfd_send_signal(pidfd, signal);
    each_member(pidfd, leader, signal_member, &errand);
    return -error;
}
