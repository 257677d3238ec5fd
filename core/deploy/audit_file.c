/* The audit as a file of JSON lines: a line for each row with its hash and the one before it, and a
 * last line that tells how many there are, with a digest of all their hashes. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/deploy/audit_store.h"

enum { LINE_CAP = 64 * 1024, SPILL = 32 * 1024, FILTER_CAP = 4096 };

void audit_put_row(struct jw *w, const struct audit_row *row, const char *previous)
{
    jw_open(w, '{');
    jw_put_int(w, "seq", row->seq);
    jw_put_time(w, "at", row->at_ms);
    jw_put_int(w, "at_ms", row->at_ms);
    jw_put_int(w, "pid", row->pid);
    for (int i = 0; i < AUDIT_TEXT_COUNT; i++) {
        struct sv text = audit_text(row, (enum audit_text)i);

        jw_put_sv(w, audit_text_json((enum audit_text)i), text.ptr == NULL ? SV("") : text);
    }
    if (previous != NULL)
        jw_put_sv(w, "previous", sv_of(previous));
    jw_put_sv(w, "hash", row->hash);
    jw_close(w, '}');
}

/* What a file holds so far: the same when it is written and when it is read. */
struct tally {
    int64_t rows;
    char digest[AUDIT_HASH_SIZE];
};

static enum err_code add_to_tally(struct tally *t, struct sv hash, struct err *err)
{
    unsigned char bytes[CRYPTO_SHA256_SIZE];
    char text[2 * AUDIT_HASH_SIZE];
    enum err_code rc;

    (void)snprintf(text, sizeof text, "%s" SV_FMT, t->digest,
                   SV_ARG(sv_take(hash, AUDIT_HASH_SIZE - 1)));
    rc = crypto_sha256(sv_of(text), bytes, err);
    if (rc)
        return rc;
    crypto_hex(bytes, sizeof bytes, t->digest);
    t->rows++;
    return ERR_OK;
}

static enum err_code write_end(const struct tally *t, bool is_filtered, struct sb *out,
                               struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_int(&w, "rows", t->rows);
    jw_put_bool(&w, "is_filtered", is_filtered);
    jw_put_sv(&w, "digest", sv_of(t->digest));
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

/* ---- writing ---- */

struct export
{
    const struct audit_query *query;
    struct sv folded;
    int fd;
    struct sb text;
    struct tally tally;
    char previous[AUDIT_HASH_SIZE];
    enum err_code rc;
    struct err *err;
};

static enum err_code spill(struct export *e, size_t from, struct err *err)
{
    struct sv rest = sb_sv(&e->text);

    if (rest.len <= from)
        return ERR_OK;
    while (rest.len > 0) {
        ssize_t n = write(e->fd, rest.ptr, rest.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return err_set(err, ERR_CANCELLED, "%s", "");
        if (n < 0)
            return err_set(err, ERR_FAILED, "the export cannot be written: %s", strerror(errno));
        rest = sv_drop(rest, (size_t)n);
    }
    sb_clear(&e->text);
    return ERR_OK;
}

static bool export_row(void *owner, const struct audit_row *row)
{
    struct export *e = owner;
    struct jw w;

    if (row->at_ms >= e->query->since_ms && audit_row_has(row, e->folded)) {
        jw_init(&w, &e->text, e->err);
        audit_put_row(&w, row, e->previous);
        e->rc = jw_done(&w);
        if (!e->rc)
            e->rc = sb_addc(&e->text, '\n', e->err);
        if (!e->rc)
            e->rc = add_to_tally(&e->tally, row->hash, e->err);
        if (!e->rc)
            e->rc = spill(e, SPILL, e->err);
    }
    (void)snprintf(e->previous, sizeof e->previous, SV_FMT,
                   SV_ARG(sv_take(row->hash, AUDIT_HASH_SIZE - 1)));
    return e->rc == ERR_OK;
}

static enum err_code open_export(const char *path, int *fd, struct err *err)
{
    *fd = STDOUT_FILENO;
    if (strcmp(path, "-") == 0)
        return ERR_OK;
    *fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0 && errno == EEXIST)
        return err_set(err, ERR_USAGE, "%s is there already: name another file", path);
    return *fd < 0 ? err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno))
                   : ERR_OK;
}

static enum err_code close_export(int fd, const char *path, enum err_code rc, struct err *err)
{
    if (fd == STDOUT_FILENO)
        return rc;
    if (!rc && fsync(fd) != 0)
        rc = err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (close(fd) != 0 && !rc)
        rc = err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (rc)
        unlink(path);
    return rc;
}

enum err_code audit_export(const char *dir, const struct audit_query *query, const char *path,
                           int64_t *rows, struct err *err)
{
    const struct audit_query all = {.is_oldest_first = true};
    CLEANUP(sb_release) struct sb folded;
    struct export e = {.query = query, .err = err};
    enum err_code rc;

    sb_init(&folded, FILTER_CAP);
    sb_init(&e.text, LINE_CAP + SPILL);
    memcpy(e.previous, audit_genesis, sizeof e.previous);
    memcpy(e.tally.digest, audit_genesis, sizeof e.tally.digest);
    rc = audit_fold(query->filter, &folded, err);
    if (!rc)
        rc = open_export(path, &e.fd, err);
    if (rc)
        return rc;
    e.folded = sb_sv(&folded);
    rc = audit_read(dir, &all, export_row, &e, err);
    rc = rc ? rc : e.rc;
    if (!rc)
        rc = write_end(&e.tally, query->filter.len > 0, &e.text, err);
    if (!rc)
        rc = spill(&e, 0, err);
    sb_release(&e.text);
    *rows = e.tally.rows;
    return close_export(e.fd, path, rc, err);
}

/* ---- reading ---- */

struct reader {
    struct audit_verdict *verdict;
    struct sb scratch;
    struct tally tally;
    int64_t line;
    int64_t first; /* row */
    int64_t last;
    char hash[AUDIT_HASH_SIZE]; /* of the last row */
    bool has_gaps;
    bool has_ended;
};

static void blame(struct reader *r, int64_t seq, const char *what)
{
    if (r->verdict->bad_seq != 0)
        return;
    r->verdict->bad_seq = seq > 0 ? seq : 1;
    (void)snprintf(r->verdict->text, sizeof r->verdict->text, "BROKEN at row %lld (line %lld): %s",
                   (long long)r->verdict->bad_seq, (long long)r->line, what);
}

static struct audit_row row_of(const cJSON *json)
{
    struct audit_row row = {.seq = json_int(json, "seq", 0),
                            .at_ms = json_int(json, "at_ms", 0),
                            .pid = json_int(json, "pid", 0),
                            .hash = json_sv(json, "hash")};

    for (int i = 0; i < AUDIT_TEXT_COUNT; i++)
        audit_set_text(&row, (enum audit_text)i,
                       json_sv(json, audit_text_json((enum audit_text)i)));
    return row;
}

/* A line must be what would be written of it, byte by byte: members that are there twice, or that
 * no hash covers, are seen so. */
static enum err_code is_same_line(struct reader *r, const struct audit_row *row,
                                  const char *previous, struct sv line, bool *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    sb_clear(&r->scratch);
    jw_init(&w, &r->scratch, err);
    audit_put_row(&w, row, previous);
    rc = jw_done(&w);
    *out = !rc && sv_eq(sb_sv(&r->scratch), line);
    return rc;
}

static enum err_code read_row(struct reader *r, const cJSON *json, struct sv line, struct err *err)
{
    struct audit_row row = row_of(json);
    char previous[AUDIT_HASH_SIZE];
    char hash[AUDIT_HASH_SIZE];
    bool is_same;
    enum err_code rc;

    (void)snprintf(previous, sizeof previous, SV_FMT,
                   SV_ARG(sv_take(json_sv(json, "previous"), AUDIT_HASH_SIZE - 1)));
    rc = is_same_line(r, &row, previous, line, &is_same, err);
    if (!rc)
        rc = audit_hash(previous, &row, &r->scratch, hash, err);
    if (!rc)
        rc = add_to_tally(&r->tally, row.hash, err);
    if (rc)
        return rc;
    if (!is_same || !sv_eq(row.hash, sv_of(hash)))
        blame(r, row.seq, "its hash is not that of what it holds");
    if (r->tally.rows > 1 && row.seq <= r->last)
        blame(r, row.seq, "it stands in the wrong place");
    if ((r->tally.rows == 1 ? row.seq == 1 : row.seq == r->last + 1) &&
        strcmp(previous, r->hash) != 0)
        blame(r, row.seq, "it does not follow the row before it");
    r->has_gaps = r->has_gaps || (r->tally.rows > 1 && row.seq != r->last + 1);
    r->first = r->tally.rows == 1 ? row.seq : r->first;
    r->last = row.seq;
    memcpy(r->hash, hash, sizeof r->hash);
    return ERR_OK;
}

static enum err_code read_end(struct reader *r, const cJSON *json, struct sv line, struct err *err)
{
    bool is_filtered = json_bool(json, "is_filtered", false);
    enum err_code rc;

    sb_clear(&r->scratch);
    rc = write_end(&r->tally, is_filtered, &r->scratch, err);
    if (rc)
        return rc;
    if (!sv_eq(sv_trim(sb_sv(&r->scratch)), line))
        blame(r, r->last + 1, "the last line tells of other rows than the file has");
    if (r->has_gaps && !is_filtered)
        blame(r, r->first, "rows behind it are missing");
    r->has_ended = true;
    return ERR_OK;
}

static enum err_code read_line(struct reader *r, struct sv line, struct err *err)
{
    struct err why = {0};
    cJSON *json;
    enum err_code rc;

    r->line++;
    if (r->has_ended) {
        blame(r, r->last + 1, "something stands behind the last line");
        return ERR_OK;
    }
    rc = json_parse(line, &json, &why);
    if (rc == ERR_REPLY) {
        blame(r, r->last + 1, "the line is not JSON");
        return ERR_OK;
    }
    if (rc)
        return err_set(err, rc, "%s", why.text);
    rc =
        json_get(json, "seq") != NULL ? read_row(r, json, line, err) : read_end(r, json, line, err);
    cJSON_Delete(json);
    return rc;
}

static enum err_code read_lines(struct reader *r, FILE *file, struct err *err)
{
    static char line[LINE_CAP];
    enum err_code rc = ERR_OK;

    while (!rc && fgets(line, sizeof line, file) != NULL) {
        struct sv text = sv_of(line);

        if (!sv_ends(text, SV("\n"))) {
            r->line++;
            blame(r, r->last + 1, "the line is cut off");
            return ERR_OK;
        }
        rc = read_line(r, sv_take(text, text.len - 1), err);
    }
    if (!rc && ferror(file))
        return err_set(err, ERR_FAILED, "cannot read it: %s", strerror(errno));
    if (!rc && !r->has_ended)
        blame(r, r->last + 1, "the file ends too early");
    return rc;
}

enum err_code audit_verify_file(const char *path, struct audit_verdict *out, struct err *err)
{
    struct reader r = {.verdict = out};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    FILE *file = NULL;
    enum err_code rc;

    *out = (struct audit_verdict){0};
    memcpy(r.hash, audit_genesis, sizeof r.hash);
    memcpy(r.tally.digest, audit_genesis, sizeof r.tally.digest);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        file = fdopen(fd, "r");
    if (file == NULL) {
        rc = err_set(err, ERR_FAILED, "cannot read %s: %s", path,
                     fd < 0 ? strerror(errno) : "not a regular file");
        if (fd >= 0)
            close(fd);
        return rc;
    }
    sb_init(&r.scratch, 2 * LINE_CAP);
    rc = read_lines(&r, file, err);
    fclose(file);
    sb_release(&r.scratch);
    out->rows = r.tally.rows;
    if (!rc && out->bad_seq == 0)
        (void)snprintf(out->text, sizeof out->text, "the file is whole: %lld row%s%s",
                       (long long)out->rows, out->rows == 1 ? "" : "s",
                       r.has_gaps ? ", filtered" : "");
    return rc;
}
