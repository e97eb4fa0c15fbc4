// SPDX-License-Identifier: Apache-2.0

/// One message of a channel, as one of its two ends understands it: ``WorkerFrame`` in the primary, ``PrimaryFrame`` in
/// the worker.
protocol WireFrame {
    /// A message of the program's own.
    static func message(_ message: ReceivedMessage) -> Self
    /// A message that came with a descriptor of this kind.
    ///
    /// - Parameter tracker: under which the sender keeps count of the socket; nil where it does not.
    static func withHandle(kind: String, tracker: String?, _ frame: Self) -> Self
    /// What is known by its bytes and need not be parsed; nil for all else.
    static func recognize(_ line: UnsafeRawBufferPointer) -> Self?
    /// The same for what is read already.
    static func recognize(_ value: V8Value) -> Self?
    /// - Throws: where a message that must be answered lacks a field.
    init(_ message: InternalMessage) throws(WireError)
}
