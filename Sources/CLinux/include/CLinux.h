// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot import (macros that compute, variadic calls, system calls without a wrapper)
// or must not do itself (anything between fork and exec). Every function returns a negative errno
// if it fails, so that no caller has to read errno at the right moment.

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// Descriptors that one `clinux_receive` takes at most. A worker sends one at a time.
#define CLINUX_MAX_DESCRIPTORS 16

/// Sends bytes over a connected unix socket, with `descriptor` on the first of them unless it is -1.
/// Never blocks, never raises SIGPIPE. Returns the number of bytes taken.
ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor);

/// Receives bytes and the descriptors that came with them, which are close-on-exec. Without a free number the kernel drops
/// what it cannot install (unix(7)). Returns the number of bytes, 0 at the end.
ssize_t clinux_receive(int socket, void *bytes, size_t count, int descriptors[CLINUX_MAX_DESCRIPTORS],
                       int *descriptor_count);

/// How many bytes of a unix stream socket are there to be read (FIONREAD), or a negative errno.
int clinux_readable_bytes(int socket);

/// Makes a pipe whose ends are close-on-exec (pipe2(2)): the reading end, then the writing end. Returns 0 or a negative errno.
int clinux_pipe(int ends[2]);

/// Receives a datagram of at most `count` bytes and the pid of its sender, 0 if the kernel does not tell
/// (SO_PASSCRED, unix(7)). Descriptors that come with it are closed. Returns the number of bytes.
ssize_t clinux_receive_from(int socket, void *bytes, size_t count, pid_t *sender);

/// The step of a spawn that failed.
enum clinux_spawn_step {
    CLINUX_SPAWN_FORK = 0,
    CLINUX_SPAWN_CHDIR,
    CLINUX_SPAWN_DESCRIPTORS,
    CLINUX_SPAWN_GROUPS,
    CLINUX_SPAWN_GID,
    CLINUX_SPAWN_UID,
    CLINUX_SPAWN_EXEC,
};

struct clinux_spawn_request {
    const char *path;             // of the program, no search
    char *const *argv;            // ends with NULL
    char *const *envp;            // ends with NULL
    const char *directory;        // NULL: the parent's
    const int *descriptors;       // the child's 0, 1, 2 …; -1 stands for /dev/null
    int descriptor_count;
    int64_t uid;                  // -1: the parent's
    int64_t gid;                  // -1: the parent's
    int64_t file_limit;           // how many files it may have open (the soft RLIMIT_NOFILE); -1: as the parent
    int guard;                    // of the guard that is told of the child before it runs; -1: none
    char *pid_text;               // NULL, or where in envp the child writes its pid: 11 bytes
    int death_signal;             // sent to the child when the calling thread ends; 0: none
};

struct clinux_spawn_result {
    pid_t pid;
    int pidfd;                    // close-on-exec
    enum clinux_spawn_step step;  // where it failed
    int enrolled;                 // whether the guard has been told of it; if not, the caller has to
};

/// Starts a program in a session and a process group of its own with default signal handling and no other descriptors
/// than those named. Returns 0 once the program runs, or a negative errno; no process is left behind then.
int clinux_spawn(const struct clinux_spawn_request *request, struct clinux_spawn_result *result);

/// Makes sure that this process learns how its children end: SIGCHLD is no longer ignored.
void clinux_keep_exits(void);

/// Starts a process that waits at `socket`, the far end of a pair, takes pidfds from it (a byte each), and kills what
/// has not ended `grace` milliseconds after the near end was closed, which a process's death does too. Then, or when
/// there is nothing left to kill, it ends. It is a copy of the caller that runs nothing of it and has none of its
/// descriptors; no signal but SIGKILL ends it. Returns 0, or a negative errno.
int clinux_start_guard(int socket, int grace, struct clinux_spawn_result *result);

/// Tells the guard at the far end of `socket` of a process. Never waits. Returns 0, or a negative errno.
int clinux_enroll(int socket, int pidfd);

/// pidfd_open(2): close-on-exec, or a negative errno.
int clinux_pidfd_open(pid_t pid);

/// A copy of a descriptor that another process has (pidfd_getfd(2)): close-on-exec, or a negative errno. The caller must be
/// allowed to trace the process (ptrace(2)).
int clinux_take_descriptor(int pidfd, int number);

/// pidfd_send_signal(2): cannot hit a process that has taken over the number.
int clinux_pidfd_send_signal(int pidfd, int signal);

/// The living processes of a session but its leader, at most `capacity` of them. `pidfd` is the leader's, which may have
/// been reaped; -1 if nobody has held it. Returns how many there are.
int clinux_session_members(int pidfd, pid_t leader, pid_t *pids, int capacity);

/// A process and the leader of its session.
struct clinux_member {
    pid_t pid;
    pid_t session;
};

/// As `clinux_session_members`, of many sessions in one go. Their leaders are sorted, and none of them has been reaped.
int clinux_sessions_members(const pid_t *leaders, int count, struct clinux_member *members, int capacity);

/// Signals a session's leader, its process group and the rest of its session; what has a session of its own is left
/// alone. The leader may have been reaped. Returns 0, or a negative errno if it reached nobody of the group.
int clinux_signal_session(int pidfd, pid_t leader, int signal);

/// Writes to the eventfd whenever a child of this process ends, from now on (SIGCHLD). One for a process. The calling
/// thread takes the signal.
int clinux_watch_children(int eventfd);

/// A child that has ended and is not reaped yet; 0 if there is none, or a negative errno. It is not reaped.
pid_t clinux_ended_child(void);

/// accept4(2): a connection that is nonblocking and close-on-exec, or a negative errno. Never waits for one,
/// if `listener` is nonblocking.
int clinux_accept(int listener);

/// Names the calling thread for ps and gdb; at most 15 characters.
void clinux_name_thread(const char *name);

/// Ends the process from any thread once its output is written. Exit handlers are not run: the other threads go on until
/// the end, and what the handlers take apart may be theirs.
_Noreturn void clinux_end_process(int code);

/// How many cores this process may run on (sched_getaffinity(2)), or a negative errno.
int clinux_available_cores(void);
