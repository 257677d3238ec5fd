#include "core/aws/codepipeline.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/cadence.h"
#include "core/sync/poll.h"

enum { READING_CAP = 64 * 1024 * 1024, BODY_CAP = 4096 };

static void advance(struct reading *r);

/* ---- replies ---- */

/* What a failed reply means: for the whole context, or for this pipeline only. */
static void failed(struct reading *r, const struct aws_reply *reply)
{
    struct poll *poll = r->poll;
    bool is_general =
        reply->code == ERR_AUTH || reply->code == ERR_TLS || reply->code == ERR_CONFIG;

    if (reply->code == ERR_NOT_FOUND)
        poll->streak = 0;
    else
        poll->streak++;
    if (is_general || (poll->streak >= STREAK_MAX && reply->code != ERR_DENIED)) {
        poll_fail(poll, reply->code, &reply->err);
        return;
    }
    if (r->code == ERR_OK) {
        r->code = reply->code;
        r->err = reply->err;
    }
    advance(r);
}

/* Both refusals in one sentence. That of the tags goes first, where no end is cut: what only a tag
 * would place may then be any environment's. */
static void keep_lack(struct reading *r, enum ask ask, const struct err *refusal)
{
    const struct err before = r->lack;

    if (r->denied == 0)
        r->lack = *refusal;
    else if (ask == ASK_TAGS)
        (void)err_set(&r->lack, refusal->code, "%s; %s", refusal->text, before.text);
    else
        (void)err_set(&r->lack, refusal->code, "%s; %s", before.text, refusal->text);
}

/* Without tags, or the list of executions, the definition and the stages still tell most. */
static bool is_spared(struct reading *r, enum ask ask, const struct aws_reply *reply)
{
    if (reply->code != ERR_DENIED || !(ask & (ASK_TAGS | ASK_EXECUTION)))
        return false;
    keep_lack(r, ask, &reply->err);
    r->denied |= ask;
    r->poll->streak = 0;
    advance(r);
    return true;
}

static void answered(struct reading *r, enum ask ask)
{
    r->calls[__builtin_ctz(ask)] = 0;
    r->answered |= ask;
    r->poll->calls--;
}

/* Book the reply of one question; false when the reading is over for now. */
static bool booked(struct reading *r, enum ask ask, const struct aws_reply *reply, bool is_last)
{
    struct poll *poll = r->poll;

    poll->sync->result.calls++;
    if (is_last)
        answered(r, ask);
    if (!poll_confirm(poll))
        return false;
    if (reply->code) {
        if (!is_spared(r, ask, reply))
            failed(r, reply);
        return false;
    }
    poll->streak = 0;
    return true;
}

static void decoded(struct reading *r, enum err_code rc, const struct err *err)
{
    if (rc && r->code == ERR_OK) {
        r->code = rc;
        r->err = *err;
    }
    advance(r);
}

static void on_def(void *owner, const struct aws_reply *reply)
{
    struct reading *r = owner;
    struct err err = {0};

    if (booked(r, ASK_DEF, reply, true))
        decoded(r, decode_pipeline(reply->json, &r->arena, &r->def, &err), &err);
}

static void on_state(void *owner, const struct aws_reply *reply)
{
    struct reading *r = owner;
    struct err err = {0};

    if (booked(r, ASK_STATE, reply, true))
        decoded(r, decode_pipeline_state(reply->json, &r->arena, &r->state, &err), &err);
}

static void on_execution(void *owner, const struct aws_reply *reply)
{
    struct reading *r = owner;
    struct err err = {0};
    size_t count = 0;
    enum err_code rc;

    if (!booked(r, ASK_EXECUTION, reply, true))
        return;
    rc = decode_executions(reply->json, &r->arena, &r->latest, &count, &err);
    if (rc || count == 0)
        r->latest = NULL;
    decoded(r, rc, &err);
}

/* Append a page to an array in the arena; the old array is left behind, it is small. */
static void *joined(struct arena *arena, const void *old, size_t old_count, const void *page,
                    size_t count, size_t size)
{
    char *all = arena_alloc(arena, old_count + count, size);

    if (all == NULL)
        return NULL;
    if (old_count > 0)
        memcpy(all, old, old_count * size);
    if (count > 0)
        memcpy(all + old_count * size, page, count * size);
    return all;
}

static bool on_tags(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct reading *r = owner;
    struct err err = {0};
    struct tag *page;
    size_t count = 0;
    enum err_code rc;

    if (!booked(r, ASK_TAGS, reply, is_last))
        return false;
    rc = decode_tags(reply->json, &r->arena, &page, &count, &err);
    if (!rc) {
        r->tags = joined(&r->arena, r->tags, r->tag_count, page, count, sizeof *page);
        rc = r->tags == NULL ? arena_err(&r->arena, &err) : ERR_OK;
        r->tag_count += rc ? 0 : count;
    }
    if (rc && !is_last)
        answered(r, ASK_TAGS); /* returning false ends the pages */
    if (rc || is_last)
        decoded(r, rc, &err);
    return rc == ERR_OK;
}

static bool on_runs(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct reading *r = owner;
    struct err err = {0};
    struct action_run *page;
    size_t count = 0;
    enum err_code rc;

    if (!booked(r, ASK_RUNS, reply, is_last))
        return false;
    rc = decode_action_runs(reply->json, &r->arena, &page, &count, &err);
    if (!rc) {
        r->runs = joined(&r->arena, r->runs, r->run_count, page, count, sizeof *page);
        rc = r->runs == NULL ? arena_err(&r->arena, &err) : ERR_OK;
        r->run_count += rc ? 0 : count;
    }
    if (rc && !is_last)
        answered(r, ASK_RUNS);
    if (rc || is_last)
        decoded(r, rc, &err);
    return rc == ERR_OK;
}

/* ---- questions ---- */

static enum err_code write_body(const struct reading *r, enum ask ask, struct sb *body,
                                struct err *err)
{
    const struct poll *poll = r->poll;
    struct sv name = sv_of(r->entry->name);
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    if (ask == ASK_TAGS) {
        CLEANUP(sb_release) struct sb arn = {0};
        enum err_code rc;

        sb_init(&arn, BODY_CAP);
        rc =
            sb_addf(&arn, err, "arn:%s:codepipeline:%s:%s:%s", aws_session_partition(poll->session),
                    aws_session_region(poll->session), poll->account, r->entry->name);
        if (rc)
            return rc;
        jw_put_sv(&w, "resourceArn", sb_sv(&arn));
    } else {
        jw_put_sv(&w, ask == ASK_DEF || ask == ASK_STATE ? "name" : "pipelineName", name);
    }
    if (ask == ASK_EXECUTION)
        jw_put_int(&w, "maxResults", 1);
    if (ask == ASK_RUNS) {
        jw_name(&w, "filter");
        jw_open(&w, '{');
        jw_put_sv(&w, "pipelineExecutionId", r->latest->id);
        jw_close(&w, '}');
    }
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code send(struct reading *r, enum ask ask, struct err *err)
{
    CLEANUP(sb_release) struct sb body = {0};
    struct aws_session *session = r->poll->session;
    uint64_t *id = &r->calls[__builtin_ctz(ask)];
    enum err_code rc;

    sb_init(&body, BODY_CAP);
    rc = write_body(r, ask, &body, err);
    if (rc)
        return rc;
    switch (ask) {
    case ASK_DEF:
        return aws_call(session, OP_GET_PIPELINE, sb_sv(&body), on_def, r, id, err);
    case ASK_TAGS:
        return aws_call_pages(session, OP_LIST_TAGS_FOR_RESOURCE, sb_sv(&body), on_tags, r, id,
                              err);
    case ASK_EXECUTION:
        return aws_call(session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body), on_execution, r, id,
                        err);
    case ASK_STATE:
        return aws_call(session, OP_GET_PIPELINE_STATE, sb_sv(&body), on_state, r, id, err);
    case ASK_RUNS:
        return aws_call_pages(session, OP_LIST_ACTION_EXECUTIONS, sb_sv(&body), on_runs, r, id,
                              err);
    }
    return ERR_OK;
}

static void ask(struct reading *r, unsigned asks)
{
    struct err err = {0};

    for (unsigned bit = 1; bit < 1U << ASK_COUNT; bit <<= 1) {
        enum err_code rc;

        if (!(asks & bit) || (r->asked & bit))
            continue;
        r->asked |= bit;
        rc = send(r, (enum ask)bit, &err);
        if (rc) {
            poll_fail(r->poll, rc, &err);
            return;
        }
        r->poll->calls++;
    }
}

/* ---- from one question to the next ---- */

static bool is_same_execution(const struct entry *entry, const struct execution *latest)
{
    if (latest == NULL)
        return entry->execution_id[0] == '\0';
    return sv_eq(sv_take(latest->id, EXECUTION_ID_MAX - 1), sv_of(entry->execution_id)) &&
           latest->status == entry->execution_status &&
           latest->updated_at == entry->execution_updated_at;
}

/* The stages' names of a PARALLEL pipeline, from the cache: its state is built from action runs, in
 * their order. */
static enum err_code def_from_cache(struct reading *r, struct err *err)
{
    struct cache_pipeline known;
    struct stage_def *stages;
    enum err_code rc;

    rc = cache_get_pipeline(r->poll->sync->cache, r->entry->rowid, &r->arena, &known, err);
    if (rc)
        return rc;
    stages = arena_alloc(&r->arena, known.state.stage_count, sizeof *stages);
    if (stages == NULL)
        return arena_err(&r->arena, err);
    for (size_t i = 0; i < known.state.stage_count; i++) {
        const struct stage_state *from = &known.state.stages[i];
        struct action_def *actions = arena_alloc(&r->arena, from->action_count, sizeof *actions);

        if (actions == NULL)
            return arena_err(&r->arena, err);
        for (size_t k = 0; k < from->action_count; k++) {
            actions[k].name = from->actions[k].name;
            actions[k].category = from->actions[k].category;
            actions[k].provider = from->actions[k].provider;
        }
        stages[i] = (struct stage_def){from->name, actions, from->action_count};
    }
    r->def = (struct pipeline_def){.name = sv_of(r->entry->name),
                                   .version = r->entry->version,
                                   .stages = stages,
                                   .stage_count = known.state.stage_count};
    return ERR_OK;
}

static enum err_code build_state(struct reading *r, struct err *err)
{
    struct stage_state *stages;
    struct action_state *actions;
    size_t action_count = 0;

    for (size_t i = 0; i < r->def.stage_count; i++)
        action_count += r->def.stages[i].action_count;
    stages = arena_alloc(&r->arena, r->def.stage_count, sizeof *stages);
    actions = arena_alloc(&r->arena, action_count, sizeof *actions);
    if (stages == NULL || actions == NULL)
        return arena_err(&r->arena, err);
    state_from_runs(&r->def, r->latest == NULL ? SV("") : r->latest->id, r->runs, r->run_count,
                    stages, actions, &r->state);
    return ERR_OK;
}

/* In PARALLEL mode: executions, then the latest one's action runs. True when all is there. */
static bool advance_parallel(struct reading *r)
{
    struct err err = {0};
    enum err_code rc = ERR_OK;

    if (!(r->asked & ASK_DEF) && !(r->asked & ASK_RUNS)) {
        bool runs_on = r->latest != NULL && status_is_running(r->latest->status);

        if (is_same_execution(r->entry, r->latest) && !runs_on)
            return true;
        rc = def_from_cache(r, &err);
    }
    if (!rc && r->latest != NULL && !(r->asked & ASK_RUNS)) {
        ask(r, ASK_RUNS);
        return false;
    }
    if (!rc)
        rc = build_state(r, &err);
    if (rc) {
        r->code = rc;
        r->err = err;
    }
    r->has_change = true;
    return true;
}

/* The state was asked. Unchanged, it settles the matter, unless the run was going on and the stages
 * now say that it is not. */
static bool advance_state(struct reading *r)
{
    struct entry *entry = r->entry;
    bool is_changed = pipeline_state_hash(&r->state) != entry->state_hash;
    bool is_over = status_is_running(entry->execution_status) &&
                   !status_is_running(pipeline_status(NULL, &r->state));

    if (r->state.version != entry->version && !(r->asked & ASK_DEF)) {
        ask(r, ASK_DEF | ASK_TAGS | ASK_EXECUTION);
        return false;
    }
    if (!is_changed && !is_over && !(r->asked & ASK_EXECUTION))
        return true;
    if (!(r->asked & ASK_EXECUTION)) {
        ask(r, ASK_EXECUTION);
        return false;
    }
    r->has_change = true;
    return true;
}

static bool advance_probe(struct reading *r)
{
    if (r->asked & ASK_STATE)
        return advance_state(r);
    if (is_same_execution(r->entry, r->latest) && !(r->denied & ASK_EXECUTION))
        return true;
    ask(r, ASK_STATE);
    return false;
}

static bool is_parallel(const struct reading *r)
{
    return r->def.stage_count > 0 ? r->def.mode == MODE_PARALLEL || r->entry->mode == MODE_PARALLEL
                                  : r->entry->mode == MODE_PARALLEL;
}

static void advance(struct reading *r)
{
    struct poll *poll = r->poll;
    bool is_ready;

    if (r->answered != r->asked)
        return;
    if (r->code == ERR_OK && (r->denied & ASK_EXECUTION) && is_parallel(r)) {
        r->code = ERR_DENIED; /* its executions are all that tells how it stands */
        r->err = r->lack;
    }
    is_ready = r->code != ERR_OK;
    if (!is_ready)
        is_ready = is_parallel(r) ? advance_parallel(r) : advance_probe(r);
    if (poll->phase != PHASE_LOOKING)
        return; /* asking failed, and the poll with it */
    if (is_ready)
        apply_soon(poll->sync, r);
    poll_pump(poll);
}

/* ---- life ---- */

static struct reading *take_spare(struct sync *sync)
{
    struct reading *r = sync->spare;
    struct arena arena;

    if (r == NULL) {
        r = mem_alloc(sizeof *r);
        if (r != NULL)
            arena_init(&r->arena, READING_CAP);
        return r;
    }
    sync->spare = r->next;
    arena = r->arena;
    *r = (struct reading){.arena = arena};
    return r;
}

void reading_start(struct poll *poll, struct entry *entry)
{
    struct reading *r = take_spare(poll->sync);
    struct err err = {0};
    unsigned look = entry->look++;

    if (r == NULL) {
        poll_fail(poll, mem_err(&err), &err);
        return;
    }
    r->poll = poll;
    r->entry = entry;
    entry->reading = r;
    poll->readings++;
    if (entry->mode == MODE_PARALLEL && entry->rowid == 0 && !entry->needs_def)
        listing_learn_rowids(poll);
    /* Without its row the cache cannot tell a PARALLEL pipeline's stages. */
    if (entry->needs_def || (entry->mode == MODE_PARALLEL && entry->rowid == 0))
        ask(r, ASK_DEF | ASK_TAGS | ASK_EXECUTION |
                   (entry->mode == MODE_PARALLEL ? 0U : (unsigned)ASK_STATE));
    else if (cadence_probe(entry->status, entry->mode, look) == PROBE_STATE)
        ask(r, ASK_STATE);
    else
        ask(r, ASK_EXECUTION);
}

void reading_drop(struct reading *r)
{
    struct sync *sync = r->poll->sync;

    for (size_t i = 0; i < ASK_COUNT; i++) {
        if (r->calls[i] == 0)
            continue;
        aws_cancel(sync->aws, r->calls[i]);
        r->poll->calls--;
    }
    r->entry->reading = NULL;
    r->entry = NULL;
    r->poll->readings--;
    if (!r->is_finished)
        reading_recycle(sync, r);
}

void reading_recycle(struct sync *sync, struct reading *r)
{
    arena_clear(&r->arena);
    r->next = sync->spare;
    sync->spare = r;
}

void reading_free_spares(struct sync *sync)
{
    while (sync->spare != NULL) {
        struct reading *r = sync->spare;

        sync->spare = r->next;
        arena_release(&r->arena);
        mem_free(r);
    }
}
