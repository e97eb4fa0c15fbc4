// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// Where the guard has its socket.
#define GUARD_SOCKET 0

/// How often the guard looks whether what a process has left behind has ended, in milliseconds.
#define LOOK_INTERVAL 50

/// The most processes that can be guarded.
#define MOST_DESCRIPTORS (1 << 20)

/// A guarded process, by the number of its pidfd.
struct program {
    pid_t pid;  // 0: there is none
    enum { RUNNING, ENDED, TOLD_TO_END } state;  // all but RUNNING have left something of their session behind
};

/// What the guard knows.
struct guarded {
    int epoll;
    int running;  // processes that have not ended
    int ended;    // those of which something is left
    int highest;  // of their descriptors
    int is_alone; // whom the guard serves is gone
    int capacity;
    struct program *programs;
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

/// Reads a number in lower case and steps behind it.
static uintptr_t read_number(const char **text, uintptr_t base) {
    uintptr_t number = 0;
    for (;; (*text)++) {
        char digit = **text;
        if (digit >= '0' && digit <= '9') number = number * base + (uintptr_t)(digit - '0');
        else if (base == 16 && digit >= 'a' && digit <= 'f') number = number * base + (uintptr_t)(digit - 'a' + 10);
        else return number;
    }
}

/// The pid that a pidfd stands for (proc_pid_fdinfo(5)); 0 if that cannot be told, as of a process that was reaped.
static pid_t read_pid(int pidfd) {
    char path[40] = "/proc/self/fdinfo/", digits[11], text[512];
    int count = 0;
    int number = pidfd;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    char *end = path + strlen(path);
    while (count > 0) *end++ = digits[--count];
    *end = 0;
    int info = open(path, O_RDONLY | O_CLOEXEC);
    if (info < 0) return 0;
    ssize_t length = read(info, text, sizeof text - 1);
    close(info);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *field = strstr(text, "\nPid:\t");
    if (!field) return 0;
    field += 6;
    return (pid_t)read_number(&field, 10);
}

/// Begins to guard a process, and takes over its pidfd.
static void guard_program(struct guarded *guarded, int pidfd, pid_t pid) {
    if (pidfd >= guarded->capacity) {
        close(pidfd);
        return;
    }
    guarded->programs[pidfd] = (struct program){.pid = pid, .state = RUNNING};
    guarded->running++;
    if (pidfd > guarded->highest) guarded->highest = pidfd;
    watch(guarded, pidfd);
}

static int has_members(int pidfd, pid_t leader) {
    pid_t first;
    return clinux_session_members(pidfd, leader, &first, 1) > 0;
}

/// The most processes whose end is dealt with at once.
#define BATCH 64

static int is_among(const pid_t *pids, int count, pid_t pid) {
    for (int index = 0; index < count; index++) {
        if (pids[index] == pid) return 1;
    }
    return 0;
}

/// The leaders that have others in their sessions come first; returns how many. One look at all processes is for all of
/// them. A leader's number may be another's by now, which `look_after_ended` notices.
static int find_members(struct guarded *guarded, const int *pidfds, int count, pid_t *leaders) {
    pid_t sorted[BATCH];
    for (int index = 0; index < count; index++) {
        int place = index;
        pid_t pid = guarded->programs[pidfds[index]].pid;
        for (; place > 0 && sorted[place - 1] > pid; place--) sorted[place] = sorted[place - 1];
        sorted[place] = pid;
    }
    struct clinux_member members[4 * BATCH];
    int found = clinux_sessions_members(sorted, count, members, 4 * BATCH);
    // So many that others may not have been told of: each may have some.
    if (found == 4 * BATCH) {
        memcpy(leaders, sorted, (size_t)count * sizeof *leaders);
        return count;
    }
    int leading = 0;
    for (int index = 0; index < found; index++) {
        if (!is_among(leaders, leading, members[index].session)) leaders[leading++] = members[index].session;
    }
    return leading;
}

static void did_end(struct guarded *guarded, int pidfd, int leaves_members) {
    guarded->running--;
    struct program *program = &guarded->programs[pidfd];
    if (program->pid > 0 && leaves_members) {
        // It would be readable forever.
        epoll_ctl(guarded->epoll, EPOLL_CTL_DEL, pidfd, NULL);
        program->state = ENDED;
        guarded->ended++;
    } else {
        forget(guarded, pidfd);
        program->pid = 0;
    }
}

/// Looks after what ended processes have left behind. While the guard's parent lives, that is the parent's business.
static void look_after_ended(struct guarded *guarded) {
    for (int number = 0; guarded->ended > 0 && number <= guarded->highest; number++) {
        struct program *program = &guarded->programs[number];
        if (program->pid == 0 || program->state == RUNNING) continue;
        if (!has_members(number, program->pid)) {
            close(number);
            program->pid = 0;
            guarded->ended--;
        } else if (guarded->is_alone && program->state == ENDED) {
            clinux_signal_session(number, program->pid, SIGTERM);
            program->state = TOLD_TO_END;
        }
    }
}

/// Takes what has come. False at the end: the guard's parent is gone.
static int take(struct guarded *guarded) {
    char bytes[CLINUX_MAX_DESCRIPTORS];
    int descriptors[CLINUX_MAX_DESCRIPTORS];
    int count;
    ssize_t received = clinux_receive(GUARD_SOCKET, bytes, sizeof bytes, descriptors, &count);
    if (received <= 0) return received == -EAGAIN;
    // The kernel never joins two messages with descriptors into one read (unix(7)).
    pid_t pid = 0;
    if (count == 1 && received == (ssize_t)sizeof pid) memcpy(&pid, bytes, sizeof pid);
    for (int index = 0; index < count; index++) {
        guard_program(guarded, descriptors[index], pid > 0 ? pid : read_pid(descriptors[index]));
    }
    return 1;
}

/// What ps and pkill know it by; at most 15 characters (PR_SET_NAME).
static const char name[] = "cluster-guard";

/// Puts the name in the place of the parent's command line, so that nobody takes the guard for an agent.
static void replace_command_line(void) {
    int status = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    char text[2048];
    ssize_t length = read(status, text, sizeof text - 1);
    close(status);
    if (length <= 0) return;
    text[length] = 0;
    // The fields behind the name in parentheses count from 3; the 48th and 49th are where the arguments begin and end.
    const char *field = strrchr(text, ')');
    for (int number = 3; field && number <= 48; number++) field = strchr(field + 1, ' ');
    if (!field) return;
    field++;
    uintptr_t start = read_number(&field, 10);
    field++;
    uintptr_t end = read_number(&field, 10);
    if (start == 0 || end <= start + sizeof name) return;
    memset((void *)start, 0, end - start);
    memcpy((void *)start, name, sizeof name);
}

/// Smaller ones may belong to the C library, which is still used.
#define LARGE_MEMORY (1 << 20)

static int is_within(uintptr_t start, uintptr_t end, const void *address) {
    return start <= (uintptr_t)address && (uintptr_t)address < end;
}

/// Gives back the memory of one line of proc_pid_maps(5) if it is the parent's heap or some thread's stack.
static void drop(const char *line) {
    uintptr_t start = read_number(&line, 16);
    line++;
    uintptr_t end = read_number(&line, 16);
    // Private memory that may be written and is no file's: of these the device and the inode are 0.
    if (strncmp(line, " rw-p 00000000 00:00 0", 22) != 0 || end - start < LARGE_MEMORY) return;
    // The stack that this runs on, and what the thread has of its own.
    if (is_within(start, end, &start) || is_within(start, end, &errno)) return;
    madvise((void *)start, end - start, MADV_DONTNEED);
}

/// The guard is a copy of its parent, and would keep all that the parent then had, as it changes there.
static void drop_memory(void) {
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    char text[4096];
    size_t length = 0;
    ssize_t count;
    while (length < sizeof text && (count = read(maps, text + length, sizeof text - length)) > 0) {
        length += (size_t)count;
        char *line = text, *newline;
        while ((newline = memchr(line, '\n', length - (size_t)(line - text)))) {
            *newline = 0;
            drop(line);
            line = newline + 1;
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
    }
    close(maps);
}

/// Without malloc, whose lock another thread may have had at the fork. The kernel gives pages as they are used.
static int make_programs(struct guarded *guarded) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
    guarded->capacity = (int)(limit.rlim_cur < MOST_DESCRIPTORS ? limit.rlim_cur : MOST_DESCRIPTORS);
    size_t size = (size_t)guarded->capacity * sizeof *guarded->programs;
    guarded->programs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return guarded->programs != MAP_FAILED;
}

/// Only async-signal-safe calls: this is a copy of a process of many threads, of which one is left. All signals stay
/// blocked, so that what ends the agent in good order, or its whole process group, leaves the guard at its post.
static _Noreturn void guard(int socket, int grace) {
    // Of a group of its own, for the terminal's signals, and of a name of its own, for those who kill by name.
    setsid();
    prctl(PR_SET_NAME, name);
    replace_command_line();
    // A reader of the agent's output waits until its last writer has closed it, and must not wait for this.
    if (dup2(socket, GUARD_SOCKET) < 0 || syscall(SYS_close_range, GUARD_SOCKET + 1, ~0U, 0) < 0) _exit(1);
    if (chdir("/") < 0) _exit(1);
    drop_memory();

    struct guarded guarded = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (guarded.epoll < 0 || !make_programs(&guarded)) _exit(1);
    watch(&guarded, GUARD_SOCKET);
    // Of the end; 0 before it is known.
    int64_t deadline = 0;
    while (!guarded.is_alone || guarded.running + guarded.ended > 0) {
        int64_t left = guarded.is_alone ? deadline - milliseconds() : -1;
        if (guarded.is_alone && left <= 0) break;
        int64_t look = guarded.is_alone ? LOOK_INTERVAL : 20 * LOOK_INTERVAL;
        if (guarded.ended > 0 && (left < 0 || left > look)) left = look;
        struct epoll_event events[BATCH];
        int count = epoll_wait(guarded.epoll, events, BATCH, (int)left);
        int pidfds[BATCH], ended = 0;
        for (int index = 0; index < count; index++) {
            if (events[index].data.fd != GUARD_SOCKET) {
                pidfds[ended++] = events[index].data.fd;
            } else if (!take(&guarded)) {
                forget(&guarded, GUARD_SOCKET);
                guarded.is_alone = 1;
                deadline = milliseconds() + grace;
            }
        }
        pid_t leaders[BATCH];
        int leading = ended > 0 ? find_members(&guarded, pidfds, ended, leaders) : 0;
        for (int index = 0; index < ended; index++) {
            did_end(&guarded, pidfds[index], is_among(leaders, leading, guarded.programs[pidfds[index]].pid));
        }
        look_after_ended(&guarded);
    }
    for (int number = 0; number <= guarded.highest; number++) {
        if (guarded.programs[number].pid > 0) clinux_signal_session(number, guarded.programs[number].pid, SIGKILL);
        // What is no pidfd refuses.
        clinux_pidfd_send_signal(number, SIGKILL);
    }
    _exit(0);
}

int clinux_enroll(int socket, int pidfd) {
    // With its number: once the process is reaped, nobody can tell that from the pidfd.
    pid_t pid = read_pid(pidfd);
    ssize_t sent = clinux_send(socket, &pid, sizeof pid, pidfd);
    return sent < 0 ? (int)sent : 0;
}

/// Opens a pidfd of the guard; if that fails, ends it.
static int adopt(pid_t pid, struct clinux_spawn_result *result) {
    int pidfd = clinux_pidfd_open(pid);
    if (pidfd < 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return pidfd;
    }
    result->pid = pid;
    result->pidfd = pidfd;
    return 0;
}

int clinux_start_guard(int socket, int grace, struct clinux_spawn_result *result) {
    result->pid = -1;
    result->pidfd = -1;
    result->step = CLINUX_SPAWN_FORK;
    clinux_keep_exits();

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = _Fork();
    int fork_error = errno;
    if (pid == 0) guard(socket, grace);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) return -fork_error;
    return adopt(pid, result);
}
