// SPDX-License-Identifier: Apache-2.0

internal import CYAML

/// Reads YAML with libyaml.
///
/// libyaml takes quadratic time for some texts, such as one with many anchors. So a first pass counts what is in the
/// text, and stops it at the first sign of a text that no person would write.
struct YAMLComposer {
    /// The text is not YAML, or not something that a person would write.
    struct Failure: Error {
        let problem: String
        /// Counts from 0.
        let line: Int
    }

    private static let deepest = 32
    /// With aliases, a few lines could make an endless document.
    private static let mostNodes = 100_000
    /// Beginnings and ends of collections, scalars and aliases. The largest inventory has fewer.
    private static let mostEvents = 250_000
    /// For names of nodes. libyaml compares each with all others.
    private static let mostAnchors = 1000
    /// For lines that begin with a percent sign. libyaml compares each with all others, within one event.
    private static let mostDirectives = 100

    private let document: UnsafeMutablePointer<yaml_document_t>
    private var count = 0

    /// The text's one document. Nil if the file has only comments.
    static func compose(_ text: String) throws(Failure) -> YAMLNode? {
        // Never empty, because libyaml accepts no null pointer.
        let bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
        try checkDirectives(bytes)
        try parsing(bytes, checkEvents(of:in:))
        return try parsing(bytes) { (parser, bytes) throws(Failure) -> YAMLNode? in
            let node = try next(of: parser, in: bytes)
            if node != nil, let second = try next(of: parser, in: bytes) {
                throw Failure(problem: "a second document begins", line: second.line)
            }
            return node
        }
    }

    private typealias Parser = UnsafeMutablePointer<yaml_parser_t>

    private static func parsing<Value>(
        _ bytes: [UInt8], _ body: (Parser, UnsafeBufferPointer<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // libyaml keeps pointers to both.
        let parser = Parser.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { throw Failure(problem: "there is no memory", line: 0) }
        defer { yaml_parser_delete(parser) }
        return try bytes.withUnsafeBufferPointer { bytes throws(Failure) -> Value in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            return try body(parser, bytes)
        }
    }

    private static func checkDirectives(_ bytes: [UInt8]) throws(Failure) {
        var line = 0
        var count = 0
        var isAtStart = true
        for byte in bytes {
            if isAtStart, byte == UInt8(ascii: "%") { count += 1 }
            guard count <= mostDirectives else { throw Failure(problem: "there are too many directives", line: line) }
            isAtStart = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
    }

    private static func checkEvents(of parser: Parser, in bytes: UnsafeBufferPointer<UInt8>) throws(Failure) {
        let event = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)
        defer { event.deallocate() }
        var (count, depth, anchors) = (0, 0, 0)
        while true {
            guard yaml_parser_parse(parser, event) == 1 else { throw failure(of: parser, in: bytes) }
            defer { yaml_event_delete(event) }
            let line = Int(clamping: event.pointee.start_mark.line)
            var anchor: UnsafeMutablePointer<yaml_char_t>?
            switch event.pointee.type {
            case YAML_STREAM_END_EVENT: return
            case YAML_MAPPING_START_EVENT:
                anchor = event.pointee.data.mapping_start.anchor
                depth += 1
            case YAML_SEQUENCE_START_EVENT:
                anchor = event.pointee.data.sequence_start.anchor
                depth += 1
            case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: depth -= 1
            case YAML_SCALAR_EVENT: anchor = event.pointee.data.scalar.anchor
            case YAML_ALIAS_EVENT: anchor = event.pointee.data.alias.anchor
            default: break
            }
            if anchor != nil { anchors += 1 }
            count += 1
            guard depth <= deepest + 1, count <= mostEvents, anchors <= mostAnchors else {
                throw Failure(problem: "the document is too deep or too large", line: line)
            }
        }
    }

    private static func next(
        of parser: Parser, in bytes: UnsafeBufferPointer<UInt8>
    ) throws(Failure) -> YAMLNode? {
        let document = UnsafeMutablePointer<yaml_document_t>.allocate(capacity: 1)
        defer { document.deallocate() }
        guard yaml_parser_load(parser, document) == 1 else { throw failure(of: parser, in: bytes) }
        defer { yaml_document_delete(document) }
        guard let root = yaml_document_get_root_node(document) else { return nil }
        var composer = YAMLComposer(document: document)
        return try composer.node(root.pointee, path: [])
    }

    private static func failure(of parser: Parser, in bytes: UnsafeBufferPointer<UInt8>) -> Failure {
        // It reads ahead, and a newer libyaml than the system's has a limit of its own.
        guard parser.pointee.flow_level <= deepest + 1 else {
            return Failure(
                problem: "the document is too deep or too large", line: Int(clamping: parser.pointee.mark.line))
        }
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
        guard parser.pointee.error == YAML_READER_ERROR else {
            return Failure(problem: problem, line: Int(clamping: parser.pointee.problem_mark.line))
        }
        // A byte that is no text, such as NUL. libyaml tells only its place.
        let before = bytes.prefix(Int(clamping: parser.pointee.problem_offset))
        var line = 0
        for (index, byte) in before.enumerated() {
            let endsLine =
                byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r") && bytes.dropFirst(index + 1).first != UInt8(ascii: "\n")
            if endsLine { line += 1 }
        }
        return Failure(problem: problem, line: line)
    }

    private init(document: UnsafeMutablePointer<yaml_document_t>) {
        self.document = document
    }

    /// - Parameter path: the names of the enclosing members. Elements of sequences have none.
    private mutating func node(_ node: yaml_node_t, path: [String]) throws(Failure) -> YAMLNode {
        let line = Int(clamping: node.start_mark.line)
        count += 1
        guard path.count <= Self.deepest, count <= Self.mostNodes else {
            throw Failure(problem: "the document is too deep or too large", line: line)
        }
        let content: YAMLNode.Content
        switch node.type {
        case YAML_SCALAR_NODE: content = Self.scalar(node)
        case YAML_SEQUENCE_NODE:
            var elements: [YAMLNode] = []
            let items = node.data.sequence.items
            for item in UnsafeBufferPointer(start: items.start, count: items.top - items.start) {
                elements.append(try self.node(at: item, line, path + [""]))
            }
            content = .sequence(elements)
        case YAML_MAPPING_NODE:
            var members: [(key: YAMLNode, value: YAMLNode)] = []
            var names: Set<String> = []
            let pairs = node.data.mapping.pairs
            for pair in UnsafeBufferPointer(start: pairs.start, count: pairs.top - pairs.start) {
                let key = try self.node(at: pair.key, line, path + [""])
                // YAML requires unique keys (1.2.2, 3.2.1.3), and libyaml does not check.
                if let name = key.string, !names.insert(name).inserted {
                    let field = (path + [name]).filter { !$0.isEmpty }.joined(separator: ".")
                    throw Failure(problem: "'\(field)' is here for the second time", line: key.line)
                }
                members.append((key, try self.node(at: pair.value, line, path + [key.string ?? ""])))
            }
            content = .mapping(members)
        default: content = .null
        }
        return YAMLNode(content: content, line: line, column: Int(clamping: node.start_mark.column))
    }

    private mutating func node(at index: Int32, _ line: Int, _ path: [String]) throws(Failure) -> YAMLNode {
        guard let node = yaml_document_get_node(document, index) else {
            throw Failure(problem: "it cannot be read", line: line)
        }
        return try self.node(node.pointee, path: path)
    }

    private static func scalar(_ node: yaml_node_t) -> YAMLNode.Content {
        let scalar = node.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        return isPlain && ["", "~", "null", "Null", "NULL"].contains(text) ? .null : .scalar(text)
    }
}
