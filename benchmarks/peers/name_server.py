"""A name server for Names: every name has one IPv4 address and no IPv6 one. Run it in a network namespace, see docs/benchmarks.md."""

import socket
import struct

HEADER = struct.Struct("!6H")
A = 1

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
server.bind(("127.0.0.1", 53))
while True:
    query, peer = server.recvfrom(512)
    number, _, questions, _, _, _ = HEADER.unpack_from(query)
    end = query.index(b"\0", HEADER.size) + 5
    question = query[HEADER.size:end]
    is_a = struct.unpack_from("!H", question, len(question) - 4)[0] == A
    # The answer's name is a pointer to the question's: RFC 1035, 4.1.4.
    answer = struct.pack("!HHHIH4s", 0xC00C, A, 1, 60, 4, b"\x0a\x00\x00\x01") if is_a else b""
    server.sendto(HEADER.pack(number, 0x8180, questions, int(is_a), 0, 0) + question + answer, peer)
