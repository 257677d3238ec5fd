/* The server: libmicrohttpd on loopback, in one thread with the engine, driven by one wait.
 *
 * A request is answered at once and its reply held back as long as --latency-ms says; nothing
 * blocks meanwhile. */
#ifndef PENSTOCK_SANDBOX_SERVER_H
#define PENSTOCK_SANDBOX_SERVER_H

#include "core/sandbox/sandbox.h"

struct server;
enum err_code server_open(struct sandbox *sandbox, struct server **out, struct err *err) MUST_CHECK;
void server_close(struct server *server);
int server_port(const struct server *server);
/* Until SIGTERM or SIGINT, or the end of stdin when the options say so. */
enum err_code server_run(struct server *server, struct err *err) MUST_CHECK;

#endif
