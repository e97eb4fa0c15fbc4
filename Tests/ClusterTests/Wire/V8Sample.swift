// SPDX-License-Identifier: Apache-2.0

/// A JavaScript expression, and what must hold of its value (`value`) beyond `deepStrictEqual`.
struct V8Sample {
    let expression: String
    let check: String?

    init(_ expression: String, check: String? = nil) {
        self.expression = expression
        self.check = check
    }

    static let primitives: [V8Sample] = [
        V8Sample("undefined"), V8Sample("null"), V8Sample("true"), V8Sample("false"),
        V8Sample("0"), V8Sample("-0", check: "Object.is(value, -0)"), V8Sample("1"), V8Sample("-1"), V8Sample("63"),
        V8Sample("64"), V8Sample("-64"), V8Sample("-65"), V8Sample("2147483647"), V8Sample("-2147483648"),
        V8Sample("2147483648"), V8Sample("-2147483649"), V8Sample("4294967295"), V8Sample("2 ** 53"),
        V8Sample("0.1"), V8Sample("-1.5e300"), V8Sample("5e-324"), V8Sample("Number.MAX_VALUE"), V8Sample("NaN"),
        V8Sample("Infinity"), V8Sample("-Infinity"), V8Sample("1e21"), V8Sample("123456789012345680000"),
        V8Sample("0n"), V8Sample("1n"), V8Sample("-1n"), V8Sample("2n ** 64n - 1n"), V8Sample("2n ** 64n"),
        V8Sample("-(2n ** 64n)"), V8Sample("-(10n ** 100n)"), V8Sample("2n ** 4096n - 1n"), V8Sample("2n ** 4096n"),
        V8Sample("-(3n ** 10000n)"), V8Sample("10n ** 19n"), V8Sample("10n ** 38n + 7n"),
    ]

    static let strings: [V8Sample] = [
        V8Sample("''"), V8Sample("'a'"), V8Sample("'é'"), V8Sample(#"'\x00\x1f\x7f\x80\xff"\\/\b\f\n\r\t'"#),
        V8Sample("'日本語'"), V8Sample("'a日'"), V8Sample("'😀'"), V8Sample(#"'\ud800'"#), V8Sample(#"'\udc00'"#),
        V8Sample(#"'\ude00\ud83d'"#), V8Sample(#"'\ud83d\ud83d\ude00\ude00'"#), V8Sample(#"'\ud83dA\ude00'"#),
        V8Sample(#"'\uffff\u0800\u07ff\u0100'"#), V8Sample("'x'.repeat(127)"), V8Sample("'x'.repeat(128)"),
        V8Sample("'日'.repeat(63)"), V8Sample("'日'.repeat(64)"), V8Sample("'日'.repeat(8192)"),
        // Each puts the two-byte string at another offset.
        V8Sample("['日', 'a', '日', 'ab', '日']"), V8Sample("{ a: '日', ab: '日', 日: 1, 日本: '日' }"),
        // A two-byte string in V8 whose characters all fit one byte.
        V8Sample("'日ab'.slice(1)"), V8Sample("'日abcdefghijklmnopqrstuvwxyz'.slice(1)"),
    ]

    static let objects: [V8Sample] = [
        V8Sample("{}"), V8Sample("{ a: 1, b: 'x', c: null, d: undefined }"),
        V8Sample("{ 2: 'b', 1: 'a', z: 0, '-1': 1 }"),
        V8Sample("{ 4294967294: 1, 4294967295: 2, 3000000000: 3, '01': 4, 1.5: 5 }"), V8Sample("{ '': 1, 'a b': 2 }"),
        V8Sample("{ ['__proto__']: 1 }", check: "Object.hasOwn(value, '__proto__')"),
        V8Sample("{ a: { b: { c: { d: [] } } } }"), V8Sample("{ $type: 'mine', value: 1 }"),
        V8Sample("{ $type: { $type: 'Map' }, list: [{ $type: 1 }] }"), V8Sample("{ $ref: 1, $id: 2, id: 3 }"),
        V8Sample("Object.fromEntries(Array.from({ length: 100 }, (_, i) => ['k' + i, i]))"),
        V8Sample("Object.assign(Object.create(null), { a: 1 })"),
        V8Sample("new (class Point { constructor() { this.x = 1; } })()"),
    ]

    static let arrays: [V8Sample] = [
        V8Sample("[]"), V8Sample("[1, 2, 3]"), V8Sample("[1.5, 2.5]"),
        V8Sample("['a', { b: [true] }, null, undefined]"),
        V8Sample("[1, , 3]"), V8Sample("[, 1]"), V8Sample("[1, , ]"), V8Sample("new Array(5)"),
        V8Sample("Array(3).fill(7)"), V8Sample("Object.assign([1, 2], { x: 1, '-1': 2, '01': 3 })"),
        V8Sample("Object.assign([, 2], { x: 1 })"), V8Sample("(() => { const a = []; a[1000000] = 1; return a; })()"),
        V8Sample("(() => { const a = [1]; a.length = 4294967295; a[4294967293] = 2; return a; })()"),
        V8Sample("Array.from({ length: 300 }, (_, i) => i)"),
    ]

    static let builtins: [V8Sample] = [
        V8Sample("new Date(0)"), V8Sample("new Date(1763826704272)"),
        V8Sample("new Date(-1)"),
        V8Sample("new Date(8.64e15)"), V8Sample("new Date(-8.64e15)"), V8Sample("new Date('1500-02-29T12:00:00Z')"),
        V8Sample("new Date('0000-01-01T00:00:00.001Z')"), V8Sample("new Date('-000001-12-31T23:59:59.999Z')"),
        V8Sample("/a+/"), V8Sample("/a\\/[\"日]/dgimsuy"), V8Sample("/\\p{L}/v"), V8Sample("new RegExp('')"),
        V8Sample("new Map()"), V8Sample("new Map([['a', 1], [{ b: 2 }, new Map([[NaN, 0]])], [null, undefined]])"),
        V8Sample("new Set()"), V8Sample("new Set([1, 'a', [2], new Set([3])])"),
        V8Sample("Object(true)"), V8Sample("Object(false)"), V8Sample("Object(1.5)"), V8Sample("Object(NaN)"),
        V8Sample("Object(-0)"), V8Sample("Object('s')"), V8Sample("Object('日')"), V8Sample("Object(-5n)"),
    ]

    /// `deepStrictEqual` of Node 20 finds two of them different.
    static let invalidDate = V8Sample("new Date(NaN)")

    static let buffers: [V8Sample] = [
        V8Sample("Buffer.from('')"), V8Sample("Buffer.from('hello')"), V8Sample("Buffer.from([0, 255, 128])"),
        V8Sample("new ArrayBuffer(0)"), V8Sample("new Uint8Array([1, 2, 3]).buffer"),
        V8Sample("new ArrayBuffer(3, { maxByteLength: 8 })", check: "value.resizable && value.maxByteLength === 8"),
        V8Sample("new Int8Array([-1])"), V8Sample("new Uint8Array([1, 2])"), V8Sample("new Uint8ClampedArray([300])"),
        V8Sample("new Int16Array([-2, 3])"), V8Sample("new Uint16Array([65535])"), V8Sample("new Int32Array([-1, 1])"),
        V8Sample("new Uint32Array([4294967295])"), V8Sample("new Float32Array([1.5, NaN])"),
        V8Sample("new Float64Array([Math.PI, -0])"), V8Sample("new BigInt64Array([-1n])"),
        V8Sample("new BigUint64Array([2n ** 64n - 1n])"), V8Sample("new DataView(new ArrayBuffer(5), 1, 3)"),
        V8Sample("new Uint16Array(0)"), V8Sample("['x', new Float64Array([1, 2]), Buffer.from('y')]"),
    ]

    static let errors: [V8Sample] = [
        V8Sample("new Error('m')", check: "value.stack.startsWith('Error: m\\n    at ')"),
        V8Sample("new Error()", check: "!Object.hasOwn(value, 'message')"),
        V8Sample("new TypeError('日')", check: "value instanceof TypeError"),
        V8Sample("new RangeError('r')", check: "value instanceof RangeError"),
        V8Sample("new EvalError('e')", check: "value instanceof EvalError"),
        V8Sample("new ReferenceError('f')", check: "value instanceof ReferenceError"),
        V8Sample("new SyntaxError('s')", check: "value instanceof SyntaxError"),
        V8Sample("new URIError('u')", check: "value instanceof URIError"),
        V8Sample(
            "new (class MyError extends Error {})('own')", check: "Object.getPrototypeOf(value) === Error.prototype"),
        V8Sample("new Error('m', { cause: new TypeError('c', { cause: 1 }) })", check: "value.cause.cause === 1"),
        V8Sample("new Error('m', { cause: undefined })", check: "Object.hasOwn(value, 'cause')"),
        V8Sample("Object.assign(new Error('m'), { stack: 'mine' })", check: "value.stack === 'mine'"),
        V8Sample("Object.assign(new Error('m'), { stack: undefined })"),
        V8Sample(
            "(() => { const o = {}; return [new Error('m', { cause: o }), o]; })()",
            check: "value[0].cause === value[1]"),
    ]

    static let references: [V8Sample] = [
        V8Sample("(() => { const o = {}; o.self = o; return o; })()", check: "value.self === value"),
        V8Sample("(() => { const a = []; a.push(a, [a]); return a; })()", check: "value[1][0] === value"),
        V8Sample("(() => { const o = { x: 1 }; return { a: o, b: o, c: [o] }; })()", check: "value.a === value.c[0]"),
        V8Sample(
            "(() => { const m = new Map(); m.set(m, m).set('k', new Set([m])); return m; })()",
            check: "value.get(value) === value && value.get('k').has(value)"),
        V8Sample(
            "(() => { const d = new Date(5), r = /x/g, b = Buffer.from('z'), e = new Error('q'), w = Object('s');"
                + " return [d, r, b, e, w, {}, d, r, b, e, w]; })()",
            check: "[0, 1, 2, 3, 4].every((i) => value[i] === value[i + 6])"),
        V8Sample(
            "(() => { const b = new ArrayBuffer(2); return { b, again: b }; })()", check: "value.b === value.again"),
        V8Sample(
            "(() => { const a = [1, , 3]; a.x = a; return { $type: 0, a, again: a }; })()",
            check: "value.a.x === value.again"),
        V8Sample(
            "(() => { const t = { $type: 'own' }; t.t = t; return [t, t]; })()", check: "value[0].t === value[1]"),
        // Node sends such an object as a host object, which takes two ids.
        V8Sample(
            "(() => { const p = Object.assign(new MessageChannel().port1, { p: 1 }), y = { z: 1 };"
                + " return { before: y, p, y, q: { r: 2 }, again: p, y2: y }; })()",
            check: "value.again === value.p && value.p.p === 1 && value.y2 === value.before && value.q.r === 2"),
    ]

    static let all = primitives + strings + objects + arrays + builtins + buffers + errors + references
}
