// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the parent and the child share until the child runs its program or has ended.
struct launch {
    /// The parent has given the child up, so it must not run its program.
    volatile int abandoned;
    const struct clinux_spawn_request *request;
    pid_t parent;
    int error;  // 0: none
    enum clinux_spawn_step step;
    int enrolled;
    int copies[];  // of the descriptors
};

/// Says what went wrong and ends the child without running the parent's exit handlers.
static _Noreturn void fail(struct launch *launch, enum clinux_spawn_step step) {
    launch->error = errno;
    launch->step = step;
    _exit(127);
}

/// Sets the calling thread's mask. The C library's own functions leave out two signals that it keeps for itself.
static void set_mask(uint64_t mask, uint64_t *before) {
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, before, sizeof mask);
}

/// Gives every signal its default action. The C library's sigaction may take a lock that a thread of the parent holds,
/// so the kernel is called directly.
static void reset_actions(void) {
    // The kernel's own structure, whose members are all zero here: SIG_DFL, no flags, an empty mask.
    const unsigned long standard[8] = {0};
    // SIGKILL and SIGSTOP cannot be changed: the call fails, and nothing is lost.
    for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, standard, NULL, sizeof(uint64_t));
}

/// Puts the descriptors to their places. All are first copied above the places, because one's place may
/// be another's number.
static int place_descriptors(const struct clinux_spawn_request *request, int *copies) {
    int places = request->descriptor_count;
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
/// could leave it behind. If the guard cannot take it now, the parent tells it later: a child that waits would stop the
/// parent.
static int enroll(int guard) {
    int self = clinux_pidfd_open(getpid());
    if (self < 0) return 0;
    int sent = clinux_enroll(guard, self);
    close(self);
    return sent == 0;
}

static void limit_files(int64_t soft) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = (rlim_t)soft < limit.rlim_max ? (rlim_t)soft : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Only the child knows its pid before the program runs.
static void write_pid(char *text) {
    char digits[11];
    int count = 0;
    for (pid_t rest = getpid(); rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
    while (count > 0) *text++ = digits[--count];
    *text = '\0';
}

/// Only async-signal-safe calls (signal-safety(7)), and nothing that changes what the parent goes on to use: the memory may
/// be the parent's own. The identity is changed by raw system calls: glibc's wrappers would also signal the parent's
/// other threads, which this process has not.
static int run_child(void *argument) {
    struct launch *launch = argument;
    const struct clinux_spawn_request *request = launch->request;
    reset_actions();
    // A terminal's Ctrl-C goes to the agent alone, which then stops its workers in good order. A process group would be
    // enough for that, but the terminal stops a background group that reads from it (SIGTTIN). A session without a
    // terminal of its own may read.
    setsid();
    if (request->guard >= 0) launch->enrolled = enroll(request->guard);
    if (place_descriptors(request, launch->copies) < 0) fail(launch, CLINUX_SPAWN_DESCRIPTORS);
    if (request->file_limit >= 0) limit_files(request->file_limit);
    if (request->uid >= 0 || request->gid >= 0) {
        // As libuv does: ignored if the agent may not, for then it has no group to give away.
        if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM) fail(launch, CLINUX_SPAWN_GROUPS);
    }
    if (request->gid >= 0 && syscall(SYS_setgid, (gid_t)request->gid) < 0) fail(launch, CLINUX_SPAWN_GID);
    if (request->uid >= 0 && syscall(SYS_setuid, (uid_t)request->uid) < 0) fail(launch, CLINUX_SPAWN_UID);
    // After the change of identity: the directory must be open to the worker, not to the agent.
    if (request->directory && chdir(request->directory) < 0) fail(launch, CLINUX_SPAWN_CHDIR);
    if (request->death_signal > 0) {
        // After the change of identity, which takes it back (prctl(2)).
        prctl(PR_SET_PDEATHSIG, request->death_signal);
        // A parent that ended before that call sends nothing any more.
        if (getppid() != launch->parent) _exit(127);
    }
    if (request->pid_text) write_pid(request->pid_text);
    // What was sent to the process while it was being made reaches it here, with the default action.
    set_mask(0, NULL);
    if (launch->abandoned) _exit(127);
    execve(request->path, request->argv, request->envp);
    fail(launch, CLINUX_SPAWN_EXEC);
}

/// The kernel keeps no exit status for a process that ignores SIGCHLD, which it may have been started with, or that wants
/// no zombies.
void clinux_keep_exits(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) < 0) return;
    if (action.sa_handler != SIG_IGN && !(action.sa_flags & SA_NOCLDWAIT)) return;
    if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
    action.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, NULL);
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

/// How often the parent looks whether its child was stopped, and how long it waits in all: milliseconds.
#define LOOK_INTERVAL 10
#define LONGEST_WAIT 2000

/// The kernel's P_PIDFD (waitid(2)), which older headers of the C library do not have.
#define BY_PIDFD 3

/// Waits until `done` has no other end: the child runs its program, or has ended. From its change of identity on, every
/// process of its new user may stop the child, so the parent waits neither for a stopped child nor forever.
/// Returns 0, or a negative errno.
static int await_program(int done, int pidfd) {
    for (int waited = 0; waited < LONGEST_WAIT; waited += LOOK_INTERVAL) {
        struct pollfd query = {.fd = done, .events = POLLIN};
        int result = poll(&query, 1, LOOK_INTERVAL);
        if (result > 0) return 0;
        if (result < 0 && errno != EINTR) return -errno;
        siginfo_t info = {0};
        if (waitid((idtype_t)BY_PIDFD, (id_t)pidfd, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
            return poll(&query, 1, 0) > 0 ? 0 : -ECANCELED;
    }
    return -ETIMEDOUT;
}

/// Ends a child that has not come to its program. It may belong to a user whom this process may not signal, or hang in a
/// file system, so nobody waits for its end: it is reaped here if it ends at once, and else as an orphan is.
static void abandon(pid_t pid, int pidfd) {
    clinux_pidfd_send_signal(pidfd, SIGKILL);
    struct pollfd query = {.fd = pidfd, .events = POLLIN};
    if (poll(&query, 1, 100) > 0) reap(pid);
}

/// A pipe whose write end closes when the child runs its program. That end is no number below `places`, where it would
/// be overwritten.
static int open_done(int places, int done[2]) {
    if (pipe2(done, O_CLOEXEC) < 0) return -errno;
    int high = fcntl(done[1], F_DUPFD_CLOEXEC, places);
    int error = errno;
    close(done[1]);
    done[1] = high;
    if (high >= 0) return 0;
    close(done[0]);
    return -error;
}

/// Of the stack that the child runs on until it is another program. It makes a handful of small calls.
#define STACK_SIZE (64 << 10)

int clinux_spawn(const struct clinux_spawn_request *request, struct clinux_spawn_result *result) {
    result->pid = -1;
    result->pidfd = -1;
    result->step = CLINUX_SPAWN_FORK;
    result->enrolled = 0;
    clinux_keep_exits();

    // A child that uses the parent's memory until it runs its program costs the same however large the parent is; the
    // page tables of 200 MB take 3 ms to copy. One that changes its identity gets a copy, because the change would make
    // the parent's memory undumpable, and with it /proc/self the superuser's.
    int shares = request->uid < 0 && request->gid < 0;
    int done[2] = {-1, -1};
    int opened = shares ? 0 : open_done(request->descriptor_count, done);
    if (opened < 0) return opened;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t top = sizeof(struct launch) + sizeof(int) * (size_t)request->descriptor_count;
    size_t size = (page + STACK_SIZE + top + page - 1) / page * page;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (shares ? MAP_PRIVATE : MAP_SHARED), -1, 0);
    if (memory == MAP_FAILED) {
        int error = errno;
        close(done[0]);
        close(done[1]);
        return -error;
    }
    // A stack that grew too far would write over something else.
    mprotect(memory, page, PROT_NONE);
    char *stack = memory + (size - top) / 64 * 64;
    struct launch *launch = (struct launch *)stack;
    launch->request = request;
    launch->parent = getpid();

    // No handler of the parent may run in the child, which begins with the mask of the thread that makes it.
    uint64_t before;
    set_mask(~UINT64_C(0), &before);
    int pidfd = -1;
    // A child that shares the memory keeps the parent's user. A user who may stop it could stop the parent too.
    int flags = CLONE_PIDFD | SIGCHLD | (shares ? CLONE_VM | CLONE_VFORK : 0);
    pid_t pid = clone(run_child, stack, flags, launch, &pidfd);
    int error = pid < 0 ? errno : 0;
    set_mask(before, NULL);
    if (!shares) {
        close(done[1]);
        int waited = pid < 0 ? 0 : await_program(done[0], pidfd);
        close(done[0]);
        if (waited < 0) {
            launch->abandoned = 1;
            error = -waited;
            result->step = CLINUX_SPAWN_EXEC;
        }
    }
    if (pid >= 0 && error == 0) {
        error = launch->error;
        result->step = launch->step;
        // It is about to end by itself.
        if (error != 0) reap(pid);
    } else if (pid >= 0) {
        abandon(pid, pidfd);
    }
    if (error != 0 && pidfd >= 0) close(pidfd);
    result->enrolled = launch->enrolled;
    munmap(memory, size);
    if (error != 0) return -error;
    result->pid = pid;
    result->pidfd = pidfd;
    return 0;
}

int clinux_pidfd_open(pid_t pid) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return pidfd < 0 ? -errno : pidfd;
}

int clinux_take_descriptor(int pidfd, int number) {
    int copy = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
    return copy < 0 ? -errno : copy;
}

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}
