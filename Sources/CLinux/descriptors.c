// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    // A union, because the control buffer must be aligned as a cmsghdr (cmsg(3)).
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }

    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static ssize_t receive(int socket, void *bytes, size_t count, void *control, size_t control_size,
                       struct msghdr *message) {
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    *message = (struct msghdr){
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = control_size,
    };
    ssize_t received;
    do {
        received = recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    message->msg_iov = NULL;
    return received < 0 ? -errno : received;
}

ssize_t clinux_receive(int socket, void *bytes, size_t count, int descriptors[CLINUX_MAX_DESCRIPTORS],
                       int *descriptor_count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
    } control;
    struct msghdr message;

    *descriptor_count = 0;
    ssize_t received = receive(socket, bytes, count, control.space, sizeof control.space, &message);
    if (received < 0) return received;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < arrived; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
            if (*descriptor_count < CLINUX_MAX_DESCRIPTORS) {
                descriptors[(*descriptor_count)++] = descriptor;
            } else {
                close(descriptor);
            }
        }
    }
    return received;
}

int clinux_readable_bytes(int socket) {
    int count = 0;
    return ioctl(socket, FIONREAD, &count) < 0 ? -errno : count;
}

ssize_t clinux_receive_from(int socket, void *bytes, size_t count, pid_t *sender) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
    } control;
    struct msghdr message;

    *sender = 0;
    ssize_t received = receive(socket, bytes, count, control.space, sizeof control.space, &message);
    if (received < 0) return received;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        size_t length = header->cmsg_len - CMSG_LEN(0);
        if (header->cmsg_type == SCM_CREDENTIALS && length == sizeof(struct ucred)) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
            *sender = credentials.pid;
        } else if (header->cmsg_type == SCM_RIGHTS) {
            for (size_t index = 0; index < length / sizeof(int); index++) {
                int descriptor;
                memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
                close(descriptor);
            }
        }
    }
    return received;
}

int clinux_accept(int listener) {
    int connection;
    do {
        connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (connection < 0 && errno == EINTR);
    return connection < 0 ? -errno : connection;
}
