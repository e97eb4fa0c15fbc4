// SPDX-License-Identifier: Apache-2.0

/// The places of the members that tell whether a message is node:cluster's own. V8 writes no name twice.
struct InternalMembers {
    /// The first of several equal names, as the decoder takes it.
    private(set) var command: Range<Int>?
    /// The last of several equal names, as JSON.parse takes it. It decides whether a program may send the message
    /// (ReservedMessage).
    private(set) var lastCommand: Range<Int>?
    private(set) var type: Range<Int>?
    private(set) var key: Range<Int>?
    private(set) var message: Range<Int>?

    mutating func note(_ name: UnsafeRawBufferPointer, _ value: Range<Int>) {
        // All have three or four bytes.
        guard name.count == 3 || name.count == 4 else { return }
        if name.elementsEqual("cmd".utf8) {
            command = command ?? value
            lastCommand = value
        }
        if type == nil, name.elementsEqual("type".utf8) { type = value }
        if key == nil, name.elementsEqual("key".utf8) { key = value }
        if message == nil, name.elementsEqual("msg".utf8) { message = value }
    }
}
