// SPDX-License-Identifier: Apache-2.0

// To be preloaded: makes a program's disk slow or broken. The file that DISK_FAULT names says what becomes of each write:
// "slow SECONDS" or "error ERRNO". Without such a file all is well.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(int is_sync) {
    const char *path = getenv("DISK_FAULT");
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file) return 0;
    char kind;
    int number;
    int found = fscanf(file, "%c%*s %d", &kind, &number);
    fclose(file);
    if (found == 2 && kind == 's' && is_sync) sleep(number);
    if (found == 2 && kind == 'e') errno = number;
    return found == 2 && kind == 'e';
}

int fdatasync(int descriptor) {
    int (*next)(int) = dlsym(RTLD_NEXT, "fdatasync");
    return fails(1) ? -1 : next(descriptor);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return fails(0) ? -1 : next(descriptor, bytes, count, offset);
}
