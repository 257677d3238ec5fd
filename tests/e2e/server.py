"""A small HTTP server of the test's own on loopback, for what the sandbox is not: a container's
credentials, a page of HTML, a man in the middle.

    def answer(request):                   # request.method, .path, .headers, .body
        return server.Reply(200, "application/json", b"{}")

    with server.Server(answer) as here:
        here.url, here.requests
"""

import collections
import http.client
import http.server
import threading

Request = collections.namedtuple("Request", "method path headers body")
# With is_cut only half of the body is sent, then the connection ends.
Reply = collections.namedtuple("Reply", "status kind body is_cut", defaults=(False,))


class Server:
    def __init__(self, answer):
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                request = Request(self.command, self.path, dict(self.headers), body)
                outer.requests.append(request)
                self.send(answer(request))

            def send(self, reply):
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.kind)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[:len(reply.body) // 2] if reply.is_cut else reply.body)
                self.close_connection = reply.is_cut

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.http.shutdown()
        self.http.server_close()


def operation(request):
    """The name of a json protocol's operation, or an empty string."""
    return request.headers.get("X-Amz-Target", "").rpartition(".")[2]


def forward(sandbox, request):
    """What the sandbox says to it. Host goes along as it was signed."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
    try:
        connection.request(request.method, request.path, request.body, request.headers)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers["Content-Type"], reply.read())
    finally:
        connection.close()
