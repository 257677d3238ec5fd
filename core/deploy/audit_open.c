/* Writes that the audit has as sent, and whose end it does not know: a program was interrupted or
 * killed, or nobody could tell. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/time.h"
#include "core/deploy/audit.h"

enum {
    ENDS_MAX = 64,    /* processes whose row of an end was met, and that of its sending not yet */
    TOKENS_MAX = 256, /* writes that were settled later */
    ROWS_MAX = 20000,
    UNDER_WAY_MS = 2 * 60 * 1000 /* a living process is not waited for any longer */
};

struct end {
    int64_t pid;
    struct sv host;
    bool is_known;
};

struct seek {
    const struct audit_seek *what;
    struct arena *arena;
    struct end ends[ENDS_MAX]; /* newest first, as the rows come */
    size_t end_count;
    struct sv settled[TOKENS_MAX];
    size_t settled_count;
    int rows;
    struct audit_row *out;
    bool is_found;
    bool is_full;
};

struct sv audit_mark(struct sv text, const char *name)
{
    int64_t open = -1;
    size_t len = strlen(name);
    struct sv rest;

    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == ' ' && text.ptr[i + 1] == '[')
            open = (int64_t)i;
    }
    if (open < 0 || text.ptr[text.len - 1] != ']')
        return SV("");
    rest = sv_make(text.ptr + open + 2, text.len - (size_t)open - 3);
    while (rest.ptr != NULL && rest.len > 0) {
        struct sv word = sv_cut(rest, ' ', &rest);
        struct sv value = rest.ptr == NULL ? SV("") : sv_cut(rest, ' ', &rest);

        if (word.len == len && memcmp(word.ptr, name, len) == 0)
            return value;
    }
    return SV("");
}

static struct sv keep(struct seek *s, struct sv text)
{
    struct sv kept = arena_sv(s->arena, text);

    s->is_full = s->is_full || kept.ptr == NULL;
    return kept.ptr == NULL ? SV("") : kept;
}

static void settle(struct seek *s, struct sv token)
{
    if (token.len > 0 && s->settled_count < TOKENS_MAX)
        s->settled[s->settled_count++] = keep(s, token);
}

static bool is_settled(const struct seek *s, struct sv token)
{
    for (size_t i = 0; i < s->settled_count; i++) {
        if (sv_eq(s->settled[i], token))
            return true;
    }
    return false;
}

static struct sv first_word(struct sv text)
{
    return sv_cut(text, ' ', &(struct sv){NULL, 0});
}

static bool is_at(const struct audit_seek *what, struct sv target)
{
    return sv_eq(target, what->target) ||
           (what->is_whole && sv_starts(target, what->target) &&
            sv_starts(sv_drop(target, what->target.len), SV(" execution ")));
}

static bool is_of(const struct audit_seek *what, const struct audit_row *row)
{
    return sv_eq(row->line.operation, what->operation) && is_at(what, row->line.target) &&
           sv_eq(row->line.account, what->account) && sv_eq(row->line.region, what->region) &&
           sv_eq(first_word(row->line.action), first_word(what->action));
}

static void add_end(struct seek *s, const struct audit_row *row)
{
    bool is_known = !sv_eq(row->outcome, SV("unknown"));

    if (s->end_count < ENDS_MAX)
        s->ends[s->end_count++] = (struct end){row->pid, keep(s, row->host), is_known};
}

/* The end of this sending: the last that was met of its process. */
static bool take_end(struct seek *s, const struct audit_row *row, bool *is_known)
{
    *is_known = false;
    for (size_t i = s->end_count; i > 0; i--) {
        const struct end *e = &s->ends[i - 1];

        if (e->pid != row->pid || !sv_eq(e->host, row->host))
            continue;
        *is_known = e->is_known;
        memmove(&s->ends[i - 1], &s->ends[i], (s->end_count - i) * sizeof s->ends[0]);
        s->end_count--;
        return true;
    }
    return false;
}

static bool take_row(void *owner, const struct audit_row *row)
{
    struct seek *s = owner;
    struct sv token = audit_mark(row->line.text, "token");
    bool is_sent = sv_eq(row->outcome, SV("sent"));
    bool is_known;

    if (row->at_ms < s->what->since_ms || ++s->rows > ROWS_MAX || s->is_full)
        return false;
    if (row->line.operation.len == 0)
        settle(s, token);
    if (!is_of(s->what, row))
        return true;
    if (!is_sent && (sv_eq(row->outcome, SV("done")) || sv_eq(row->outcome, SV("failed")) ||
                     sv_eq(row->outcome, SV("denied")) || sv_eq(row->outcome, SV("unknown"))))
        add_end(s, row);
    if (!is_sent)
        return true;
    (void)take_end(s, row, &is_known);
    if (is_known)
        settle(s, token);
    if (is_known || token.len == 0 || is_settled(s, token))
        return true;
    *s->out = *row;
    s->is_found = audit_row_keep(s->out, s->arena);
    s->is_full = !s->is_found;
    return false;
}

/* Of another host nobody can tell whether its program lives. */
static bool is_under_way(const struct audit_row *row)
{
    int64_t age_ms = time_wall_ms() - row->at_ms;
    char host[64] = "";

    if (age_ms < 0 || age_ms > UNDER_WAY_MS || gethostname(host, sizeof host - 1) != 0)
        return false;
    if (!sv_eq(row->host, sv_of(host)))
        return true;
    return row->pid > 0 && row->pid != getpid() &&
           (kill((pid_t)row->pid, 0) == 0 || errno == EPERM);
}

enum err_code audit_find_open(const char *dir, const struct audit_seek *what, struct arena *arena,
                              struct audit_row *out, enum audit_open *state, struct err *err)
{
    const struct audit_query all = {.filter = SV("")};
    struct seek s = {.what = what, .arena = arena, .out = out};
    enum err_code rc = audit_read(dir, &all, take_row, &s, err);

    *state = AUDIT_OPEN_NONE;
    if (rc)
        return rc;
    if (s.is_full)
        return arena_err(arena, err);
    if (s.is_found)
        *state = is_under_way(out) ? AUDIT_OPEN_UNDER_WAY : AUDIT_OPEN_LOST;
    return ERR_OK;
}
