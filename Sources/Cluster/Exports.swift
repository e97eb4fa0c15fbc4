// SPDX-License-Identifier: Apache-2.0

// Its types stand in this module's own functions, and a program that uses these should not have to know of another module.
@_exported public import Shared
