// SPDX-License-Identifier: Apache-2.0

// curl_easy_setopt and curl_easy_getinfo are variadic, and a variadic C function cannot be called from Swift:
// https://github.com/swiftlang/swift/issues/42767. One wrapper for each type of argument that the CLI passes;
// everything else of libcurl is imported as it is.
#pragma once

#include <curl/curl.h>

/// Sets an option whose argument is a `long`.
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option whose argument is a `curl_off_t`.
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option whose argument is a string, which libcurl copies.
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Sets an option whose argument is any other pointer, which must outlive the transfer.
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// What libcurl calls with bytes of the reply, and with each line of its head.
typedef size_t (*ccurl_receiver)(char *bytes, size_t size, size_t count, void *context);

/// Sets CURLOPT_WRITEFUNCTION or CURLOPT_HEADERFUNCTION.
static inline CURLcode ccurl_set_receiver(CURL *easy, CURLoption option, ccurl_receiver receiver) {
    return curl_easy_setopt(easy, option, receiver);
}

/// Reads an information whose type is `long`; -1 where there is none.
static inline long ccurl_get_long(CURL *easy, CURLINFO info) {
    long value = -1;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : -1;
}

/// What a finished transfer's message says, which is a union in C.
static inline CURLcode ccurl_result(const CURLMsg *message) {
    return message->data.result;
}
