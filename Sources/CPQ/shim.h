// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <libpq-fe.h>

/// The SQLSTATE of a failed result; null if the failure has none. The name of the field is a character, which Swift does not
/// import.
static inline const char *cpq_sqlstate(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}
