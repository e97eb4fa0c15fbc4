// SPDX-License-Identifier: Apache-2.0

internal import CYAML

/// Reads YAML with libyaml.
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

    private let document: UnsafeMutablePointer<yaml_document_t>
    private var count = 0

    /// The text's one document. Nil if the file has only comments.
    static func compose(_ text: String) throws(Failure) -> YAMLNode? {
        // libyaml keeps pointers to both.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { throw Failure(problem: "there is not enough memory", line: 0) }
        defer { yaml_parser_delete(parser) }
        // Never empty, because libyaml accepts no null pointer.
        let bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
        return try bytes.withUnsafeBufferPointer { bytes throws(Failure) -> YAMLNode? in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            let node = try next(of: parser)
            if node != nil, let second = try next(of: parser) {
                throw Failure(problem: "a second document begins", line: second.line)
            }
            return node
        }
    }

    private static func next(of parser: UnsafeMutablePointer<yaml_parser_t>) throws(Failure) -> YAMLNode? {
        let document = UnsafeMutablePointer<yaml_document_t>.allocate(capacity: 1)
        defer { document.deallocate() }
        guard yaml_parser_load(parser, document) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
            throw Failure(problem: problem, line: Int(clamping: parser.pointee.problem_mark.line))
        }
        defer { yaml_document_delete(document) }
        guard let root = yaml_document_get_root_node(document) else { return nil }
        var composer = YAMLComposer(document: document)
        return try composer.node(root.pointee, path: [])
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
