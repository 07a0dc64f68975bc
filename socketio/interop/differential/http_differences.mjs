/*
 * http_differences.mjs: where 506 may differ from socket.io in requests,
 * responses and handshakes; differences.mjs says how a rule is read
 */

/* A session was opened, or a WebSocket. */
const OPENED = /^status: (200|101)/;
const REFUSED = /^status: 4\d\d/;

const fields = [
    {
        key: "access-control-allow-origin",
        sent: /^(?!.*\r\nOrigin:)/s,
        ours: /^(?!.*allow-origin)/, theirs: /allow-origin: \*/,
        why: "Fetch, CORS protocol: a request without Origin does not ask",
    },
    {
        key: "access-control-allow-origin",
        ours: /^status: 101;(?!.*allow-origin)/, theirs: /^status: 101;/,
        why: "Fetch: the WebSocket handshake is not part of the CORS protocol",
    },
    {
        key: "access-control-allow-methods",
        ours: /allow-methods: get, post/, theirs: /allow-methods: get,.*post/,
        why: "Engine.IO v4, Transports: GET and POST are all that it uses",
    },
    {
        key: "access-control-allow-methods", sent: /^(?!.*\r\nOrigin:)/s,
        ours: /^status: 204/, theirs: /^status: 204/,
        why: "Fetch, CORS protocol: a request without Origin does not ask",
    },
    {
        key: "access-control-allow-headers",
        ours: /allow-headers: content-type/, theirs: /^status: 204/,
        why: "Fetch, CORS protocol: the list need not repeat what was asked",
    },
    {
        key: "cache-control",
        ours: /^(?!.*cache-control)/, theirs: /cache-control: no-store/,
        why: "Socket.IO v5, Sample session: the client's t keeps caches out",
    },
    {
        key: "cache-control",
        ours: /cache-control: no-cache/, theirs: /^(?!.*cache-control)/,
        why: "RFC 9111 §5.2.2.4: a browser asks whether a file has changed",
    },
    {
        key: "type",
        ours: /text\/plain.*: ok\b/, theirs: /text\/html.*: ok\b/,
        why: "Socket.IO v5, Sample session: the ok is text/plain",
    },
    {
        key: "date", ours: /date: yes/, theirs: /^status: 4.*date: no/,
        why: "RFC 9110 §6.6.1: a 4xx must have a Date, too",
    },
    {
        key: "code", ours: /^status: 400;.*code: 3/,
        theirs: /^status: 400;(?!.*code:)/,
        why: "Engine.IO v4 says nothing of the body of a 400",
    },
    {
        key: "type", ours: /^status: 400;.*code: 3/,
        theirs: /^status: 400;(?!.*code:)/,
        why: "as the code",
    },
    {
        key: "close",
        ours: /close: (1000|1002|1008)/, theirs: /close: no code/,
        why: "RFC 6455 §5.5.1: a close frame may have a code, or none",
    },
];

const queries = [
    {
        sent: /[?&](EIO|transport|sid)=[^ ]*&\1=/,
        ours: /^status: 400/, theirs: /^status: (200|400|101)/, ends: true,
        why: "RFC 3986 §3.4 has no meaning for a key twice: we refuse",
    },
    {
        sent: /[?&]sid=[& ]/, ours: /^status: 400;.*code: 1/,
        theirs: /code: [25]|^status: (200|101)/, ends: true,
        why: "Engine.IO v4, Query parameters: an empty sid is no session's",
    },
    {
        key: "code", sent: /transport=websocket(?!.*\nUpgrade:)/s,
        ours: /^status: 400;.*code: 3/, theirs: /^status: 400;.*code: [12]/,
        why: "Engine.IO v4, WebSocket: of two faults either may be reported",
    },
    {
        key: "code", sent: /^(?!GET)[^ ]* [^ ]*\?(?!EIO=4&)/,
        ours: /^status: 400;.*code: 5/, theirs: /^status: 400;.*code: 2/,
        why: "Engine.IO v4, Query parameters: of two faults either may be " +
            "reported",
    },
    {
        key: "code", sent: /^(PUT|DELETE|PATCH) .*sid=/,
        ours: /^status: 400;.*code: 3/, theirs: /^status: 400;.*code: 1/,
        why: "as above",
    },
    {
        sent: /^GET \/socket\.io\/[^?]/, ours: /^status: 404/, theirs: OPENED,
        ends: true,
        why: "Engine.IO v4, Request path: it is one path, not what it begins",
    },
    {
        sent: /&j=0 /, ours: OPENED, theirs: /packets: ___eio/, ends: true,
        why: "Engine.IO v4, Query parameters: JSONP is not in it",
    },
];

const http = [
    {
        sent: /transport=websocket.*sid(?!.*\nUpgrade:)/s,
        ours: /^status: 400/, theirs: /^nothing$/, ends: true,
        why: "Engine.IO v4, WebSocket: a request without a handshake is bad; " +
            "socket.io does not answer it",
    },
    {
        sent: /^(PUT|DELETE|PATCH|HEAD) .*sid=/, ours: /^status: 40[05]/,
        theirs: /^status: 500/,
        why: "RFC 9110 §15.5: a method that is not expected is the client's " +
            "fault",
    },
    {
        sent: /^(get|WALK) /, ours: /^status: 400;.*code: 2/,
        theirs: /^status: 400; connection: close/, ends: true,
        why: "RFC 9110 §9.1: an unknown method is a method",
    },
    {
        sent: /^GET http:\/\/127\.0\.0\.1\//, ours: OPENED,
        theirs: /^status: 404/, ends: true,
        why: "RFC 9112 §3.2.2: a server MUST accept the absolute-form",
    },
    {
        sent: /^GET (\*|http:\/\/127\.0\.0\.1)[^/]/, ours: /^status: 40[03]/,
        theirs: /^status: 404/, ends: true,
        why: "RFC 9112 §3.2: a target that is none is a bad request",
    },
    {
        sent: /\r\nHost:\r\n|\r\nHost.*\r\nHost|^GET  |#|^GET [^ ]*\r\n/,
        ours: /^status: 400; connection: close/, theirs: OPENED, ends: true,
        why: "RFC 9112 §3, §3.2, RFC 9110 §4.2.1: such a request line or " +
            "Host is invalid",
    },
    {
        sent: /HTTP\/2\.0\r\n/, ours: /^status: 505/,
        theirs: /^status: (200|400)/, ends: true,
        why: "RFC 9110 §15.6.6: 505 is the answer to a version not supported",
    },
    {
        sent: /HTTP\/1\.2\r\n/, ours: OPENED, theirs: /^status: 400/, ends: true,
        why: "RFC 9110 §2.5: a higher minor version is treated as 1.1",
    },
    {
        sent: /^GET \/\.\//, ours: /^status: 403/, theirs: /^status: 404/,
        why: "of the page's files, no part of a path may begin with a dot",
    },
    {
        sent: /^GET [^]*\r\nContent-Length: 2/, ours: /^status: 400;.*code: 3/,
        theirs: OPENED, ends: true,
        why: "RFC 9110 §9.3.1: content in a GET may be refused",
    },
    {
        sent: /Transfer-Encoding: gzip/, ours: /^status: 501/,
        theirs: /^status: 400/, ends: true,
        why: "RFC 9112 §6.1: an unknown transfer coding should be a 501",
    },
    {
        sent: /Expect: x/, ours: /^status: 200/, theirs: /^status: 417/,
        ends: true, why: "RFC 9110 §10.1.1: a server may answer 417",
    },
    {
        sent: /^POST/, ours: /^status: 413; connection: close.*closed$/,
        theirs: /^status: 413;(?!.*connection)/,
        why: "RFC 9110 §15.5.14: a server may close after a 413",
    },
    {
        sent: /^POST/, ours: /^tcp: closed$/,
        theirs: /^status: 400; connection: close.*closed$/,
        why: "RFC 9112 §8: a server may answer a request that is cut off",
    },
    {
        sent: /^GET[^]*\r\n\r\nPOST/, ours: /^nothing$/, theirs: /: ok\b/,
        ends: true,
        why: "RFC 9112 §9.3.2: after a GET that waits we keep no request: " +
            "the client sends it again",
    },
];

const handshakes = [
    {
        sent: /\nUpgrade: /, ours: REFUSED,
        theirs: /^status: 40[05]; connection: close/,
        why: "RFC 6455 §4.2.2: which 4xx refuses a handshake, and whether " +
            "the connection remains, is open",
    },
    {
        sent: /\nUpgrade: (?!.*\nConnection: Upgrade)/s, ours: /^status: 400/,
        theirs: /^status: 400;/,
        why: "RFC 6455 §4.2.1: it is no handshake without Connection: Upgrade",
    },
    {
        sent: /\nUpgrade: h2c, websocket/, ours: /^status: 101/,
        theirs: /^status: 400/, ends: true,
        why: "RFC 9110 §7.8: Upgrade is a list",
    },
    {
        sent: /Sec-WebSocket-Version: (8|013)/, ours: /^status: 426/,
        theirs: /^status: 101/, ends: true,
        why: "RFC 6455 §4.4: the version is 13; with another, 426 says so",
    },
    {
        sent: /Sec-WebSocket-Extensions: a b;=\r\n/, ours: /^status: 400;/,
        theirs: /^status: 101/, ends: true,
        why: "RFC 6455 §9.1: what is no list of extensions is refused",
    },
    {
        sent: /(EIO=3|\?transport)(?=.*\nUpgrade:)/s, ours: /^status: 400;/,
        theirs: /^status: 101;.*odd:/, ends: true,
        why: "Engine.IO v4, WebSocket: an error must not be written where " +
            "frames are expected",
    },
    {
        sent: /transport=polling(?=.*\nUpgrade:)/s, ours: /^status: 400;/,
        theirs: /^status: 101;.*close: no code/, ends: true,
        why: "Engine.IO v4, WebSocket: its transport is websocket",
    },
    {
        sent: /dGhlIHNhbXBsZSBub25jZR==/, ours: /^status: 400/,
        theirs: /^status: 101/, ends: true,
        why: "RFC 4648 §3.5: bits that no byte needs may be refused",
    },
    {
        sent: /^OPTIONS (?=.*\nUpgrade:)/s, ours: /^status: 204/,
        theirs: /closed without|^tcp: closed$/,
        why: "RFC 9110 §7.8: a server may ignore Upgrade",
    },
    {
        sent: /HTTP\/1\.0\r\n.*\nUpgrade:/s, ours: /^status: 400/,
        theirs: /^status: 101/, ends: true,
        why: "RFC 6455 §4.2.1: a handshake is HTTP/1.1 or higher",
    },
    {
        sent: /transport=websocket&sid(?=.*\nUpgrade:)/s,
        ours: /^status: 101;.*close: 1008/, theirs: /^status: 101/, ends: true,
        why: "Engine.IO v4, WebSocket: a second one of a session is closed",
    },
];

const connections = [
    {
        earlier: /^status: (40\d; connection: close|closed without)/m,
        ours: /^nothing$|^status: 400; connection: close/,
        theirs: /^tcp: closed$/,
        why: "RFC 6455 §4.2.2: whether a connection remains after a refused " +
            "handshake is open",
    },
    {
        before: /OPTIONS [^]*\nUpgrade:/, ours: /^nothing$/,
        theirs: /^tcp: closed$/, why: "as above",
    },
    {
        before: /\nUpgrade: (?!.*\nConnection: (.*, )?[Uu]pgrade)/s,
        ours: /^tcp: closed$/, theirs: /^nothing$|^status: 400; connection: c/,
        why: "as above",
    },
    {
        before: /\r\n\r\n4\nPOST/, sent: /^0?$|, on a\)/,
        ours: /^nothing$|^status: 400;.*code: 1/, theirs: /^tcp: closed$/,
        why: "Engine.IO v4, Sending data: the session of two POSTs closes; " +
            "what becomes of their connections is open",
    },
    {
        earlier: /^status: 413/m, sent: /^POST/,
        ours: /^status: 400;.*code: 1/, theirs: /^status: 200/, ends: true,
        is_race: true,
        why: "Engine.IO v4, Handshake: maxPayload binds the client; with a " +
            "POST too big packets are lost, so we always end the session",
    },
    {
        sent: /^\(no last/, ours: /^nothing$/, theirs: /./,
        why: "as what came before: only one has a session to close",
    },
];

export const httpDifferences = [...fields, ...queries, ...http, ...handshakes,
                                ...connections];
