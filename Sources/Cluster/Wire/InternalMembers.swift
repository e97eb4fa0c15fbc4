// SPDX-License-Identifier: Apache-2.0

/// Where the members of a message stand that tell whether it is node:cluster's own. V8 writes no name twice.
struct InternalMembers {
    private(set) var command: Range<Int>?
    private(set) var type: Range<Int>?
    private(set) var key: Range<Int>?
    private(set) var message: Range<Int>?

    mutating func note(_ name: UnsafeRawBufferPointer, _ value: Range<Int>) {
        // All have three or four bytes.
        guard name.count == 3 || name.count == 4 else { return }
        // The last cmd counts, as for JSON.parse: who may send a message has it checked in that way.
        if name.elementsEqual("cmd".utf8) { command = value }
        // Of the others the first, as for the decoder.
        if type == nil, name.elementsEqual("type".utf8) { type = value }
        if key == nil, name.elementsEqual("key".utf8) { key = value }
        if message == nil, name.elementsEqual("msg".utf8) { message = value }
    }
}
