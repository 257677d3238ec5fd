/* Options of the command line: one list makes the parser and the help. */
#ifndef PENSTOCK_SANDBOX_OPTIONS_H
#define PENSTOCK_SANDBOX_OPTIONS_H

#include "core/sandbox/seed.h"

/* clang-format off */
/*       constant     name           value            help */
#define OPTION_LIST(X) \
    X(PORT,           "port",        "N",             "listen on this port of 127.0.0.1 (0, the default: any free one)") \
    X(PORT_FILE,      "port-file",   "FILE",          "write the port there once it listens") \
    X(STATE,          "state",       "DIR",           "keep executions there, so that a restart goes on (else in memory)") \
    X(SEED,           "seed",        "demo|empty|fleet:N", "what there is at first (demo)") \
    X(SPEED,          "speed",       "X",             "work goes X times as fast (1)") \
    X(STEP,           "step",        NULL,            "the clock only moves by POST /_sandbox/step") \
    X(CONTROL,        "control",     NULL,            "answer under /_sandbox/ without --step too") \
    X(LATENCY,        "latency-ms",  "N",             "answer so much later") \
    X(TLS_CERT,       "tls-cert",    "FILE",          "speak HTTPS with this certificate chain (PEM)") \
    X(TLS_KEY,        "tls-key",     "FILE",          "and this key") \
    X(FAULT,          "fault",       "SPEC",          "KIND[:OPERATION|*][:RATE][:COUNT], may be repeated; see below") \
    X(TPS,            "tps",         "N",             "calls per second and account, region, service; then throttle") \
    X(BURST,          "burst",       "N",             "with --tps: so many at once first (N of --tps)") \
    X(ACCESS_LOG,     "access-log",  "FILE",          "one line of JSON per request") \
    X(RECORD,         "record",      "FILE",          "whole requests and replies as lines of JSON, without credentials") \
    X(CONFIG_DIR,     "config-dir",  "DIR",           "write AWS config and credentials files with a profile per account") \
    X(UNTIL_EOF,      "until-eof",   NULL,            "end when standard input does") \
    X(HELP,           "help",        NULL,            "print this") \
    X(VERSION,        "version",     NULL,            "print the version")
/* clang-format on */

#define OPTION_ENUM(constant, name, value, help) OPTION_##constant,
enum option { OPTION_LIST(OPTION_ENUM) OPTION_COUNT };
#undef OPTION_ENUM

enum { FAULT_SPECS_MAX = 32 };

struct options {
    int port;
    const char *port_file;
    const char *state;
    struct seed seed;
    const char *seed_text;
    double speed;
    bool is_stepped;
    bool has_control;
    int latency_ms;
    const char *tls_cert;
    const char *tls_key;
    const char *faults[FAULT_SPECS_MAX];
    size_t fault_count;
    double tps; /* 0 = no limit */
    double burst;
    const char *access_log;
    const char *record;
    const char *config_dir;
    bool until_eof;
    bool wants_help;
    bool wants_version;
};

/* ERR_USAGE with a sentence. Texts are borrowed from argv. */
enum err_code options_parse(int argc, char **argv, struct options *out, struct err *err) MUST_CHECK;
void options_help(FILE *out);

#endif
