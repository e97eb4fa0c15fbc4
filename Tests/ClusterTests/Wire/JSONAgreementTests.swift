// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import Cluster

/// The scanner, the parser and Node's `JSON.parse` take the same texts for JSON and read the same in them.
@Suite(.timeLimit(.minutes(1))) struct JSONAgreementTests {
    private static let seeds = [
        #"{"a":[1,-0.5e+3,true,false,null],"b":{"c":"d\n\u00e9\ud83d\ude00"},"1":0,"é":"日本😀"}"#,
        #" [ [ ] , { } , "x" , 10 , 0.1 , 1E5 , [ [ "\\" ] ] ] "#,
        #""plain text of more than eight bytes, \"quoted\"""#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"addressType":4,"port":8000}"#, "-12.5e-7",
        #"{"a":1,"a":2,"__proto__":3,"0":4,"00":5,"\u0061":6}"#, #"["\ud800",1e999,-0,123456789012345678901234567890]"#,
    ]

    @Test func `mutated texts are accepted or refused as by Node`() async throws {
        var generator = SeededGenerator(seed: 8259)
        let alphabet =
            Array("{}[]\",:\\/ntfu0123456789+-.eE \n\t\u{0}".utf8) + [0x7F, 0x80, 0xBF, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]
        let seeds = Self.seeds.map { Array($0.utf8) }
        let texts = seeds + (0..<6000).map { generator.mutate(seeds[$0 % seeds.count], alphabet: alphabet) }
        var taken: [(text: [UInt8], pair: NodeChannel.Comparison)] = []
        for (text, parse) in zip(texts, try await NodeChannel.parse(texts)) {
            let isValid = text.withUnsafeBytes { JSONScanner.validate($0) }
            #expect(isValid == parse.isJSON, "\(String(decoding: text, as: UTF8.self))")
            let value = try? V8Value(json: text)
            #expect((value != nil) == isValid, "\(String(decoding: text, as: UTF8.self))")
            guard let value, let message = parse.message else { continue }
            taken.append(
                (
                    text,
                    NodeChannel.Comparison(theirs: NodeChannel.bytes(hex: message), ours: V8Serializer.serialize(value))
                ))
        }
        #expect(taken.count > 500)
        #expect(taken.count < texts.count - 500)
        for ((text, _), difference) in zip(taken, try await NodeChannel.differences(taken.map(\.pair))) {
            #expect(difference == nil, "\(String(decoding: text, as: UTF8.self))")
        }
    }
}
