#include "core/sandbox/sandbox.h"

#include <errno.h>
#include <ftw.h>

#include "core/base/time.h"
#include "core/sandbox/call.h"
#include "core/sandbox/conditions.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/git.h"
#include "core/sandbox/imds.h"
#include "core/sandbox/s3.h"
#include "core/sandbox/wire.h"

enum { EVENTS_AT_ONCE = 500 };

static const int64_t SKEW_MS = 10 * 60 * 1000;

static enum err_code populate(struct sandbox *s, int64_t now_ms, struct err *err)
{
    const struct options *o = s->options;
    bool is_kept = false;
    enum err_code rc;

    world_init(&s->world, now_ms);
    rc = seed_define(&s->world, &o->seed, now_ms, err);
    /* What is kept was planned at the speed of its time; history is lived at speed 1. */
    s->world.speed = o->speed;
    if (!rc && o->state != NULL)
        rc = store_open(s->records, o->seed_text, &s->world, &s->store, &is_kept, err);
    if (rc || is_kept)
        return rc ? rc : engine_advance(&s->world, now_ms, 0, err);
    s->world.speed = 1.0;
    rc = seed_live(&s->world, &o->seed, now_ms, err);
    if (!rc && o->seed.kind == SEED_DEMO)
        rc = seed_environments(s->records, now_ms, err);
    if (!rc)
        engine_set_speed(&s->world, o->speed);
    return rc;
}

/* For what must be files. In memory it goes with the sandbox. */
static enum err_code make_dir(struct sandbox *s, struct err *err)
{
    const char *state = s->options->state;
    const char *temporary = getenv("TMPDIR");

    if (state != NULL) {
        (void)snprintf(s->dir, sizeof s->dir, "%s", state);
        return ERR_OK;
    }
    (void)snprintf(s->dir, sizeof s->dir, "%.400s/penstock-sandbox-XXXXXX",
                   temporary != NULL && temporary[0] == '/' ? temporary : "/tmp");
    if (mkdtemp(s->dir) == NULL) {
        s->dir[0] = '\0';
        return err_set(err, ERR_FAILED, "cannot make a directory for repositories: %s",
                       strerror(errno));
    }
    return ERR_OK;
}

static int remove_one(const char *path, const struct stat *info UNUSED, int kind UNUSED,
                      struct FTW *walk UNUSED)
{
    return remove(path);
}

static void remove_dir(struct sandbox *s)
{
    if (s->options->state == NULL && s->dir[0] != '\0')
        (void)nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

enum err_code sandbox_open(struct sandbox *s, const struct options *options, struct err *err)
{
    int64_t now_ms = time_wall_ms();
    enum err_code rc;

    *s = (struct sandbox){.options = options, .stepped_ms = now_ms};
    throttle_init(&s->throttle, options->tps, options->burst);
    rc = records_open(options->state, &s->records, err);
    if (!rc)
        rc = populate(s, now_ms, err);
    for (size_t i = 0; i < options->fault_count && !rc; i++)
        rc = faults_add(&s->faults, sv_of(options->faults[i]), err);
    if (!rc)
        rc = auth_new(&s->auth, err);
    if (!rc)
        rc = state_cache_new(&s->service.cache, err);
    if (!rc)
        rc = access_log_open(&s->log, options->access_log, options->record, err);
    if (!rc)
        rc = make_dir(s, err);
    s->service.world = &s->world;
    s->service.records = s->records;
    s->service.faults = &s->faults;
    s->service.auth = s->auth;
    s->service.dir = s->dir;
    s->service.url = s->url;
    return rc;
}

void sandbox_close(struct sandbox *s)
{
    remove_dir(s);
    store_close(s->store);
    records_close(s->records);
    access_log_close(&s->log);
    state_cache_free(s->service.cache);
    auth_free(s->auth);
    world_release(&s->world);
}

int64_t sandbox_now(const struct sandbox *s)
{
    return s->options->is_stepped ? s->stepped_ms : time_wall_ms();
}

int64_t sandbox_next(const struct sandbox *s)
{
    int64_t later_ms;
    int64_t event_ms;

    if (s->options->is_stepped)
        return INT64_MAX;
    later_ms = later_next(s->records);
    event_ms = timeline_next(&s->world.timeline);
    return later_ms < event_ms ? later_ms : event_ms;
}

static enum err_code save(struct sandbox *s, struct err *err)
{
    enum err_code rc = records_commit(s->records, err);

    return rc || s->store == NULL ? rc : store_save(s->store, &s->world, err);
}

/* One thing that was put off; its time is the clock's while it is done. */
static enum err_code do_one(struct sandbox *s, const struct later *later, struct err *err)
{
    enum err_code rc = engine_advance(&s->world, later->at_ms, 0, err);

    s->service.now_ms = s->world.now_ms;
    return rc ? rc : service_do_later(&s->service, later, err);
}

/* Real actions of pipelines are put off too, so what moves them comes in the order of time. Where
 * all pipelines are seeded nobody needs to look. */
static bool is_pipelines_turn(const struct sandbox *s, int64_t until_ms)
{
    int64_t event_ms = timeline_next(&s->world.timeline);

    return s->world.records != NULL && event_ms <= until_ms && event_ms < later_next(s->records);
}

/* Pipelines and all else in the order of time, until then. */
static enum err_code go_on(struct sandbox *s, int64_t until_ms, size_t most, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; !rc && (most == 0 || i < most); i++) {
        struct later later;
        bool is_there;

        if (is_pipelines_turn(s, until_ms)) {
            rc = engine_advance(&s->world, timeline_next(&s->world.timeline), most, err);
            continue;
        }
        rc = later_take(s->records, until_ms, &later, &is_there, err);
        if (rc || !is_there)
            break;
        rc = do_one(s, &later, err);
    }
    if (!rc && (most == 0 || later_next(s->records) > until_ms))
        rc = engine_advance(&s->world, until_ms, most, err);
    s->service.now_ms = s->world.now_ms;
    return rc;
}

/* As one transaction. */
static enum err_code live(struct sandbox *s, int64_t until_ms, size_t most, struct err *err)
{
    enum err_code rc = records_begin(s->records, err);

    if (!rc)
        rc = go_on(s, until_ms, most, err);
    if (!rc)
        rc = save(s, err);
    if (rc)
        records_rollback(s->records);
    return rc;
}

void sandbox_advance(struct sandbox *s)
{
    if (!s->has_failed && live(s, sandbox_now(s), EVENTS_AT_ONCE, &s->why))
        s->has_failed = true;
}

enum err_code sandbox_step(struct sandbox *s, int64_t ms, struct err *err)
{
    s->stepped_ms += ms;
    return live(s, s->stepped_ms, 0, err);
}

/* When the next action that is no approval ends; INT64_MAX when nothing works. */
static int64_t next_work(const struct sandbox *s)
{
    const struct world *w = &s->world;
    int64_t next = later_next(s->records);

    for (size_t i = 0; i < w->pipe_count; i++) {
        const struct pipe *p = w->pipes[i];

        for (size_t r = 0; r < p->run_count; r++) {
            const struct run *run = p->runs[r];
            int64_t asked = run_is_over(run) ? INT64_MAX : condition_due(run, p->shape);

            next = asked < next ? asked : next;
            for (size_t a = 0; a < p->shape->action_count && !run_is_over(run); a++) {
                if (run->attempts[a].status == RUN_IN_PROGRESS && !attempt_waits(p, run, a) &&
                    run->attempts[a].due_at < next)
                    next = run->attempts[a].due_at;
            }
        }
    }
    return next;
}

enum err_code sandbox_step_until_idle(struct sandbox *s, struct err *err)
{
    int64_t end_ms = s->stepped_ms + 24LL * 60 * 60 * 1000;
    int64_t next_ms;
    enum err_code rc = ERR_OK;

    while (!rc && (next_ms = next_work(s)) < end_ms) {
        if (next_ms > s->stepped_ms)
            s->stepped_ms = next_ms;
        rc = live(s, s->stepped_ms, 0, err);
    }
    return rc;
}

/* CodePipeline_20150709.ListPipelines, or Action=ListPipelines. The prefix may have dots too. */
static void read_operation(struct request *request, struct sb *action)
{
    struct sv target = request_header(request, "X-Amz-Target");

    if (target.ptr != NULL) {
        request->dialect = DIALECT_JSON;
        while (sv_find(target, SV(".")) >= 0)
            (void)sv_cut(target, '.', &target);
        request->operation = target;
        return;
    }
    request->dialect = DIALECT_QUERY;
    request->operation = request_param(request, "Action", action) ? sb_sv(action) : SV_NONE;
}

static bool is_right_target(const struct request *request, const struct operation *operation)
{
    struct sv target = request_header(request, "X-Amz-Target");
    const struct wire *wire = wire_of(sv_of(operation->service));

    if (wire == NULL || wire->dialect != DIALECT_JSON)
        return target.ptr == NULL;
    return sv_starts(target, sv_of(wire->name)) && target.len > strlen(wire->name) &&
           target.ptr[strlen(wire->name)] == '.';
}

static void fail_throttled(const struct request *request, struct reply *reply)
{
    if (request->dialect == DIALECT_S3)
        reply_fail(reply, DIALECT_S3, 503, "SlowDown", "Please reduce your request rate.");
    else
        reply_fail(reply, request->dialect, 400,
                   request->dialect == DIALECT_JSON ? "ThrottlingException" : "Throttling",
                   "Rate exceeded");
}

static const char html[] = "<html><head><title>503 Service Temporarily Unavailable</title></head>"
                           "<body><h1>Sorry</h1><p>Please try later.</p></body></html>\n";

static void answer_html(struct reply *reply, int status)
{
    sb_clear(&reply->body);
    reply->status = status;
    reply->content_type = "text/html";
    if (sb_add(&reply->body, sv_of(html), NULL))
        reply->status = 500;
}

/* Faults that stand in for the answer. True: the reply is made. */
static bool misbehave(int fault, const struct request *request, struct reply *reply)
{
    bool is_json = request->dialect == DIALECT_JSON;

    switch (fault) {
    case FAULT_THROTTLE:
        fail_throttled(request, reply);
        return true;
    case FAULT_SERVER:
        reply_fail(reply, request->dialect, 500, "InternalFailure",
                   "The request processing has failed because of an unknown error, exception or "
                   "failure.");
        return true;
    case FAULT_HTML:
        answer_html(reply, 503);
        return true;
    case FAULT_HTML_OK:
        answer_html(reply, 200);
        return true;
    case FAULT_EXPIRED:
        reply_fail(reply, request->dialect, is_json ? 400 : 403,
                   is_json ? "ExpiredTokenException" : "ExpiredToken",
                   "The security token included in the request is expired");
        return true;
    default:
        return false;
    }
}

/* The answer to what was carried out is no answer; what failed keeps its own. */
static void lose(const struct request *request, struct reply *reply)
{
    if (reply->error[0] != '\0')
        return;
    (void)misbehave(FAULT_SERVER, request, reply);
    reply->error[0] = '\0'; /* what was done stays done */
}

static void mangle(struct reply *reply)
{
    size_t half = reply->body.len / 2;

    reply->status = 200;
    if (half > 0)
        reply->body.len = half;
    if (sb_add(&reply->body, SV("\"]}<&"), NULL))
        reply->body.len = half;
}

static void fail_denied(const struct request *request, struct reply *reply, const char *why)
{
    bool is_json = request->dialect == DIALECT_JSON;

    reply_fail(reply, request->dialect, is_json ? 400 : 403,
               is_json ? "AccessDeniedException" : "AccessDenied", "%s", why);
}

/* Only what needs no permission at AWS is free for all. */
static enum err_code is_allowed(struct sandbox *s, const struct request *request, bool *allows,
                                char why[AUTH_WHY_MAX], struct err *err)
{
    *allows = true;
    return sv_eq(request->operation, SV("GetCallerIdentity"))
               ? ERR_OK
               : auth_allows(&s->service, request, allows, why, err);
}

/* The signature comes first: who is not known learns nothing about operations. */
static void serve(struct sandbox *s, struct request *request, struct reply *reply)
{
    bool is_s3 = request->dialect == DIALECT_S3;
    const struct operation *operation =
        is_s3 ? NULL : operation_find(request->service, request->operation);
    char why[AUTH_WHY_MAX] = "";
    bool allows = true;
    struct err err = {0};
    enum err_code rc = ERR_OK;

    if (operation == NULL || operation->is_signed) {
        if (!auth_check(s->auth, request, s->service.wall_ms + reply->skew_ms, reply))
            return;
    }
    if (!throttle_take(&s->throttle, request->who.account, request->region, request->service,
                       time_mono_ms())) {
        fail_throttled(request, reply);
        return;
    }
    if (!is_s3 && (operation == NULL || !is_right_target(request, operation))) {
        reply_fail(reply, request->dialect, 400,
                   request->dialect == DIALECT_JSON ? "UnknownOperationException" : "InvalidAction",
                   "Could not find operation " SV_FMT, SV_ARG(request->operation));
        return;
    }
    if (is_s3 || operation->is_signed)
        rc = is_allowed(s, request, &allows, why, &err);
    if (rc) {
        reply_fail(reply, request->dialect, 500, "InternalFailure", "%s", err.text);
        return;
    }
    if (!allows) {
        fail_denied(request, reply, why);
        return;
    }
    if (is_s3)
        rc = s3_answer(&s->service, request, reply, &err);
    else if (operation->call != NULL)
        rc = call_run(&s->service, operation->call, request, reply, &err);
    else
        rc = operation->run(&s->service, request, reply, &err);
    if (rc)
        reply_fail(reply, request->dialect, 500, "InternalFailure", "%s", err.text);
}

static int64_t mono_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* What it took so far, and what the reply will be held back. */
static double latency_ms(const struct sandbox *s)
{
    return (double)(mono_us() - s->began_us) / 1000.0 + s->options->latency_ms;
}

static enum manner serve_aws(struct sandbox *s, struct request *request, struct reply *reply,
                             const char **what)
{
    CLEANUP(sb_release) struct sb action;
    enum manner manner = MANNER_WHOLE;
    int fault;

    sb_init(&action, 256);
    read_operation(request, &action);
    if (!auth_scope(request) && request->dialect == DIALECT_QUERY)
        request->service = SV("sts");
    if (sv_eq(request->service, SV("s3"))) {
        request->dialect = DIALECT_S3;
        request->operation = s3_operation(request);
    }
    reply->service = request->service;
    fault = faults_throw(&s->faults, request->operation);
    s->service.is_stale = fault == FAULT_STALE;
    reply->skew_ms = fault == FAULT_SKEW ? SKEW_MS : 0;
    if (!misbehave(fault, request, reply))
        serve(s, request, reply);
    *what = reply->error;
    if (fault == FAULT_SILENT)
        manner = MANNER_SILENT;
    if (fault == FAULT_CUT)
        manner = MANNER_CUT;
    if (fault == FAULT_LATE)
        lose(request, reply);
    if (fault == FAULT_HUGE)
        manner = MANNER_HUGE;
    if (fault == FAULT_MALFORMED)
        mangle(reply);
    if (fault != FAULT_NONE && reply->error[0] == '\0')
        *what = fault_name(fault);
    access_log_write(&s->log, request, reply, s->service.wall_ms, latency_ms(s), *what);
    return manner;
}

static void name_request(struct sandbox *s, struct reply *reply)
{
    char id[UID_SIZE];

    s->requests++;
    (void)snprintf(reply->request_id, sizeof reply->request_id, "%s",
                   uid_text(uid_derive(s->world.seed, s->requests ^ 0x7265717565737400), id));
}

static enum manner serve_request(struct sandbox *s, struct request *request, struct reply *reply,
                                 const char **what, struct err *err)
{
    enum err_code rc;

    if (!git_serves(request->path))
        return serve_aws(s, request, reply, what);
    rc = git_answer(&s->service, request, reply, err);
    if (rc)
        reply_fail(reply, DIALECT_JSON, 500, "InternalFailure", "%s", err->text);
    *what = reply->error;
    access_log_write(&s->log, request, reply, s->service.wall_ms, latency_ms(s), *what);
    return MANNER_WHOLE;
}

enum manner sandbox_answer(struct sandbox *s, struct request *request, struct reply *reply)
{
    enum manner manner = MANNER_WHOLE;
    const char *what = "";
    struct err err = {0};
    enum err_code rc = ERR_OK;

    s->began_us = mono_us();
    s->service.wall_ms = time_wall_ms();
    name_request(s, reply);
    sandbox_advance(s);
    s->service.now_ms = sandbox_now(s);
    if (sv_starts(request->path, SV("/_sandbox/")) && s->options->has_control) {
        rc = control_answer(s, request, reply, &err);
    } else if (imds_serves(request->path)) {
        rc = imds_answer(request, s->service.wall_ms, reply, &err);
    } else {
        rc = records_begin(s->records, &err);
        if (!rc)
            manner = serve_request(s, request, reply, &what, &err);
    }
    if (rc)
        reply_fail(reply, DIALECT_JSON, 500, "InternalFailure", "%s", err.text);
    /* What was refused leaves nothing behind. */
    if (reply->error[0] != '\0')
        records_rollback(s->records);
    if (!s->has_failed && save(s, &s->why))
        s->has_failed = true;
    return manner;
}
