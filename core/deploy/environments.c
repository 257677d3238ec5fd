/* Reading the environments: pages of parameters, each decoded by itself, so that one which nobody
 * can read hides no other. The cache gets them without external ids. */
#include "core/deploy/environments.h"

#include "core/aws/ssm.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/time.h"

enum { ENVIRONMENTS_MAX = 1000, PAGE_ARENA = 4 << 20, PAGE_SIZE = 10, JSON_MAX = 16 * 1024 };

struct reading {
    struct arena *arena;
    struct environment *list; /* room for ENVIRONMENTS_MAX */
    size_t count;
    size_t left_out;
    struct err *notice;
};

static void leave_out(struct reading *r, struct sv name, const char *why)
{
    if (r->left_out++ == 0)
        (void)err_set(r->notice, ERR_REPLY, "parameter " SV_FMT " is left out: %s",
                      SV_ARG(sv_take(name, 100)), why);
}

static enum err_code take_one(struct reading *r, const struct parameter *p, struct err *err)
{
    struct sv name = sv_drop(p->name, sizeof ENVIRONMENTS_PATH - 1);
    struct environment e;
    struct err why = {0};
    bool has_unknown;
    enum err_code rc;

    if (!sv_eq(p->type, SV("String"))) {
        leave_out(r, p->name, "it is no String");
        return ERR_OK;
    }
    if (r->count == ENVIRONMENTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d environments", ENVIRONMENTS_MAX);
    rc = environment_read(p->value, r->arena, &e, &has_unknown, &why);
    if (rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (rc || !sv_eq(e.name, name)) {
        leave_out(r, p->name, rc ? why.text : "the name inside is another one");
        return ERR_OK;
    }
    e.version = p->version;
    r->list[r->count++] = e;
    return ERR_OK;
}

static enum err_code take_page(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct reading *r = owner;
    CLEANUP(arena_release) struct arena page;
    struct parameter *parameters;
    size_t count = 0;
    enum err_code rc;

    arena_init(&page, PAGE_ARENA);
    rc = decode_parameters(reply->json, &page, &parameters, &count, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = take_one(r, &parameters[i], err);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct environment *x = a;
    const struct environment *y = b;

    return sv_cmp(x->name, y->name);
}

/* ---- into the cache ---- */

static enum err_code keep_textf(struct arena *arena, struct sv *out, struct err *err,
                                const char *word, struct sv text)
{
    CLEANUP(sb_release) struct sb all;
    enum err_code rc;

    sb_init(&all, JSON_MAX);
    rc = sb_addf(&all, err, "%s " SV_FMT, word, SV_ARG(text));
    if (rc)
        return rc;
    *out = arena_sv(arena, sb_sv(&all));
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

static enum err_code keep_json(const struct environment *e, struct arena *arena, struct sv *out,
                               struct err *err)
{
    struct environment shown = *e;
    CLEANUP(sb_release) struct sb json;
    enum err_code rc;

    shown.external_id = SV("");
    sb_init(&json, JSON_MAX);
    rc = environment_write(&shown, &json, err);
    if (rc)
        return rc;
    *out = arena_sv(arena, sb_sv(&json));
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

static enum err_code make_row(const struct environment *e, struct arena *arena,
                              struct cached_environment *out, struct err *err)
{
    enum err_code rc;

    *out = (struct cached_environment){.name = e->name,
                                       .kind = sv_of(environment_kind_word(e->kind)),
                                       .account = e->account,
                                       .region = e->region,
                                       .way = SV("this context"),
                                       .stage = e->stage,
                                       .team = e->team,
                                       .version = e->version};
    rc = keep_json(e, arena, &out->json, err);
    if (!rc)
        rc = keep_textf(arena, &out->bootstrap, err, bootstrap_word(e->bootstrap), e->qualifier);
    if (!rc && e->profile.len > 0)
        rc = keep_textf(arena, &out->way, err, "profile", e->profile);
    else if (!rc && e->role_arn.len > 0)
        rc = keep_textf(arena, &out->way, err, "role", e->role_arn);
    return rc;
}

static enum err_code put_rows(const struct deploy *d, const struct reading *r, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct cached_environment *rows;
    bool changed;
    enum err_code rc = ERR_OK;

    arena_init(&arena, PAGE_ARENA * 4);
    rows = arena_alloc(&arena, r->count + 1, sizeof *rows);
    if (rows == NULL)
        return arena_err(&arena, err);
    for (size_t i = 0; i < r->count && !rc; i++)
        rc = make_row(&r->list[i], &arena, &rows[i], err);
    return rc ? rc
              : cache_put_environments(d->cache, sv_of(d->partition), sv_of(d->account),
                                       sv_of(d->region), rows, r->count, time_wall_ms(), &changed,
                                       err);
}

/* A cache that cannot be written hinders nobody who reads from AWS. */
static void tell_cache(const struct deploy *d, const struct reading *r)
{
    struct err err = {0};

    if (d->cache != NULL && put_rows(d, r, &err))
        log_error("the environments are not kept in the cache: %s", err.text);
}

enum err_code environments_read(struct task *task, struct deploy *d, struct arena *arena,
                                struct environment **out, size_t *count, struct err *notice,
                                struct err *err)
{
    struct reading r = {.arena = arena, .notice = notice};
    CLEANUP(sb_release) struct sb body;
    struct jw w;
    enum err_code rc = deploy_who(task, d, err);

    sb_init(&body, 1024);
    if (rc)
        return rc;
    r.list = arena_alloc(arena, ENVIRONMENTS_MAX, sizeof *r.list);
    if (r.list == NULL)
        return arena_err(arena, err);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "Path", SV(ENVIRONMENTS_PATH));
    jw_put_int(&w, "MaxResults", PAGE_SIZE);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    d->calls++;
    rc =
        aws_await_pages(task, d->home, OP_GET_PARAMETERS_BY_PATH, sb_sv(&body), take_page, &r, err);
    if (rc)
        return rc;
    if (r.left_out > 1 && notice != NULL)
        (void)err_prefix(notice, "%zu environments cannot be read; the first", r.left_out);
    qsort(r.list, r.count, sizeof *r.list, by_name);
    tell_cache(d, &r);
    *out = r.list;
    *count = r.count;
    return ERR_OK;
}
