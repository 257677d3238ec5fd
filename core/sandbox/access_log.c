#include "core/sandbox/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LINE_CAP = 128 << 20 };

static enum err_code open_one(const char *path, FILE **out, struct err *err)
{
    int fd;

    if (path == NULL)
        return ERR_OK;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    *out = fdopen(fd, "a");
    if (*out != NULL)
        return ERR_OK;
    (void)close(fd);
    return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
}

enum err_code access_log_open(struct access_log *log, const char *access, const char *record,
                              struct err *err)
{
    enum err_code rc;

    *log = (struct access_log){0};
    sb_init(&log->line, LINE_CAP);
    rc = open_one(access, &log->access, err);
    return rc ? rc : open_one(record, &log->record, err);
}

void access_log_close(struct access_log *log)
{
    if (log->access != NULL)
        (void)fclose(log->access);
    if (log->record != NULL)
        (void)fclose(log->record);
    sb_release(&log->line);
    log->access = log->record = NULL;
}

static void finish(struct access_log *log, struct jw *w, FILE *file)
{
    if (jw_done(w) || sb_addc(&log->line, '\n', NULL))
        return;
    (void)fwrite(log->line.ptr, 1, log->line.len, file);
}

static void write_access(struct access_log *log, const struct request *request,
                         const struct reply *reply, int64_t wall_ms, double latency_ms,
                         const char *error)
{
    char latency[32];
    struct jw w;

    sb_clear(&log->line);
    jw_init(&w, &log->line, NULL);
    jw_open(&w, '{');
    jw_put_time(&w, "time", wall_ms);
    jw_put_sv(&w, "service", request->service);
    jw_put_sv(&w, "operation", request->operation);
    jw_put_sv(&w, "account", request->who.account);
    jw_put_sv(&w, "region", request->region);
    /* The writer has no fractions; its commas are ours to keep here. */
    (void)snprintf(latency, sizeof latency, ",\"latency_ms\":%.3f", latency_ms);
    if (w.rc == ERR_OK)
        w.rc = sb_add(&log->line, sv_of(latency), NULL);
    jw_put_int(&w, "status", reply->status);
    jw_put_sv(&w, "error", error[0] == '\0' ? SV_NONE : sv_of(error));
    jw_close(&w, '}');
    finish(log, &w, log->access);
}

static bool is_private(struct sv header)
{
    return sv_eq_nocase(header, SV("Authorization")) ||
           sv_eq_nocase(header, SV("X-Amz-Security-Token")) ||
           sv_eq_nocase(header, SV("X-aws-ec2-metadata-token"));
}

/* Add text, with what stands between begin and end for each of the credentials replaced. */
static enum err_code withhold(struct sb *out, struct sv text)
{
    static const struct {
        const char *begin;
        char end;
    } credentials[] = {
        {"<SecretAccessKey>", '<'}, {"<SessionToken>", '<'}, {"WebIdentityToken=", '&'}};
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        struct sv rest = SV_NONE;
        size_t end = text.len;

        for (size_t i = 0; i < ARRAY_LEN(credentials); i++) {
            struct sv begin = sv_of(credentials[i].begin);
            ptrdiff_t at = sv_find(text, begin);
            const char *stop;

            if (at < 0 || (size_t)at + begin.len > end)
                continue;
            end = (size_t)at + begin.len;
            rest = sv_drop(text, end);
            stop = rest.len == 0 ? NULL : memchr(rest.ptr, credentials[i].end, rest.len);
            rest = stop == NULL ? SV("") : sv_drop(rest, (size_t)(stop - rest.ptr));
        }
        rc = sb_add(out, sv_take(text, end), NULL);
        if (!rc && rest.ptr != NULL)
            rc = sb_add(out, SV("withheld"), NULL);
        text = rest;
    }
    return rc;
}

static void put_body(struct jw *w, struct sv text)
{
    CLEANUP(sb_release) struct sb kept;

    sb_init(&kept, LINE_CAP);
    if (withhold(&kept, text))
        sb_clear(&kept);
    jw_put_sv(w, "body", sv_of(sb_cstr(&kept)));
}

static void put_request(struct jw *w, const struct request *request)
{
    jw_name(w, "request");
    jw_open(w, '{');
    jw_put_sv(w, "method", request->method);
    jw_put_sv(w, "path", request->path);
    jw_name(w, "headers");
    jw_open(w, '{');
    for (size_t i = 0; i < request->header_count; i++) {
        char name[128];

        if (is_private(request->headers[i].name))
            continue;
        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(request->headers[i].name));
        jw_put_sv(w, name, request->headers[i].value);
    }
    jw_close(w, '}');
    put_body(w, request->body);
    jw_close(w, '}');
}

static void write_record(struct access_log *log, const struct request *request,
                         const struct reply *reply)
{
    struct jw w;

    sb_clear(&log->line);
    jw_init(&w, &log->line, NULL);
    jw_open(&w, '{');
    jw_put_sv(&w, "service", request->service);
    jw_put_sv(&w, "operation", request->operation);
    put_request(&w, request);
    jw_name(&w, "reply");
    jw_open(&w, '{');
    jw_put_int(&w, "status", reply->status);
    jw_name(&w, "headers");
    jw_open(&w, '{');
    jw_put_sv(&w, "Content-Type", sv_of(reply->content_type == NULL ? "" : reply->content_type));
    jw_put_sv(&w, "x-amzn-RequestId", sv_of(reply->request_id));
    jw_close(&w, '}');
    put_body(&w, sb_sv(&reply->body));
    jw_close(&w, '}');
    jw_close(&w, '}');
    finish(log, &w, log->record);
}

void access_log_write(struct access_log *log, const struct request *request,
                      const struct reply *reply, int64_t wall_ms, double latency_ms,
                      const char *error)
{
    if (log->access != NULL)
        write_access(log, request, reply, wall_ms, latency_ms, error);
    if (log->record != NULL)
        write_record(log, request, reply);
}

void access_log_flush(struct access_log *log)
{
    if (log->access != NULL)
        (void)fflush(log->access);
    if (log->record != NULL)
        (void)fflush(log->record);
}
