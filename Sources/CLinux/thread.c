// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

void clinux_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

_Noreturn void clinux_end_process(int code) {
    fflush(stdout);
    fflush(stderr);
    _exit(code);
}

int clinux_available_cores(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) < 0 ? -errno : CPU_COUNT(&cores);
}
