#include "tui/work.h"

#include "core/base/mem.h"
#include "tui/rescue.h"

enum { NAMES_CAP = 64 * 1024, FETCH_CAP = 32 << 20 };

static const char *const texts[] = {
#define ERRAND_TEXT(name, text) [ERRAND_##name] = text,
    ERRAND_LIST(ERRAND_TEXT)
#undef ERRAND_TEXT
};
_Static_assert(ARRAY_LEN(texts) == ERRAND_COUNT, "one text per errand");

const char *errand_text(enum errand errand)
{
    return texts[errand];
}

/* ---- open and close ---- */

static const struct context *first_usable(const struct context_list *contexts)
{
    for (size_t i = 0; i < contexts->count; i++) {
        if (contexts->items[i].code == ERR_OK)
            return &contexts->items[i];
    }
    return &contexts->items[0];
}

enum err_code work_open(struct aws *aws, struct net *net, struct cache *cache,
                        const struct context_list *contexts, const struct context_options *options,
                        bool is_read_only, struct work **out, struct err *err)
{
    const struct context *context;
    struct work *work;
    enum err_code rc;

    if (contexts->count == 0)
        return err_set(err, ERR_CONFIG, "there is no context to work in");
    context = first_usable(contexts);
    work = xarray(1, sizeof *work);
    work->net = net;
    work->diagnoses = xarray(WORK_NAMES_MAX, sizeof *work->diagnoses);
    arena_init(&work->arena, NAMES_CAP);
    arena_init(&work->fetch_arena, FETCH_CAP);
    rc = deploy_open(&work->deploy, aws, cache, contexts, context, options, err);
    if (!rc)
        rc = deploy_open(&work->reader, aws, cache, contexts, context, options, err);
    if (rc) {
        work_close(work);
        return rc;
    }
    work->deploy.is_read_only = work->deploy.is_read_only || is_read_only;
    work->reader.is_read_only = true; /* an errand only reads */
    *out = work;
    return ERR_OK;
}

void work_close(struct work *work)
{
    if (work == NULL)
        return;
    task_cancel(work->task);
    if (work_runs(work))
        job_cancel(&work->act->job); /* the audit log is told */
    act_free(work->act);
    deploy_close(&work->reader);
    deploy_close(&work->deploy);
    arena_release(&work->arena);
    arena_release(&work->fetch_arena);
    mem_free(work->diagnoses);
    mem_free(work);
}

/* ---- the act ---- */

bool work_runs(const struct work *work)
{
    return work != NULL && work->act != NULL && work->act->state == ACT_RUNS;
}

bool work_is_busy(const struct work *work)
{
    return work_runs(work) || (work->act != NULL && work->act->state == ACT_PLANS);
}

enum err_code work_new_act(struct work *work, enum action_id action, struct err *err)
{
    struct act *act;
    enum err_code rc;

    if (work_runs(work))
        return err_set(err, ERR_USAGE,
                       "one thing at a time: \"%s\" still runs; type :act to look at it",
                       work->act->plan.title);
    rc = act_new(action, &work->deploy, work->net, &act, err);
    if (rc)
        return rc;
    act_free(work->act);
    work->act = act;
    work->begun++;
    return ERR_OK;
}

enum err_code work_plan(struct work *work, int64_t now_ms, struct err *err)
{
    work->plan_began_ms = now_ms;
    return act_plan(work->act, err);
}

/* A new act counts from 0 again, so what was begun weighs more than all that it can count to. */
bool work_has_news(struct work *work)
{
    enum { BEGUN_SHIFT = 40 };
    uint64_t now = (work->begun << BEGUN_SHIFT) + work->errands_done;
    bool has_news;

    if (work->act != NULL)
        now += work->act->changes + work->act->job.changes;
    has_news = now != work->seen;
    work->seen = now;
    return has_news;
}

/* ---- errands ---- */

const struct diagnosis *work_diagnosis(const struct work *work, struct sv name)
{
    for (size_t i = 0; i < work->diagnosis_count; i++) {
        if (sv_eq(sv_of(work->diagnoses[i].environment), name))
            return &work->diagnoses[i];
    }
    return NULL;
}

/* In the place of the one before; when all places are taken the first one goes. */
static void keep_diagnosis(struct work *work, const struct diagnosis *found)
{
    size_t at = 0;

    while (at < work->diagnosis_count &&
           strcmp(work->diagnoses[at].environment, found->environment) != 0)
        at++;
    if (at == WORK_NAMES_MAX)
        at = 0;
    else if (at == work->diagnosis_count)
        work->diagnosis_count++;
    work->diagnoses[at] = *found;
    work->errands_done++;
}

/* The CICD environment of this account: whom the others must trust. */
static const struct environment *home_environment(const struct deploy *d)
{
    for (size_t i = 0; i < d->environment_count; i++) {
        const struct environment *e = &d->environments[i];

        if (e->kind == ENVIRONMENT_CICD && sv_eq(e->account, sv_of(d->account)))
            return e;
    }
    return NULL;
}

static enum err_code examine_one(struct task *task, struct work *work, const struct environment *e,
                                 struct err *err)
{
    const struct environment *cicd = home_environment(&work->reader);
    struct diagnosis *found = mem_alloc(sizeof *found); /* a task's stack is small */
    enum err_code rc;

    if (found == NULL)
        return mem_err(err);
    rc = doctor_examine(task, &work->reader, e, cicd == e ? NULL : cicd, found, err);
    if (!rc)
        keep_diagnosis(work, found);
    mem_free(found);
    return rc;
}

static enum err_code examine(struct task *task, struct work *work, struct err *err)
{
    struct deploy *d = &work->reader;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < work->name_count && !rc; i++) {
        const struct environment *e;

        rc = deploy_environment(d, work->names[i], &e, err);
        if (!rc)
            rc = examine_one(task, work, e, err);
    }
    for (size_t i = 0; work->name_count == 0 && i < d->environment_count && !rc; i++)
        rc = examine_one(task, work, &d->environments[i], err);
    return rc;
}

static enum err_code fetch(struct task *task, struct work *work, struct err *err)
{
    enum err_code rc;

    if (work->name_count != 1)
        return err_set(err, ERR_USAGE, "one pipeline is read at a time");
    rc = pipeline_fetch(task, &work->reader, work->names[0], &work->fetch_arena, &work->fetched,
                        err);
    work->has_fetched = rc == ERR_OK;
    return rc;
}

static enum err_code run_errand(struct task *task, void *owner, struct err *err)
{
    struct work *work = owner;
    enum err_code rc = deploy_load(task, &work->reader, err);

    if (!rc && work->errand == ERRAND_DOCTOR)
        rc = examine(task, work, err);
    if (!rc && work->errand == ERRAND_FETCH)
        rc = fetch(task, work, err);
    return rc;
}

static void on_errand(void *owner, enum err_code rc, const struct err *err)
{
    struct work *work = owner;

    work->task = NULL;
    work->errand = ERRAND_NONE;
    work->errand_err = rc ? *err : (struct err){.code = ERR_OK};
    work->errands_done++;
}

static enum err_code keep_names(struct work *work, const struct sv *names, size_t count,
                                struct err *err)
{
    if (count > WORK_NAMES_MAX)
        return err_set(err, ERR_LIMIT, "at most %d names at a time", WORK_NAMES_MAX);
    arena_clear(&work->arena);
    work->name_count = 0;
    for (size_t i = 0; i < count; i++) {
        work->names[i] = arena_sv(&work->arena, names[i]);
        if (work->names[i].ptr == NULL)
            return arena_err(&work->arena, err);
        work->name_count++;
    }
    return ERR_OK;
}

enum err_code work_start_errand(struct work *work, enum errand errand, const struct sv *names,
                                size_t count, struct err *err)
{
    enum err_code rc;

    if (work->errand != ERRAND_NONE)
        return err_set(err, ERR_USAGE, "penstock is still %s", errand_text(work->errand));
    rc = keep_names(work, names, count, err);
    if (!rc)
        rc = task_start(work->net, run_errand, on_errand, work, &work->task, err);
    if (rc)
        return rc;
    if (errand == ERRAND_FETCH) {
        work->has_fetched = false;
        work->fetched = (struct made_pipeline){.name = SV_NONE};
        arena_clear(&work->fetch_arena);
    }
    work->errand = errand;
    return ERR_OK;
}
