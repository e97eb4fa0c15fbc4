// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Node's own two ends of an `advanced` channel, taken from the installed Node.
enum NodeChannel {
    private static let prelude = """
        const { advanced } = require('internal/child_process/serialization');
        const assert = require('assert');
        const write = (message) => {
          let frame;
          advanced.writeChannelMessage({ writeBuffer: (request, buffer) => { frame = Buffer.from(buffer); } }, {}, message);
          return frame.subarray(4).toString('hex');
        };
        const read = (hex) => {
          const body = Buffer.from(hex, 'hex');
          const length = Buffer.alloc(4);
          length.writeUInt32BE(body.length);
          const channel = {};
          advanced.initMessageChannel(channel);
          const messages = [...advanced.parseChannelMessages(channel, Buffer.concat([length, body]))];
          assert.strictEqual(messages.length, 1);
          return messages[0];
        };

        """

    /// What Node writes for the values of JavaScript expressions, without the frame's length.
    static func messages(of expressions: [String]) async throws -> [[UInt8]] {
        let program = NodeProgram(
            arguments: ["--expose-internals"], prelude + "return input.map((text) => write(eval(`(${text})`)));")
        return try await program.run(expressions, as: [String].self).map(bytes)
    }

    struct Comparison: Encodable {
        let theirs: String
        let ours: String
        /// An expression in which `value` is what Node read of ours.
        let check: String?

        init(theirs: [UInt8], ours: [UInt8], check: String? = nil) {
            self.theirs = hex(theirs)
            self.ours = hex(ours)
            self.check = check
        }
    }

    /// For each pair nil if Node reads the same of both, else what differs.
    static func differences(_ comparisons: [Comparison]) async throws -> [String?] {
        let program = NodeProgram(
            arguments: ["--expose-internals"],
            prelude + """
                return input.map(({ theirs, ours, check }) => {
                  try {
                    const value = read(ours);
                    assert.deepStrictEqual(value, read(theirs));
                    if (check) assert(eval(check), check);
                    return null;
                  } catch (error) {
                    return String(error.message);
                  }
                });
                """)
        return try await program.run(comparisons)
    }

    struct Parse: Decodable {
        let isJSON: Bool
        /// What `JSON.parse` made of it, as Node serializes it.
        let message: String?
    }

    /// What `JSON.parse` makes of texts that need not be UTF-8.
    static func parse(_ texts: [[UInt8]]) async throws -> [Parse] {
        let program = NodeProgram(
            arguments: ["--expose-internals"],
            prelude + """
                const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
                return input.map((hex) => {
                  try {
                    return { isJSON: true, message: write(JSON.parse(decoder.decode(Buffer.from(hex, 'hex')))) };
                  } catch {
                    return { isJSON: false };
                  }
                });
                """)
        return try await program.run(texts.map(hex))
    }

    static func bytes(hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8(Character(Unicode.Scalar($0)).hexDigitValue ?? 0) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
