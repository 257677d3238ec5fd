/* The tail: page after page while there are any, a look now and then when there are none, and the
 * end when the build is over and two looks in a row bring nothing. */
#include "core/aws/codebuild.h"
#include "core/aws/logs.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/operate/log.h"
#include "core/operate/reach.h"

enum {
    PAGE_EVENTS = 4000, /* what is decoded and kept between two waits */
    PAGE_MUCH = PAGE_EVENTS / 4,
    IDLE_MS = 1000,      /* after the first look that brings nothing, */
    IDLE_MOST_MS = 2000, /* and after many */
    LAST_LOOKS = 2,      /* of a build that was over long ago, */
    FRESH_LOOKS = 3,     /* and of one whose last lines may still be on their way */
    FRESH_MS = 60 * 1000,
    RETRY_FIRST_MS = 1000,
    RETRY_MOST_MS = 30 * 1000,
    PATIENCE_MS = 10 * 60 * 1000,
    ARENA_MAX = 64 << 20,
    BODY_MAX = 64 * 1024,
    STALE_MAX = 20
};

struct reading_log {
    struct task *task;
    struct log_tail *tail;
    struct aws_session *session;
    struct arena arena; /* of one page */
    int ends;           /* looks in a row that brought nothing after the build was over */
    bool is_fresh;      /* it was over just now */
    int64_t idle_ms;
    int stale;
    bool was_dropped;
};

static enum err_code tell(struct reading_log *r, struct err *err)
{
    return r->tail->news != NULL ? r->tail->news(r->tail->owner, r->tail, err) : ERR_OK;
}

/* ---- the build ---- */

static enum err_code ask_builds(struct reading_log *r, const struct build **out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct build *builds = NULL;
    size_t count = 0;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_name(&w, "ids");
    jw_open(&w, '[');
    jw_sv(&w, r->tail->build);
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = deploy_read(r->task, r->tail->deploy, r->session, OP_BATCH_GET_BUILDS, sb_sv(&body),
                         &reply, err);
    arena_clear(&r->arena);
    if (!rc)
        rc = decode_builds(reply->json, &r->arena, &builds, &count, err);
    if (rc)
        return rc;
    if (count == 0)
        return err_set(err, ERR_NOT_FOUND, "CodeBuild knows no build " SV_FMT " (any more)",
                       SV_ARG(sv_take(r->tail->build, 200)));
    *out = &builds[0];
    return ERR_OK;
}

static void note_place(struct log_tail *t, struct sv group, struct sv stream)
{
    (void)snprintf(t->group, sizeof t->group, SV_FMT, SV_ARG(sv_take(group, sizeof t->group - 1)));
    (void)snprintf(t->stream, sizeof t->stream, SV_FMT,
                   SV_ARG(sv_take(stream, sizeof t->stream - 1)));
    t->id.group = sv_of(t->group);
    t->id.stream = sv_of(t->stream);
}

static enum err_code look_at_build(struct reading_log *r, struct err *err)
{
    struct log_tail *t = r->tail;
    const struct build *build = NULL;
    enum err_code rc = ask_builds(r, &build, err);

    if (rc || build == NULL)
        return rc;
    t->is_over = build->is_over || (build->ended_at > 0 && build->status.len > 0 &&
                                    !sv_eq(build->status, SV("IN_PROGRESS")));
    r->is_fresh = time_wall_ms() - build->ended_at < FRESH_MS;
    (void)snprintf(t->outcome, sizeof t->outcome, SV_FMT,
                   SV_ARG(sv_take(build->status, sizeof t->outcome - 1)));
    if (build->log_group.len > 0 && build->log_stream.len > 0)
        note_place(t, build->log_group, build->log_stream);
    return ERR_OK;
}

/* ---- pages ---- */

static enum err_code ask_page(struct reading_log *r, struct sv token,
                              const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct jw w;
    enum err_code rc;

    *reply = NULL;
    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "logGroupName", r->tail->id.group);
    jw_put_sv(&w, "logStreamName", r->tail->id.stream);
    jw_put_bool(&w, "startFromHead", true);
    jw_put_int(&w, "limit", PAGE_EVENTS);
    if (token.len > 0)
        jw_put_sv(&w, "nextToken", token);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc
              : deploy_read(r->task, r->tail->deploy, r->session, OP_GET_LOG_EVENTS, sb_sv(&body),
                            reply, err);
}

struct page_end {
    bool is_end;  /* for now: the token that was sent came back, and nothing with it */
    bool is_much; /* there may be more at once */
};

/* Tokens live for 24 hours: of a log that was begun before, AWS refuses the last one. All of it is
 * read again, and is the same again. */
static bool is_refused(const struct aws_reply *reply)
{
    return reply != NULL && sv_eq(reply->error_name, SV("InvalidParameterException"));
}

static bool is_not_there(const struct aws_reply *reply)
{
    return reply != NULL && sv_eq(reply->error_name, SV("ResourceNotFoundException"));
}

static enum err_code keep(struct reading_log *r, const struct log_reply *page, struct sv after,
                          struct page_end *end, struct err *err)
{
    struct log_tail *t = r->tail;
    const struct log_page kept = {.build = t->build,
                                  .after = after,
                                  .token = page->token,
                                  .events = page->events,
                                  .count = page->count,
                                  .now_ms = time_wall_ms()};
    enum err_code rc = cache_append_log(t->deploy->cache, &t->id, &kept, err);

    t->pages++;
    *end = (struct page_end){.is_end = page->count == 0 && sv_eq(page->token, after),
                             .is_much = page->count >= PAGE_MUCH};
    if (rc == ERR_STALE && r->stale++ < STALE_MAX) {
        *end = (struct page_end){.is_much = true};
        return tell(r, err); /* another penstock read it on: its lines are ours */
    }
    r->stale = rc ? r->stale : 0;
    return rc || page->count == 0 ? rc : tell(r, err);
}

static enum err_code known(struct reading_log *r, struct cached_log *log, struct err *err)
{
    enum err_code rc;

    arena_clear(&r->arena);
    rc = cache_find_log(r->tail->deploy->cache, &r->tail->id, &r->arena, log, err);
    if (rc != ERR_NOT_FOUND)
        return rc;
    *log = (struct cached_log){.token = SV("")};
    return ERR_OK;
}

static enum err_code read_page(struct reading_log *r, struct page_end *end, struct err *err)
{
    const struct aws_reply *reply;
    struct cached_log log;
    struct log_reply page;
    enum err_code rc = known(r, &log, err);

    *end = (struct page_end){.is_end = true};
    if (rc)
        return rc;
    rc = ask_page(r, log.token, &reply, err);
    if (rc && is_not_there(reply))
        return ERR_OK; /* not yet, or not any more */
    if (rc && is_refused(reply) && log.token.len > 0 && !r->was_dropped) {
        log_info("the log's token is refused: it is read again from its start");
        r->was_dropped = true;
        *end = (struct page_end){.is_much = true};
        return cache_drop_log(r->tail->deploy->cache, &r->tail->id, err);
    }
    if (!rc)
        rc = decode_log_events(reply->json, reply->body, &r->arena, &page, err);
    return rc ? rc : keep(r, &page, log.token, end, err);
}

/* ---- on and on ---- */

static bool passes(enum err_code code)
{
    return code == ERR_NET || code == ERR_TIMEOUT || code == ERR_SERVER || code == ERR_THROTTLED ||
           code == ERR_PENDING;
}

/* The end of what is there: of a build that runs it is asked whether it still does. */
static enum err_code at_end(struct reading_log *r, bool *is_done, struct err *err)
{
    struct log_tail *t = r->tail;
    enum err_code rc = ERR_OK;

    *is_done = false;
    if (t->is_over) {
        r->ends++;
    } else {
        rc = look_at_build(r, err);
        r->ends = 0; /* what was printed meanwhile is still to be read */
    }
    if (rc)
        return rc;
    t->is_whole = t->is_over && r->ends >= (r->is_fresh ? FRESH_LOOKS : LAST_LOOKS);
    *is_done = t->is_whole || (!t->is_follow && !t->is_over);
    return ERR_OK;
}

static enum err_code pause_idle(struct reading_log *r, struct err *err)
{
    r->idle_ms = r->idle_ms == 0 ? IDLE_MS : r->idle_ms * 3 / 2;
    if (r->idle_ms > IDLE_MOST_MS)
        r->idle_ms = IDLE_MOST_MS;
    if (r->tail->is_over)
        return r->is_fresh ? task_sleep(r->task, IDLE_MS, err) : ERR_OK;
    return task_sleep(r->task, r->idle_ms, err);
}

static enum err_code one_round(struct reading_log *r, bool *is_done, struct err *err)
{
    struct page_end end = {.is_end = true};
    enum err_code rc = ERR_OK;

    *is_done = false;
    if (r->tail->id.stream.len > 0)
        rc = read_page(r, &end, err);
    if (rc)
        return rc;
    if (!end.is_end) {
        r->ends = 0;
        r->idle_ms = 0;
        return end.is_much || !r->tail->is_follow ? ERR_OK : task_sleep(r->task, IDLE_MS, err);
    }
    rc = at_end(r, is_done, err);
    return rc || *is_done ? rc : pause_idle(r, err);
}

/* What fails for a while is waited for, with the reason told. */
static enum err_code wait_it_out(struct reading_log *r, int64_t *failing_ms, int64_t *pause_ms,
                                 struct err *err)
{
    struct err why = *err;
    enum err_code rc;

    if (!r->tail->is_follow || !r->tail->is_patient || !passes(why.code) ||
        *failing_ms >= PATIENCE_MS)
        return why.code;
    *pause_ms = *pause_ms == 0 ? RETRY_FIRST_MS : *pause_ms * 2;
    if (*pause_ms > RETRY_MOST_MS)
        *pause_ms = RETRY_MOST_MS;
    *failing_ms += *pause_ms;
    r->tail->trouble = why;
    rc = tell(r, err);
    return rc ? rc : task_sleep(r->task, *pause_ms, err);
}

static enum err_code go_on(struct reading_log *r, struct err *err)
{
    int64_t failing_ms = 0;
    int64_t pause_ms = 0;
    bool is_done = false;
    enum err_code rc = ERR_OK;

    while (!rc && !is_done) {
        rc = one_round(r, &is_done, err);
        if (!rc) {
            failing_ms = pause_ms = 0;
            r->tail->trouble = (struct err){.code = ERR_OK};
        } else if (rc != ERR_CANCELLED) {
            rc = wait_it_out(r, &failing_ms, &pause_ms, err);
        }
    }
    return rc;
}

static enum err_code put_outcome(struct reading_log *r, struct err *err)
{
    struct log_tail *t = r->tail;

    if (t->id.stream.len == 0 || t->outcome[0] == '\0')
        return ERR_OK;
    return cache_end_log(t->deploy->cache, &t->id, t->build, sv_of(t->outcome), t->is_whole,
                         time_wall_ms(), err);
}

/* What is kept of it already: where it is, and whether it is whole. */
static enum err_code begin(struct reading_log *r, struct err *err)
{
    struct log_tail *t = r->tail;
    struct cached_log log;
    enum err_code rc = cache_find_build_log(t->deploy->cache, t->at.partition, t->at.account,
                                            t->at.region, t->build, &r->arena, &log, err);

    t->id = (struct log_id){.partition = t->at.partition,
                            .account = t->at.account,
                            .region = t->at.region,
                            .group = SV(""),
                            .stream = SV("")};
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return rc;
    note_place(t, log.group, log.stream);
    (void)snprintf(t->outcome, sizeof t->outcome, SV_FMT,
                   SV_ARG(sv_take(log.outcome, sizeof t->outcome - 1)));
    t->is_over = t->is_whole = log.is_whole;
    return ERR_OK;
}

static enum err_code read_on(struct reading_log *r, struct err *err)
{
    struct log_tail *t = r->tail;
    enum err_code rc =
        reach_place(r->task, t->deploy, NULL, t->at.account, t->at.region, &r->session, NULL, err);

    if (!rc && t->id.stream.len == 0)
        rc = look_at_build(r, err);
    if (!rc)
        rc = go_on(r, err);
    return rc ? rc : put_outcome(r, err);
}

enum err_code log_tail(struct task *task, struct log_tail *tail, struct err *err)
{
    struct reading_log r = {.task = task, .tail = tail};
    enum err_code rc;

    arena_init(&r.arena, ARENA_MAX);
    if (tail->deploy->contexts != NULL && tail->deploy->contexts->log_budget_mb > 0)
        cache_set_log_budget(tail->deploy->cache, tail->deploy->contexts->log_budget_mb << 20);
    rc = begin(&r, err);
    if (!rc && tail->id.stream.len > 0)
        rc = tell(&r, err); /* what is kept already */
    if (!rc && !tail->is_whole)
        rc = read_on(&r, err);
    arena_release(&r.arena);
    return rc;
}

enum err_code log_read(struct task *task, struct deploy *deploy, const struct operand *what,
                       struct err *err)
{
    struct log_tail *tail = mem_alloc(sizeof *tail);
    struct log_choice choice = {.build = what->build, .region = what->id.region};
    struct arena arena;
    enum err_code rc = tail == NULL ? mem_err(err) : ERR_OK;

    arena_init(&arena, 1 << 20);
    if (!rc && what->build.len == 0)
        rc = log_choose(deploy->cache, what, false, &arena, &choice, err);
    if (!rc && choice.build.len > 0) {
        tail->deploy = deploy;
        tail->at = what->id;
        tail->at.region = choice.region;
        tail->build = choice.build;
        rc = log_tail(task, tail, err);
    }
    arena_release(&arena);
    mem_free(tail);
    return rc;
}
