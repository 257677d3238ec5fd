#include "core/views/notify.h"

#include "core/base/mem.h"

enum { NAMES_CAP = 1 << 20, SENTENCE_MAX = 400 };

/* ---- sentences ---- */

static const char *happened(enum status status)
{
    switch (status) {
    case STATUS_NONE:
        return "has not run yet";
    case STATUS_FAILED:
    case STATUS_ERRORED:
        return "failed";
    case STATUS_WAITING:
        return "waits for approval";
    case STATUS_STOPPING:
        return "is stopping";
    case STATUS_IN_PROGRESS:
        return "runs";
    case STATUS_STOPPED:
        return "was stopped";
    case STATUS_CANCELLED:
        return "was cancelled";
    case STATUS_ABANDONED:
        return "was abandoned";
    case STATUS_SUPERSEDED:
        return "was superseded";
    case STATUS_SKIPPED:
        return "was skipped";
    case STATUS_OVERRIDDEN:
        return "was overridden";
    case STATUS_SUCCEEDED:
        return "succeeded";
    case STATUS_UNKNOWN:
    case STATUS_COUNT:
        break;
    }
    return "changed";
}

/* "Build", "Build/compile"; an approval's stage and action often have one name. */
static enum err_code add_place(const struct transition *t, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add_safe(out, t->stage, err);

    if (rc || t->kind != TRANSITION_ACTION || sv_eq(t->stage, t->action))
        return rc;
    rc = sb_addc(out, '/', err);
    return rc ? rc : sb_add_safe(out, t->action, err);
}

enum err_code transition_event(const struct transition *t, struct sb *out, struct err *err)
{
    bool is_gate = t->kind == TRANSITION_GATE;
    const char *what = !is_gate                  ? happened(t->to)
                       : t->to == STATUS_STOPPED ? "was disabled"
                                                 : "was enabled";
    enum err_code rc = is_gate ? sb_add(out, SV("transition into "), err) : ERR_OK;

    if (rc == ERR_OK && t->kind != TRANSITION_PIPELINE)
        rc = add_place(t, out, err);
    if (rc == ERR_OK)
        rc = sb_addf(out, err, "%s%s", t->kind != TRANSITION_PIPELINE ? " " : "", what);
    if (rc || t->summary.len == 0)
        return rc;
    rc = sb_add(out, SV(": "), err);
    return rc ? rc : sb_add_safe(out, sv_take(t->summary, SENTENCE_MAX), err);
}

enum err_code transition_text(const struct transition *t, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add_safe(out, t->id.name, err);

    if (rc == ERR_OK)
        rc = sb_add(out, t->kind == TRANSITION_PIPELINE ? SV(" ") : SV(": "), err);
    return rc ? rc : transition_event(t, out, err);
}

/* ---- whose news are wanted ---- */

static bool keep_seq(void *owner, const struct transition *t)
{
    int64_t *seq = owner;

    *seq = t->seq;
    return false;
}

static enum err_code last_seq(struct cache *cache, int64_t *seq, struct err *err)
{
    const struct transition_query last = {.newest_first = true, .limit = 1};

    *seq = 0;
    return cache_transitions(cache, &last, keep_seq, seq, err);
}

static size_t find(const struct notify *n, struct sv name)
{
    size_t i = 0;

    while (i < n->count && !sv_eq(sv_of(n->names[i]), name))
        i++;
    return i;
}

static void take_off(struct notify *n, size_t at)
{
    n->count--;
    memmove(n->names[at], n->names[at + 1], (n->count - at) * sizeof n->names[0]);
}

static bool note_any(void *owner, const struct pipeline_row *row UNUSED)
{
    bool *has_any = owner;

    *has_any = true;
    return false;
}

enum err_code notify_toggle(struct notify *n, struct cache *cache, struct sv name, bool *is_on,
                            struct err *err)
{
    const struct pipeline_query named = {.names = &name, .name_count = 1, .limit = 1};
    size_t at = find(n, name);
    bool is_known = false;
    int64_t seq = n->seen_seq;
    enum err_code rc;

    if (at < n->count) {
        take_off(n, at);
        *is_on = false;
        return ERR_OK;
    }
    if (n->count == NOTIFY_MAX)
        return err_set(err, ERR_LIMIT, "at most %d pipelines can ring; take one off with :notify",
                       NOTIFY_MAX);
    rc = cache_pipelines(cache, &named, note_any, &is_known, err);
    if (rc)
        return rc;
    if (!is_known || name.len >= NOTIFY_NAME)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no pipeline \"" SV_FMT "\"; type a part of it, Tab completes",
                       SV_ARG(sv_take(name, 100)));
    if (n->count == 0)
        rc = last_seq(cache, &seq, err);
    if (rc)
        return rc;
    n->seen_seq = seq;
    memcpy(n->names[n->count], name.ptr, name.len);
    n->names[n->count++][name.len] = '\0';
    *is_on = true;
    return ERR_OK;
}

/* ---- news ---- */

/* A CodePipeline that a wanted name stands for. */
struct member {
    struct sv name;
    size_t wanted;
};

struct news {
    bool has_any;
    enum status status;
    char text[2 * SENTENCE_MAX];
};

struct looking {
    const struct notify *notify;
    struct arena arena;
    struct member *members;
    size_t count;
    size_t size;
    struct news news[NOTIFY_MAX];
    int64_t seq;
    enum err_code rc;
    struct err *err;
};

static bool add_member(struct looking *l, struct sv name, size_t wanted)
{
    if (l->count == l->size) {
        struct member *grown = arena_alloc(&l->arena, 2 * l->size + 64, sizeof *grown);

        if (grown == NULL)
            return false;
        if (l->count > 0)
            memcpy(grown, l->members, l->count * sizeof *grown);
        l->members = grown;
        l->size = 2 * l->size + 64;
    }
    name = arena_sv(&l->arena, name);
    l->members[l->count] = (struct member){name, wanted};
    l->count += name.ptr != NULL;
    return name.ptr != NULL;
}

static bool on_row(void *owner, const struct pipeline_row *row)
{
    struct looking *l = owner;

    for (size_t i = 0; i < l->notify->count && !l->rc; i++) {
        struct sv wanted = sv_of(l->notify->names[i]);

        if ((sv_eq(wanted, row->id.name) || sv_eq(wanted, row->logical)) &&
            !add_member(l, row->id.name, i))
            l->rc = arena_err(&l->arena, l->err);
    }
    return l->rc == ERR_OK;
}

/* Removed pipelines have no row any more, but their own name still counts. */
static enum err_code find_members(struct looking *l, struct cache *cache, struct err *err)
{
    struct sv names[NOTIFY_MAX];
    const struct pipeline_query named = {.names = names, .name_count = l->notify->count};
    enum err_code rc;

    for (size_t i = 0; i < l->notify->count; i++) {
        names[i] = sv_of(l->notify->names[i]);
        if (!add_member(l, names[i], i))
            return arena_err(&l->arena, err);
    }
    rc = cache_pipelines(cache, &named, on_row, l, err);
    return rc ? rc : l->rc;
}

/* Of several changes the one that needs a person most; of equals the one that says more. */
static bool is_better(const struct news *old, const struct transition *t)
{
    int order = status_rank(t->to) - status_rank(old->status);

    return !old->has_any || order < 0 || (order == 0 && t->kind == TRANSITION_ACTION);
}

static enum err_code keep(struct news *news, const struct transition *t, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, sizeof news->text * 4);
    rc = transition_text(t, &text, err);
    if (rc)
        return rc;
    snprintf(news->text, sizeof news->text, "%s", sb_cstr(&text));
    news->has_any = true;
    news->status = t->to;
    return ERR_OK;
}

static bool on_transition(void *owner, const struct transition *t)
{
    struct looking *l = owner;

    l->seq = t->seq > l->seq ? t->seq : l->seq;
    for (size_t i = 0; i < l->count && !l->rc; i++) {
        struct news *news = &l->news[l->members[i].wanted];

        if (sv_eq(l->members[i].name, t->id.name) && is_better(news, t))
            l->rc = keep(news, t, l->err);
    }
    return l->rc == ERR_OK;
}

static enum err_code look(struct looking *l, struct cache *cache, struct err *err)
{
    const struct transition_query fresh = {.after_seq = l->notify->seen_seq,
                                           .limit = NOTIFY_SCAN_MAX};
    enum err_code rc = find_members(l, cache, err);

    if (rc == ERR_OK)
        rc = cache_transitions(cache, &fresh, on_transition, l, err);
    return rc ? rc : l->rc;
}

static enum err_code tell(struct notify *n, struct looking *l, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < n->count && !rc; i++) {
        if (l->news[i].has_any)
            rc = sb_addf(out, err, "%s%s", out->len > 0 ? "; " : "", l->news[i].text);
    }
    if (rc)
        return rc;
    for (size_t i = n->count; i > 0; i--) {
        if (l->news[i - 1].has_any)
            take_off(n, i - 1);
    }
    n->seen_seq = l->seq;
    return ERR_OK;
}

enum err_code notify_check(struct notify *n, struct cache *cache, struct sb *out, struct err *err)
{
    struct looking *l;
    int64_t last;
    enum err_code rc = last_seq(cache, &last, err);

    if (rc || n->count == 0 || last == n->seen_seq)
        return rc;
    /* A cache that was begun anew counts from the start: what it holds is no news. */
    if (last < n->seen_seq) {
        n->seen_seq = last;
        return ERR_OK;
    }
    l = mem_alloc(sizeof *l);
    if (l == NULL)
        return mem_err(err);
    *l = (struct looking){.notify = n, .seq = n->seen_seq, .err = err};
    arena_init(&l->arena, NAMES_CAP);
    rc = look(l, cache, err);
    if (rc == ERR_OK)
        rc = tell(n, l, out, err);
    arena_release(&l->arena);
    mem_free(l);
    return rc;
}
