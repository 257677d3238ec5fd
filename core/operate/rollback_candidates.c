/* What a stage can be rolled back to: asked of AWS, and kept as a document for the list that a
 * person picks from. */
#include "core/base/time.h"
#include "core/operate/commits.h"
#include "core/operate/rollback.h"
#include "core/operate/way.h"

enum { READING_CAP = 32 << 20, JSON_CAP = DOCUMENT_MAX, KEY_CAP = 512, AUTHORS_MAX = 10 };

/* ---- asking ---- */

/* Executions that succeeded in the stage, when AWS cannot filter them: those whose every latest run
 * of the stage's actions did. Newest first. */
static enum err_code filter_by_runs(struct turn *t, struct pipe_list *past, struct err *err)
{
    struct action_run *runs;
    size_t count;
    size_t kept = 0;
    enum err_code rc = pipe_runs(t, SV(""), &runs, &count, err);

    for (size_t i = 0; i < past->count && !rc; i++) {
        size_t good = 0;
        size_t bad = 0;

        for (size_t k = 0; k < count; k++) {
            if (!sv_eq(runs[k].execution_id, past->runs[i].id) ||
                !sv_eq(runs[k].stage, t->operand->stage))
                continue;
            good += status_is_success(runs[k].action.status);
            bad += !status_is_success(runs[k].action.status);
        }
        if (good == 0 || bad > 0)
            continue;
        past->runs[kept] = past->runs[i];
        past->sources[kept++] = past->sources[i];
    }
    past->count = rc ? past->count : kept;
    return rc;
}

static enum err_code succeeded(struct turn *t, struct pipe_list *out, struct err *err)
{
    enum err_code rc = pipe_past(t, t->operand->stage, out, err);

    if (rc || !out->no_filter)
        return rc;
    rc = pipe_past(t, SV(""), out, err);
    return rc ? rc : filter_by_runs(t, out, err);
}

static const struct action_def *first_source(const struct pipeline_def *def)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            if (sv_eq(def->stages[i].actions[k].category, SV("Source")))
                return &def->stages[i].actions[k];
        }
    }
    return NULL;
}

static struct sv first_line(struct sv text)
{
    struct sv rest;

    return sv_cut(text, '\n', &rest);
}

static enum err_code refuse(struct turn *t, const struct pipeline_def *def,
                            const struct stage_state *s, struct sv *out, struct err *err)
{
    if (def->mode == MODE_PARALLEL)
        return turn_text(t, out, err, "pipelines in PARALLEL mode cannot be rolled back");
    if (sv_eq(def->type, SV("V1")))
        return turn_text(t, out, err, "only pipelines of type V2 can be rolled back");
    if (def->stage_count > 0 && sv_eq(def->stages[0].name, s->name))
        return turn_text(t, out, err, "the source stage cannot be rolled back");
    if (status_is_running(s->status))
        return turn_text(t, out, err, SV_FMT " is %s: it can be rolled back when it has ended",
                         SV_ARG(s->name), status_aws(s->status));
    return ERR_OK;
}

static enum err_code fill(struct turn *t, const struct pipe_list *good, struct rollback_found *out,
                          struct err *err)
{
    out->list.items = arena_alloc(t->arena, good->count + 1, sizeof *out->list.items);
    if (out->list.items == NULL)
        return arena_err(t->arena, err);
    for (size_t i = 0; i < good->count && out->list.count < CANDIDATES_MAX; i++) {
        const struct execution *e = &good->runs[i];
        bool is_now = sv_eq(e->id, out->now);

        /* A rollback cannot be gone back to, but it may be what the stage runs. */
        if (e->is_rollback && !is_now)
            continue;
        out->list.items[out->list.count++] = (struct candidate){
            .execution_id = e->id,
            .started_at = e->started_at,
            .revision = e->revision,
            .summary = first_line(e->revision_summary),
            .author = SV(""),
            .url = e->revision_url,
            .is_now = is_now,
        };
    }
    return ERR_OK;
}

enum err_code rollback_look_around(struct turn *t, struct rollback_found *out, struct err *err)
{
    struct pipeline_def *def = arena_alloc(t->arena, 1, sizeof *def);
    struct pipe_list good;
    struct pipeline_state state;
    const struct stage_state *s;
    struct way way;
    enum err_code rc;

    *out = (struct rollback_found){.list.refusal = SV(""), .target = SV(""), .now = SV("")};
    out->past = arena_alloc(t->arena, 1, sizeof *out->past);
    if (def == NULL || out->past == NULL)
        return arena_err(t->arena, err);
    rc = pipe_def(t, def, err);
    if (!rc)
        rc = pipe_state(t, &state, err);
    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc)
        rc = way_find(t, &state, def, s->name, WAY_RUNS, &way, err);
    if (!rc)
        rc = refuse(t, def, s, &out->list.refusal, err);
    if (rc)
        return rc;
    out->now = s->execution_id;
    out->now_status = s->status;
    out->source = first_source(def);
    if (out->list.refusal.len > 0)
        return ERR_OK;
    rc = succeeded(t, &good, err);
    if (!rc)
        rc = pipe_past(t, SV(""), out->past, err);
    return rc ? rc : fill(t, &good, out, err);
}

/* ---- the document ---- */

static enum err_code key_of(const struct pipeline_id *id, struct sv stage, struct sb *out,
                            struct document_id *document, struct err *err)
{
    enum err_code rc =
        sb_addf(out, err, SV_FMT "/rollback of " SV_FMT, SV_ARG(id->name), SV_ARG(stage));

    *document = (struct document_id){.kind = DOCUMENT_EXECUTION,
                                     .partition = id->partition,
                                     .account = id->account,
                                     .region = id->region,
                                     .key = sb_sv(out)};
    return rc;
}

static enum err_code write_list(const struct candidate_list *list, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "refusal", list->refusal);
    jw_name(&w, "candidates");
    jw_open(&w, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *c = &list->items[i];

        jw_open(&w, '{');
        jw_put_sv(&w, "execution", c->execution_id);
        jw_put_epoch(&w, "started", c->started_at);
        jw_put_sv(&w, "revision", c->revision);
        jw_put_sv(&w, "summary", sv_take(c->summary, 500));
        jw_put_sv(&w, "author", c->author);
        jw_put_sv(&w, "url", c->url);
        jw_put_bool(&w, "now", c->is_now);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

/* Who wrote the newest ones; each commit is asked for once and then kept. */
static enum err_code add_authors(struct turn *t, struct rollback_found *found, struct err *err)
{
    const struct action_def *source = found->source;
    enum err_code rc = ERR_OK;

    if (source == NULL || !sv_eq(source->provider, SV("CodeCommit")) || source->role_arn.len > 0)
        return ERR_OK;
    for (size_t i = 0; i < found->list.count && i < AUTHORS_MAX && rc != ERR_CANCELLED; i++) {
        struct candidate *c = &found->list.items[i];
        struct commits_ask ask = {
            .asker = {t->task, t->deploy, t->session, t->operand->id.account},
            .at = t->operand->id,
            .repository = source->repository,
            .before = i + 1 < found->list.count ? found->list.items[i + 1].revision : c->revision,
            .after = c->revision};
        struct commit *commits;
        size_t count = 0;
        bool is_cut;
        struct err why = {0};

        if (sv_eq(ask.before, ask.after))
            continue;
        rc = commits_between(&ask, t->arena, &commits, &count, &is_cut, &why);
        if (!rc && count > 0)
            c->author = commits[0].author;
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
    }
    return ERR_OK;
}

enum err_code rollback_candidates(struct task *task, struct deploy *deploy,
                                  const struct operand *what, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    CLEANUP(sb_release) struct sb json;
    CLEANUP(sb_release) struct sb key;
    struct operation_input none = {0};
    struct turn t = {.operation = &operation_rollback,
                     .input = &none,
                     .operand = what,
                     .deploy = deploy,
                     .task = task,
                     .arena = &arena};
    struct rollback_found found;
    struct document_id id;
    enum err_code rc;

    arena_init(&arena, READING_CAP);
    sb_init(&json, JSON_CAP);
    sb_init(&key, KEY_CAP);
    rc = deploy_at(task, deploy, what->id.account, what->id.region, &t.session, t.caller, err);
    if (!rc)
        rc = rollback_look_around(&t, &found, err);
    if (!rc)
        rc = add_authors(&t, &found, err);
    if (!rc)
        rc = write_list(&found.list, &json, err);
    if (!rc)
        rc = key_of(&what->id, what->stage, &key, &id, err);
    if (rc || deploy->cache == NULL)
        return rc;
    return cache_put_document(deploy->cache, &id, sb_sv(&json), time_wall_ms(), err);
}

static enum err_code read_list(const cJSON *json, struct arena *arena, struct candidate_list *out,
                               struct err *err)
{
    out->refusal = arena_sv(arena, json_sv(json, "refusal"));
    out->items = arena_alloc(arena, CANDIDATES_MAX, sizeof *out->items);
    if (out->refusal.ptr == NULL || out->items == NULL)
        return arena_err(arena, err);
    for (const cJSON *c = json_list(json, "candidates"); c != NULL && out->count < CANDIDATES_MAX;
         c = c->next) {
        struct candidate *one = &out->items[out->count++];

        *one = (struct candidate){.execution_id = arena_sv(arena, json_sv(c, "execution")),
                                  .started_at = json_time(c, "started"),
                                  .revision = arena_sv(arena, json_sv(c, "revision")),
                                  .summary = arena_sv(arena, json_sv(c, "summary")),
                                  .author = arena_sv(arena, json_sv(c, "author")),
                                  .url = arena_sv(arena, json_sv(c, "url")),
                                  .is_now = json_bool(c, "now", false)};
        if (one->execution_id.ptr == NULL || one->revision.ptr == NULL ||
            one->summary.ptr == NULL || one->author.ptr == NULL || one->url.ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

enum err_code rollback_candidates_get(struct cache *cache, const struct pipeline_id *id,
                                      struct sv stage, struct arena *arena,
                                      struct candidate_list *out, int64_t *read_at, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    struct document_id document;
    struct sv text;
    cJSON *json = NULL;
    enum err_code rc;

    *out = (struct candidate_list){0};
    sb_init(&key, KEY_CAP);
    rc = key_of(id, stage, &key, &document, err);
    if (!rc)
        rc = cache_get_document(cache, &document, arena, &text, read_at, err);
    if (!rc)
        rc = json_parse(text, &json, err);
    if (!rc)
        rc = read_list(json, arena, out, err);
    cJSON_Delete(json);
    return rc;
}
