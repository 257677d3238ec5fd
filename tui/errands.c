/* Errands: what the console reads besides syncing, a few at a time. Those that need the
 * environments go one after the other, because they share the reader's list of them. */
#include "core/base/mem.h"
#include "core/operate/failure.h"
#include "core/operate/history.h"
#include "core/operate/log.h"
#include "core/operate/permissions.h"
#include "core/operate/repository_page.h"
#include "core/operate/rollback.h"
#include "core/operate/stack_page.h"
#include "core/operate/stacks.h"
#include "tui/rescue.h"
#include "tui/work.h"

enum { NAMES_CAP = 64 * 1024, FETCH_CAP = 32 << 20 };

static const char *const texts[] = {
#define ERRAND_TEXT(name, text, reading) [ERRAND_##name] = text,
    ERRAND_LIST(ERRAND_TEXT)
#undef ERRAND_TEXT
};
static reading_fn *const readings[] = {
#define ERRAND_READING(name, text, reading) [ERRAND_##name] = reading,
    ERRAND_LIST(ERRAND_READING)
#undef ERRAND_READING
};
_Static_assert(ARRAY_LEN(texts) == ERRAND_COUNT && ARRAY_LEN(readings) == ERRAND_COUNT,
               "one row per errand");

const char *errand_text(enum errand errand)
{
    return texts[errand];
}

void errands_open(struct work *work)
{
    work->diagnoses = xarray(WORK_NAMES_MAX, sizeof *work->diagnoses);
    arena_init(&work->fetch_arena, FETCH_CAP);
}

static void run_clear(struct errand_run *run)
{
    arena_release(&run->arena);
    *run = (struct errand_run){.errand = ERRAND_NONE};
}

void errands_close(struct work *work)
{
    for (size_t i = 0; i < ERRANDS_AT_ONCE; i++) {
        task_cancel(work->running[i].task);
        run_clear(&work->running[i]);
    }
    for (size_t i = 0; i < ERRANDS_QUEUED; i++)
        run_clear(&work->queue[i]);
    for (size_t i = 0; i < ERRANDS_ENDED; i++)
        run_clear(&work->ended[i]);
    arena_release(&work->fetch_arena);
    mem_free(work->diagnoses);
    work->diagnoses = NULL;
}

/* ---- the doctor ---- */

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
    work->errand_news++;
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

static enum err_code examine(struct task *task, const struct errand_run *run, struct err *err)
{
    struct deploy *d = &run->work->reader;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < run->name_count && !rc; i++) {
        const struct environment *e;

        rc = deploy_environment(d, run->names[i], &e, err);
        if (!rc)
            rc = examine_one(task, run->work, e, err);
    }
    for (size_t i = 0; run->name_count == 0 && i < d->environment_count && !rc; i++)
        rc = examine_one(task, run->work, &d->environments[i], err);
    return rc;
}

/* ---- the definition ---- */

static void forget_fetched(struct work *work)
{
    work->has_fetched = false;
    work->fetched = (struct made_pipeline){.name = SV_NONE};
    arena_clear(&work->fetch_arena);
}

static enum err_code fetch(struct task *task, const struct errand_run *run, struct err *err)
{
    struct work *work = run->work;
    enum err_code rc;

    if (run->name_count != 1)
        return err_set(err, ERR_USAGE, "one pipeline is read at a time");
    forget_fetched(work);
    rc =
        pipeline_fetch(task, &work->reader, run->names[0], &work->fetch_arena, &work->fetched, err);
    work->has_fetched = rc == ERR_OK;
    return rc;
}

/* ---- running ---- */

static bool is_own(enum errand errand)
{
    return readings[errand] == NULL;
}

static enum err_code run_errand(struct task *task, void *owner, struct err *err)
{
    struct errand_run *run = owner;
    struct work *work = run->work;
    struct operand what = target_operand(&run->target);
    enum err_code rc;

    if (!is_own(run->errand))
        return readings[run->errand](task, &work->reader, &what, err);
    rc = deploy_load(task, &work->reader, err);
    if (!rc && run->errand == ERRAND_DOCTOR)
        rc = examine(task, run, err);
    if (!rc && run->errand == ERRAND_FETCH)
        rc = fetch(task, run, err);
    return rc;
}

static void start_queued(struct work *work);

static void keep_ended(struct work *work, struct errand_run *run)
{
    struct errand_run *place = &work->ended[work->errands_ended++ % ERRANDS_ENDED];

    run_clear(place);
    *place = *run;
    *run = (struct errand_run){.errand = ERRAND_NONE};
    work->errand_news++;
}

static void on_errand(void *owner, enum err_code rc, const struct err *err)
{
    struct errand_run *run = owner;
    struct work *work = run->work;

    run->task = NULL;
    run->err = rc ? *err : (struct err){.code = ERR_OK};
    keep_ended(work, run);
    start_queued(work);
}

static struct errand_run *free_place(struct work *work)
{
    for (size_t i = 0; i < ERRANDS_AT_ONCE; i++) {
        if (work->running[i].errand == ERRAND_NONE)
            return &work->running[i];
    }
    return NULL;
}

static bool runs_own(const struct work *work)
{
    for (size_t i = 0; i < ERRANDS_AT_ONCE; i++) {
        if (work->running[i].errand != ERRAND_NONE && is_own(work->running[i].errand))
            return true;
    }
    return false;
}

/* The first that may go; false when none may. */
static bool start_next(struct work *work)
{
    struct errand_run *place = free_place(work);
    struct errand_run run;
    size_t at = 0;

    while (at < work->queue_count && is_own(work->queue[at].errand) && runs_own(work))
        at++;
    if (place == NULL || at == work->queue_count)
        return false;
    run = work->queue[at];
    for (size_t i = at; i + 1 < work->queue_count; i++)
        work->queue[i] = work->queue[i + 1];
    work->queue[--work->queue_count] = (struct errand_run){.errand = ERRAND_NONE};
    *place = run;
    if (task_start(work->net, run_errand, on_errand, place, &place->task, &place->err))
        keep_ended(work, place);
    work->errand_news++;
    return true;
}

static void start_queued(struct work *work)
{
    while (start_next(work))
        continue;
}

/* ---- asking ---- */

/* What this file's own read does not depend on a screen's target. */
static bool is_for(const struct errand_run *run, enum errand errand, const struct target *target)
{
    return run->errand == errand &&
           (target == NULL || is_own(errand) || target_eq(&run->target, target));
}

static bool same_names(const struct errand_run *run, const struct errand_ask *ask)
{
    if (run->name_count != ask->name_count)
        return false;
    for (size_t i = 0; i < run->name_count; i++) {
        if (!sv_eq(run->names[i], ask->names[i]))
            return false;
    }
    return true;
}

static struct errand_run *find_live(struct work *work, const struct errand_ask *ask,
                                    const struct target *target)
{
    for (size_t i = 0; i < ERRANDS_AT_ONCE; i++) {
        if (is_for(&work->running[i], ask->errand, target) && same_names(&work->running[i], ask))
            return &work->running[i];
    }
    for (size_t i = 0; i < work->queue_count; i++) {
        if (is_for(&work->queue[i], ask->errand, target) && same_names(&work->queue[i], ask))
            return &work->queue[i];
    }
    return NULL;
}

static enum err_code keep_names(struct errand_run *run, const struct errand_ask *ask,
                                struct err *err)
{
    run->names = arena_alloc(&run->arena, ask->name_count + 1, sizeof *run->names);
    if (run->names == NULL)
        return arena_err(&run->arena, err);
    for (size_t i = 0; i < ask->name_count; i++) {
        run->names[i] = arena_sv(&run->arena, ask->names[i]);
        if (run->names[i].ptr == NULL)
            return arena_err(&run->arena, err);
        run->name_count++;
    }
    return ERR_OK;
}

enum err_code work_start_errand(struct work *work, const struct errand_ask *ask, struct err *err)
{
    static const struct target nothing;
    struct target target = ask->target != NULL ? *ask->target : nothing;
    struct errand_run *run = find_live(work, ask, &target);
    enum err_code rc;

    if (run != NULL) {
        run->is_told = run->is_told || ask->is_told;
        run->is_ahead = run->is_ahead && ask->is_ahead;
        return ERR_OK;
    }
    if (ask->name_count > WORK_NAMES_MAX)
        return err_set(err, ERR_LIMIT, "at most %d names at a time", WORK_NAMES_MAX);
    if (work->queue_count == ERRANDS_QUEUED)
        return err_set(err, ERR_LIMIT, "%d readings wait already: penstock is still %s",
                       ERRANDS_QUEUED, errand_text(work->queue[0].errand));
    run = &work->queue[work->queue_count];
    *run = (struct errand_run){.errand = ask->errand,
                               .target = target,
                               .is_told = ask->is_told,
                               .is_ahead = ask->is_ahead,
                               .work = work};
    arena_init(&run->arena, NAMES_CAP);
    rc = keep_names(run, ask, err);
    if (rc) {
        run_clear(run);
        return rc;
    }
    if (ask->errand == ERRAND_FETCH && !work_reads(work, ERRAND_FETCH, NULL))
        forget_fetched(work);
    work->queue_count++;
    work->errand_news++;
    start_queued(work);
    return ERR_OK;
}

bool work_reads(const struct work *work, enum errand errand, const struct target *target)
{
    for (size_t i = 0; work != NULL && i < ERRANDS_AT_ONCE; i++) {
        if (is_for(&work->running[i], errand, target))
            return true;
    }
    for (size_t i = 0; work != NULL && i < work->queue_count; i++) {
        if (is_for(&work->queue[i], errand, target))
            return true;
    }
    return false;
}

const struct err *work_errand_err(const struct work *work, enum errand errand,
                                  const struct target *target)
{
    static const struct err none = {.code = ERR_OK};
    uint64_t kept = 0;

    if (work != NULL && !work_reads(work, errand, target))
        kept = work->errands_ended < ERRANDS_ENDED ? work->errands_ended : ERRANDS_ENDED;
    for (uint64_t i = 1; i <= kept; i++) {
        const struct errand_run *run = &work->ended[(work->errands_ended - i) % ERRANDS_ENDED];

        if (is_for(run, errand, target))
            return &run->err;
    }
    return &none;
}
