// SPDX-License-Identifier: Apache-2.0

// This module's functions use its types, and a program should need only one import.
@_exported public import Shared
