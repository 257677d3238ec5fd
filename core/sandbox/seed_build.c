#include "core/sandbox/seed_build.h"

#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/pasts.h"

static const char *const phase_names[] = {
    "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE",  "INSTALL",
    "PRE_BUILD", "BUILD",  "POST_BUILD",   "UPLOAD_ARTIFACTS", "FINALIZING",
};
_Static_assert(ARRAY_LEN(phase_names) == SEED_PHASES, "a name per phase");

/* Thousandths of the build when each phase ends: of one that goes through, of one whose tests fail
 * and of one that takes too long. A phase that ends when it begins is left out. */
static const int16_t ends[][SEED_PHASES] = {
    {2, 10, 90, 110, 280, 440, 900, 950, 970, 1000},
    {2, 10, 90, 110, 400, 950, 950, 950, 970, 1000},
    {2, 10, 90, 110, 280, 440, 990, 990, 990, 1000},
};

/* ---- phases ---- */

struct seed_reason seed_build_reason(const struct seed_build *b)
{
    struct seed_reason reason = {.phase = SEED_BUILD, .code = "COMMAND_EXECUTION_ERROR"};
    const char *text = failure_get(b->failure)->message;
    const char *message = text == NULL ? NULL : strstr(text, "Message: ");

    if (b->failure == FAILURE_BUILD_TESTS)
        reason.phase = SEED_PRE_BUILD;
    if (b->failure == FAILURE_BUILD_TIMEOUT)
        reason.code = "BUILD_TIMED_OUT";
    reason.message = message != NULL ? message + 9 : text;
    /* The action tells what the stack said; the build only knows that its command failed. */
    if (b->failure == FAILURE_STACK_ROLLBACK)
        reason.message = "Error while executing command: npx cdk deploy --all --require-approval "
                         "never. Reason: exit status 1";
    return reason;
}

static const int16_t *ends_of(const struct seed_build *b)
{
    return ends[b->failure == FAILURE_BUILD_TESTS     ? 1
                : b->failure == FAILURE_BUILD_TIMEOUT ? 2
                                                      : 0];
}

static int64_t share(const struct seed_build *b, int permille)
{
    return b->began_ms + (b->ends_ms - b->began_ms) * permille / 1000;
}

void seed_build_span(const struct seed_build *b, enum seed_phase phase, struct seed_span *out)
{
    const int16_t *end = ends_of(b);
    int from = phase == 0 ? 0 : end[phase - 1];

    *out = (struct seed_span){.name = phase_names[phase],
                              .from_ms = share(b, from),
                              .until_ms = share(b, end[phase]),
                              .is_left_out = from == end[phase]};
    out->fails = b->failure != FAILURE_NONE && seed_build_reason(b).phase == phase;
}

/* ---- finding ---- */

void seed_build_id(const struct seed_build *b, char out[SEED_BUILD_ID_SIZE])
{
    char project[SEED_NAME_SIZE];
    char uuid[UID_SIZE];

    seed_project_of(&b->thing, project);
    (void)snprintf(out, SEED_BUILD_ID_SIZE, "%s:%s", project, uid_text(b->id, uuid));
}

static enum seed_end end_of(const struct attempt *attempt)
{
    if (attempt->status == RUN_SUCCEEDED)
        return SEED_SUCCEEDED;
    if (attempt->status != RUN_FAILED)
        return SEED_GOES_ON;
    return attempt->failure == FAILURE_BUILD_TIMEOUT ? SEED_TIMED_OUT : SEED_FAILED;
}

/* One that its pipeline gave up goes on to its end, as at AWS. */
static int64_t expected_end(const struct world *w, const struct seed_build *b,
                            const struct attempt *attempt)
{
    if (attempt->due_at > 0)
        return attempt->due_at;
    return attempt->started_at + engine_duration(w, b->thing.pipe, b->run, b->thing.number);
}

bool seed_build_of(const struct world *w, const struct seed_thing *thing, const struct run *run,
                   const struct attempt *attempt, struct seed_build *out)
{
    if (run_shape(thing->pipe, run) != seed_shape(thing->pipe) || attempt->started_at == 0 ||
        attempt->status == RUN_NONE || attempt->failure == FAILURE_BUILD_STOPPED)
        return false;
    *out = (struct seed_build){.thing = *thing,
                               .run = run,
                               .attempt = attempt,
                               .id = uid_derive(seed_try_uid(run, thing->number, attempt), 7),
                               .began_ms = attempt->started_at,
                               .ends_ms = attempt->changed_at,
                               .now_ms = w->now_ms,
                               .failure = attempt->failure,
                               .end = end_of(attempt)};
    if (out->end != SEED_GOES_ON)
        return true;
    out->ends_ms = expected_end(w, out, attempt);
    if (attempt->status == RUN_IN_PROGRESS)
        out->failure = engine_outlook(thing->pipe, run, thing->number);
    else if (out->ends_ms <= w->now_ms)
        out->end = SEED_SUCCEEDED;
    return true;
}

struct search {
    struct world *world;
    struct sv project;
    struct uid id;
    struct seed_build *out;
    bool is_found;
};

/* Each try of the action, the newest first, until fn says false. */
static bool each_try(const struct world *w, const struct seed_thing *thing, seed_build_fn *fn,
                     void *owner)
{
    struct seed_build b;

    for (size_t i = thing->pipe->run_count; i-- > 0;) {
        const struct run *run = thing->pipe->runs[i];

        if (run_shape(thing->pipe, run) != seed_shape(thing->pipe))
            continue;
        if (seed_build_of(w, thing, run, &run->attempts[thing->number], &b) && !fn(owner, &b))
            return false;
        for (size_t k = run->past_count; k-- > 0;) {
            if (run->pasts[k].action == thing->number &&
                seed_build_of(w, thing, run, &run->pasts[k].attempt, &b) && !fn(owner, &b))
                return false;
        }
    }
    return true;
}

static bool is_it(void *owner, const struct seed_build *b)
{
    struct search *s = owner;

    s->is_found = uid_eq(b->id, s->id);
    if (s->is_found)
        *s->out = *b;
    return !s->is_found;
}

static bool look_in(void *owner, const struct seed_thing *thing)
{
    struct search *s = owner;
    char name[SEED_NAME_SIZE];

    seed_project_of(thing, name);
    return !sv_eq(sv_of(name), s->project) || each_try(s->world, thing, is_it, s);
}

/* Other actions of that name stand in the same pipeline. */
static void look_beside(struct search *s, const struct seed_thing *thing)
{
    const struct shape *shape = seed_shape(thing->pipe);

    for (size_t i = 0; i < shape->action_count && !s->is_found; i++) {
        struct seed_thing other = {.pipe = thing->pipe, .number = i};
        size_t stage = 0;

        other.action = shape_action(shape, i, &stage);
        other.stage = &shape->stages[stage];
        if (other.action->provider == PROVIDER_CODEBUILD)
            (void)look_in(s, &other);
    }
}

bool seed_build_find(struct world *w, struct sv account, struct sv region, struct sv id,
                     struct seed_build *out)
{
    struct sv uuid;
    struct search s = {.world = w, .out = out};
    struct seed_thing thing;

    s.project = sv_cut(id, ':', &uuid);
    if (!uid_parse(uuid, &s.id) ||
        !seed_find(w, account, region, PROVIDER_CODEBUILD, seed_project_of, s.project, &thing))
        return false;
    look_beside(&s, &thing);
    return s.is_found;
}

struct walk {
    struct world *world;
    struct sv project;
    seed_build_fn *fn;
    void *owner;
};

static bool walk_action(void *owner, const struct seed_thing *thing)
{
    struct walk *walk = owner;
    char name[SEED_NAME_SIZE];

    seed_project_of(thing, name);
    return (walk->project.len > 0 && !sv_eq(sv_of(name), walk->project)) ||
           each_try(walk->world, thing, walk->fn, walk->owner);
}

void seed_build_each(struct world *w, struct sv account, struct sv region, struct sv project,
                     seed_build_fn *fn, void *owner)
{
    struct walk walk = {w, project, fn, owner};
    struct seed_thing thing;
    const struct shape *shape;

    if (project.len == 0) {
        seed_each(w, account, region, PROVIDER_CODEBUILD, walk_action, &walk);
        return;
    }
    if (!seed_find(w, account, region, PROVIDER_CODEBUILD, seed_project_of, project, &thing))
        return;
    shape = seed_shape(thing.pipe);
    for (size_t i = 0; i < shape->action_count; i++) {
        size_t stage = 0;

        thing.number = i;
        thing.action = shape_action(shape, i, &stage);
        thing.stage = &shape->stages[stage];
        if (thing.action->provider == PROVIDER_CODEBUILD && !walk_action(&walk, &thing))
            return;
    }
}
