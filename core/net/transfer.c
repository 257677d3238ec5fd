/* The one file that knows libcurl, which it loads when the first set is opened.
 *
 * What costs is kept: connections (in the multi handle), TLS sessions (in a share, because easy
 * handles do not share them by themselves), easy handles with their fixed options (in a transfer
 * that is used again). Certificates are looked up in the hashed directory: a bundle would be parsed
 * for each connection, 40 ms each time; a bundle that the user names is parsed once, because
 * libcurl's cache of it works when there is no directory. */
#define CURL_DISABLE_TYPECHECK
#include "core/net/transfer.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "core/base/dynlib.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/net/cause.h"

/* clang-format off */
#define CURL_LIST(X) \
    X(global_init) X(share_init) X(share_setopt) X(share_cleanup) \
    X(multi_init) X(multi_setopt) X(multi_cleanup) X(multi_add_handle) X(multi_remove_handle) \
    X(multi_perform) X(multi_poll) X(multi_info_read) X(multi_strerror) \
    X(easy_init) X(easy_setopt) X(easy_getinfo) X(easy_cleanup) X(easy_strerror)
/* clang-format on */

#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
static struct {
    CURL_LIST(CURL_MEMBER)
} lib;
#undef CURL_MEMBER

struct transfer_set {
    CURLM *multi;
    CURLSH *share;
    uint64_t connections;
    const char *ca_path; /* once they were sought, one of the two is set */
    const char *ca_file;
};

_Static_assert(sizeof(struct transfer_line) == sizeof(struct curl_slist) &&
                   offsetof(struct transfer_line, text) == offsetof(struct curl_slist, data) &&
                   offsetof(struct transfer_line, next) == offsetof(struct curl_slist, next),
               "a list of lines is libcurl's list");

static enum err_code load(struct err *err)
{
#define CURL_SYMBOL(name) {"curl_" #name, (void **)&lib.name},
    static const struct dynlib_symbol symbols[] = {CURL_LIST(CURL_SYMBOL)};
#undef CURL_SYMBOL
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libcurl.so.4", "libcurl4", symbols, ARRAY_LEN(symbols), err);
    if (rc)
        return rc;
    if (lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_FAILED, "libcurl cannot be started");
    is_loaded = true;
    return ERR_OK;
}

static bool has_hashed_certificates(const char *path)
{
    DIR *dir = opendir(path);
    bool found = false;
    struct dirent *entry;

    if (dir == NULL)
        return false;
    while (!found && (entry = readdir(dir)) != NULL)
        found = strlen(entry->d_name) == 10 && sv_ends(sv_of(entry->d_name), SV(".0"));
    closedir(dir);
    return found;
}

/* libcurl's built-in defaults are not used: they name both a bundle and a directory. */
static void find_certificates(struct transfer_set *set)
{
    static const char hashed[] = "/etc/ssl/certs";
    static const char *const bundles[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    };

    if (!has_hashed_certificates(hashed)) {
        for (size_t i = 0; i < ARRAY_LEN(bundles); i++) {
            if (access(bundles[i], R_OK) == 0) {
                set->ca_file = bundles[i];
                return;
            }
        }
    }
    set->ca_path = hashed;
}

enum err_code transfer_set_open(struct transfer_set **out, struct err *err)
{
    struct transfer_set *set;
    enum err_code rc = load(err);

    if (rc)
        return rc;
    set = mem_alloc(sizeof *set);
    if (set == NULL)
        return mem_err(err);
    set->multi = lib.multi_init();
    set->share = lib.share_init();
    if (set->multi == NULL || set->share == NULL ||
        lib.share_setopt(set->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
        transfer_set_close(set);
        return mem_err(err);
    }
    *out = set;
    return ERR_OK;
}

void transfer_set_close(struct transfer_set *set)
{
    if (set == NULL)
        return;
    if (set->multi != NULL)
        lib.multi_cleanup(set->multi);
    if (set->share != NULL)
        lib.share_cleanup(set->share);
    mem_free(set);
}

void transfer_set_connections(struct transfer_set *set, int count)
{
    lib.multi_setopt(set->multi, CURLMOPT_MAXCONNECTS, (long)count);
    lib.multi_setopt(set->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)count);
}

uint64_t transfer_connections(const struct transfer_set *set)
{
    return set->connections;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *at)
{
    struct transfer *t = at;
    enum err_code rc;

    t->active_ms = time_mono_ms();
    if (size * count > t->reply.cap - t->reply.len) {
        t->stop = STOP_BODY;
        return 0;
    }
    rc = sb_add(&t->reply, sv_make(bytes, size * count), NULL);
    if (rc)
        t->stop = STOP_MEMORY;
    return rc ? 0 : size * count;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *at)
{
    struct transfer *t = at;
    struct sv line = sv_make(bytes, size * count);

    t->active_ms = time_mono_ms();
    /* A new status line replaces what came before: "100 Continue" and the like. */
    if (sv_starts(line, SV("HTTP/"))) {
        sb_clear(&t->head);
        t->field_count = 0;
        return line.len;
    }
    if (++t->field_count > TRANSFER_MAX_HEADERS || line.len > t->head.cap - t->head.len) {
        t->stop = STOP_HEAD;
        return 0;
    }
    if (sb_add(&t->head, line, NULL)) {
        t->stop = STOP_MEMORY;
        return 0;
    }
    return line.len;
}

/* Called when the connection stands and the request is about to be written. */
static int on_ready(void *at, char *remote, char *local, int remote_port, int local_port)
{
    struct transfer *t = at;

    (void)remote, (void)local, (void)remote_port, (void)local_port;
    t->was_sent = true;
    t->active_ms = time_mono_ms();
    return CURL_PREREQFUNC_OK;
}

/* Each handle has its own; a reply is some kilobytes, a request less. */
enum { RECEIVE_BUFFER = 4 * 1024, SEND_BUFFER = 16 * 1024 };

#define SET(t, option, value) (lib.easy_setopt((t)->easy, CURLOPT_##option, (value)) != CURLE_OK)

/* What never changes for a handle. QUICK_EXIT: else a request that is given up would wait for its
 * name look-up to end. */
static bool set_fixed(const struct transfer_set *set, struct transfer *t)
{
    return SET(t, PRIVATE, t) || SET(t, SHARE, set->share) || SET(t, NOSIGNAL, 1L) ||
           SET(t, QUICK_EXIT, 1L) || SET(t, ERRORBUFFER, t->detail) ||
           SET(t, PROTOCOLS_STR, "http,https") || SET(t, FOLLOWLOCATION, 0L) ||
           SET(t, PATH_AS_IS, 1L) || SET(t, HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) ||
           SET(t, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) || SET(t, SSL_VERIFYPEER, 1L) ||
           SET(t, SSL_VERIFYHOST, 2L) || SET(t, PROXY_SSL_VERIFYPEER, 1L) ||
           SET(t, PROXY_SSL_VERIFYHOST, 2L) || SET(t, SUPPRESS_CONNECT_HEADERS, 1L) ||
           SET(t, NOPROXY, "") || SET(t, TCP_NODELAY, 1L) ||
           SET(t, BUFFERSIZE, (long)RECEIVE_BUFFER) ||
           SET(t, UPLOAD_BUFFERSIZE, (long)SEND_BUFFER) || SET(t, WRITEFUNCTION, on_body) ||
           SET(t, WRITEDATA, t) || SET(t, HEADERFUNCTION, on_head) || SET(t, HEADERDATA, t) ||
           SET(t, PREREQFUNCTION, on_ready) || SET(t, PREREQDATA, t);
}

static bool set_method(struct transfer *t)
{
    if (t->kind == TRANSFER_BODY) {
        return SET(t, POST, 1L) || SET(t, POSTFIELDSIZE_LARGE, (curl_off_t)t->body.len) ||
               SET(t, POSTFIELDS, t->body.len > 0 ? t->body.ptr : "") ||
               SET(t, CUSTOMREQUEST, t->method);
    }
    return SET(t, CUSTOMREQUEST, NULL) || SET(t, HTTPGET, 1L) ||
           (t->kind == TRANSFER_HEAD && SET(t, NOBODY, 1L));
}

static bool set_certificates(struct transfer_set *set, struct transfer *t)
{
    const char *file;
    const char *path;

    if (sv_starts(sv_of(t->url), SV("http:")) && t->proxy[0] == '\0')
        return false;
    if (set->ca_path == NULL && set->ca_file == NULL)
        find_certificates(set);
    file = t->ca_bundle[0] != '\0' ? t->ca_bundle : set->ca_file;
    path = file == NULL ? set->ca_path : NULL;
    return SET(t, CAINFO, file) || SET(t, CAPATH, path) || SET(t, PROXY_CAINFO, file) ||
           SET(t, PROXY_CAPATH, path);
}

static bool set_request(struct transfer_set *set, struct transfer *t)
{
    return set_method(t) || SET(t, URL, t->url) || SET(t, PROXY, t->proxy) ||
           SET(t, HTTPHEADER, (struct curl_slist *)t->lines) ||
           SET(t, CONNECTTIMEOUT_MS, (long)t->connect_timeout_ms) ||
           SET(t, TIMEOUT_MS, (long)t->total_timeout_ms) ||
           SET(t, FRESH_CONNECT, t->never_resend ? 1L : 0L) || set_certificates(set, t);
}

enum err_code transfer_begin(struct transfer_set *set, struct transfer *t, struct err *err)
{
    if (t->easy == NULL) {
        t->easy = lib.easy_init();
        if (t->easy == NULL)
            return mem_err(err);
        if (set_fixed(set, t)) {
            transfer_release(t);
            return err_set(err, ERR_FAILED, "libcurl is too old: install a newer libcurl4");
        }
    }
    t->started_ms = t->active_ms = time_mono_ms();
    t->was_sent = false;
    t->stop = STOP_NONE;
    t->status = 0;
    t->field_count = 0;
    t->detail[0] = '\0';
    t->head.cap = TRANSFER_MAX_HEAD;
    sb_clear(&t->head);
    sb_clear(&t->reply);
    if (set_request(set, t))
        return err_set(err, ERR_FAILED, "libcurl refuses the request to %s", t->host);
    if (lib.multi_add_handle(set->multi, t->easy) != CURLM_OK)
        return mem_err(err);
    return ERR_OK;
}

void transfer_stop(struct transfer_set *set, struct transfer *t)
{
    if (t->easy != NULL)
        lib.multi_remove_handle(set->multi, t->easy);
}

void transfer_release(struct transfer *t)
{
    if (t->easy != NULL)
        lib.easy_cleanup(t->easy);
    t->easy = NULL;
    sb_release(&t->head);
    sb_release(&t->reply);
}

enum err_code transfer_wait(struct transfer_set *set, struct net_fd *fds, size_t fd_count,
                            int timeout_ms, struct err *err)
{
    struct curl_waitfd waited[64];
    CURLMcode rc;

    for (size_t i = 0; i < fd_count && i < ARRAY_LEN(waited); i++) {
        waited[i] = (struct curl_waitfd){
            .fd = fds[i].fd,
            .events = fds[i].wants_write ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN,
        };
    }
    /* libcurl has no "for ever"; an hour is as good. */
    rc = lib.multi_poll(set->multi, waited, (unsigned)fd_count,
                        timeout_ms < 0 ? 3600000 : timeout_ms, NULL);
    if (rc != CURLM_OK)
        return err_set(err, ERR_FAILED, "waiting for the network failed: %s",
                       lib.multi_strerror(rc));
    return ERR_OK;
}

void transfer_perform(struct transfer_set *set)
{
    int running;

    if (lib.multi_perform(set->multi, &running) != CURLM_OK)
        log_error("libcurl cannot go on");
}

static long info(struct transfer *t, CURLINFO what)
{
    long value = 0;

    lib.easy_getinfo(t->easy, what, &value);
    return value;
}

static bool has_passed(struct transfer *t, CURLINFO what)
{
    curl_off_t us = 0;

    lib.easy_getinfo(t->easy, what, &us);
    return us > 0;
}

static enum cause timeout_cause(struct transfer *t)
{
    if (t->was_sent)
        return CAUSE_TOTAL_TIMEOUT;
    if (!has_passed(t, CURLINFO_NAMELOOKUP_TIME_T))
        return CAUSE_DNS_TIMEOUT;
    return has_passed(t, CURLINFO_CONNECT_TIME_T) ? CAUSE_TLS_TIMEOUT : CAUSE_CONNECT_TIMEOUT;
}

/* The numbers are OpenSSL's X509_V_ERR_*. libcurl compares the name itself, after the chain was
 * found good and before it notes that verdict: until then it says 0 or, from 7.88, 1. */
static enum cause verify_cause(struct transfer *t)
{
    switch (info(t, CURLINFO_SSL_VERIFYRESULT)) {
    case 0:
    case 1:
    case 62:
        return CAUSE_TLS_NAME;
    case 9:
        return CAUSE_TLS_NOT_YET;
    case 10:
        return CAUSE_TLS_EXPIRED;
    case 23:
        return CAUSE_TLS_REVOKED;
    default:
        return CAUSE_TLS_UNKNOWN_CA;
    }
}

static enum cause connect_cause(struct transfer *t)
{
    switch (info(t, CURLINFO_OS_ERRNO)) {
    case ECONNREFUSED:
        return CAUSE_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
        return CAUSE_UNREACHABLE;
    default:
        return CAUSE_CONNECT;
    }
}

static enum cause cause_of(struct transfer *t, CURLcode code)
{
    long tunnel = info(t, CURLINFO_HTTP_CONNECTCODE);

    switch (t->stop) {
    case STOP_BODY:
        return CAUSE_BODY_CAP;
    case STOP_HEAD:
        return CAUSE_HEAD_CAP;
    case STOP_MEMORY:
        return CAUSE_MEMORY;
    case STOP_NONE:
        break;
    }
    if (!t->was_sent && t->proxy[0] != '\0' && tunnel >= 300)
        return CAUSE_PROXY_REFUSED;
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return CAUSE_DNS;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return CAUSE_PROXY_DNS;
    case CURLE_COULDNT_CONNECT:
        return connect_cause(t);
    case CURLE_OPERATION_TIMEDOUT:
        return timeout_cause(t);
    case CURLE_PEER_FAILED_VERIFICATION:
        return verify_cause(t);
    case CURLE_SSL_CACERT_BADFILE:
        return CAUSE_TLS_BUNDLE;
    case CURLE_SSL_CONNECT_ERROR:
        return CAUSE_TLS;
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP2:
        return CAUSE_CUT;
    case CURLE_GOT_NOTHING:
        return CAUSE_NOTHING;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return CAUSE_NOT_HTTP;
    case CURLE_OUT_OF_MEMORY:
        return CAUSE_MEMORY;
    default:
        return CAUSE_OTHER;
    }
}

struct transfer *transfer_take(struct transfer_set *set, enum err_code *code, struct err *err)
{
    struct transfer *t = NULL;
    CURLMsg *message;
    CURLcode result;
    int left;

    do {
        message = lib.multi_info_read(set->multi, &left);
    } while (message != NULL && message->msg != CURLMSG_DONE);
    if (message == NULL)
        return NULL;
    result = message->data.result;
    lib.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
    set->connections += (uint64_t)info(t, CURLINFO_NUM_CONNECTS);
    t->status = (int)info(t, CURLINFO_RESPONSE_CODE);
    *code = ERR_OK;
    if (result != CURLE_OK) {
        if (t->detail[0] == '\0')
            snprintf(t->detail, sizeof t->detail, "%s", lib.easy_strerror(result));
        *code = cause_tell(t, cause_of(t, result), (int)info(t, CURLINFO_HTTP_CONNECTCODE), err);
    }
    transfer_stop(set, t);
    return t;
}
