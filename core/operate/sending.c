#include "core/operate/sending.h"

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/operate/reach.h"

enum { TEXTS_MAX = 32 << 20, NOES_NEEDED = 2 /* with a pause between them */, PLAN_LOOKS = 2 };

/* Between two times that AWS is asked what became of a write: it may need a moment to tell. */
static const int64_t pauses_ms[] = {0, 1000, 2000, 4000, 8000, 15000};

static struct sending *held;

/* ---- copies ---- */

static enum err_code keep_all(struct turn *t, struct sv *const *texts, size_t count,
                              struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++)
        rc = turn_keep(t, *texts[i], texts[i], err);
    return rc;
}

static enum err_code copy_operand(struct turn *t, struct err *err)
{
    struct operand *o = arena_alloc(t->arena, 1, sizeof *o);

    if (o == NULL)
        return arena_err(t->arena, err);
    *o = *t->operand;
    t->operand = o;
    {
        struct sv *const texts[] = {&o->id.partition, &o->id.account, &o->id.region,    &o->id.name,
                                    &o->stage,        &o->action,     &o->execution_id, &o->build,
                                    &o->stack,        &o->repository, &o->commit,       &o->path,
                                    &o->environment};

        return keep_all(t, texts, ARRAY_LEN(texts), err);
    }
}

static enum err_code copy_pairs(struct turn *t, struct name_value **list, size_t count,
                                struct err *err)
{
    struct name_value *copy = arena_alloc(t->arena, count + 1, sizeof *copy);
    enum err_code rc = ERR_OK;

    if (copy == NULL)
        return arena_err(t->arena, err);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = turn_keep(t, (*list)[i].name, &copy[i].name, err);
        if (!rc)
            rc = turn_keep(t, (*list)[i].value, &copy[i].value, err);
    }
    *list = copy;
    return rc;
}

static enum err_code copy_input(struct turn *t, struct err *err)
{
    struct operation_input *in = arena_alloc(t->arena, 1, sizeof *in);
    struct sv *skipped = arena_alloc(t->arena, t->input->skipped_count + 1, sizeof *skipped);
    struct operand *operand = arena_alloc(t->arena, 1, sizeof *operand);
    enum err_code rc;

    if (in == NULL || skipped == NULL || operand == NULL)
        return arena_err(t->arena, err);
    *in = *t->input;
    *operand = *t->operand;
    in->operands = operand;
    in->operand_count = 1;
    {
        struct sv *const texts[] = {&in->reason, &in->comment, &in->condition, &in->branch,
                                    &in->from};

        rc = keep_all(t, texts, ARRAY_LEN(texts), err);
    }
    for (size_t i = 0; i < in->skipped_count && !rc; i++)
        rc = turn_keep(t, in->skipped[i], &skipped[i], err);
    in->skipped = skipped;
    if (!rc)
        rc = copy_pairs(t, &in->revisions, in->revision_count, err);
    if (!rc)
        rc = copy_pairs(t, &in->variables, in->variable_count, err);
    t->input = in;
    return rc;
}

static enum err_code make_token(struct turn *t, struct err *err)
{
    unsigned char bytes[(sizeof t->token - 1) / 2];
    enum err_code rc = crypto_random(bytes, sizeof bytes, err);

    for (size_t i = 0; i < sizeof bytes && !rc; i++)
        (void)snprintf(t->token + 2 * i, 3, "%02x", bytes[i]);
    return rc;
}

/* ---- those that are held ---- */

static size_t count_held(void)
{
    size_t count = 0;

    for (const struct sending *s = held; s != NULL; s = s->next)
        count++;
    return count;
}

enum err_code sending_open(const struct turn *turn, const char *name, struct sending **out,
                           struct err *err)
{
    struct sending *s;
    enum err_code rc;

    if (count_held() >= SENDINGS_HELD_MAX)
        return err_set(err, ERR_LIMIT,
                       "the outcome of %d writes is unknown: look at the audit, and begin penstock "
                       "anew",
                       SENDINGS_HELD_MAX);
    s = mem_alloc(sizeof *s);
    if (s == NULL)
        return mem_err(err);
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    arena_init(&s->texts, TEXTS_MAX);
    s->turn = *turn;
    s->turn.arena = &s->texts;
    rc = copy_operand(&s->turn, err);
    if (!rc)
        rc = copy_input(&s->turn, err);
    if (!rc)
        rc = make_token(&s->turn, err);
    s->turn.environment = s->turn.operand->environment;
    if (rc) {
        sending_close(s);
        return rc;
    }
    *out = s;
    return ERR_OK;
}

void sending_close(struct sending *s)
{
    struct sending **at = &held;

    if (s == NULL)
        return;
    while (*at != NULL && *at != s)
        at = &(*at)->next;
    if (*at == s)
        *at = s->next;
    arena_release(&s->texts);
    mem_free(s);
}

void sending_hold(struct sending *s)
{
    s->next = held;
    held = s;
}

void sending_forget(void)
{
    while (held != NULL)
        sending_close(held);
}

static bool is_at(const struct operand *a, const struct operand *b)
{
    return sv_eq(a->id.account, b->id.account) && sv_eq(a->id.region, b->id.region) &&
           sv_eq(a->id.name, b->id.name) && sv_eq(a->stage, b->stage) &&
           sv_eq(a->build, b->build) && sv_eq(a->stack, b->stack) &&
           sv_eq(a->repository, b->repository) && sv_eq(a->commit, b->commit);
}

struct sending *sending_find(const struct operation *operation, const struct operand *operand)
{
    struct sending *s = held;

    while (s != NULL && (s->turn.operation != operation || !is_at(s->turn.operand, operand)))
        s = s->next;
    return s;
}

static bool same_pairs(const struct name_value *a, size_t a_count, const struct name_value *b,
                       size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (!sv_eq(a[i].name, b[i].name) || !sv_eq(a[i].value, b[i].value))
            return false;
    }
    return true;
}

/* But for the words that a person gives for it. */
static bool same_input(const struct operation_input *a, const struct operation_input *b)
{
    if (a->is_abandon != b->is_abandon || a->is_all != b->is_all ||
        !sv_eq(a->condition, b->condition) || !sv_eq(a->branch, b->branch) ||
        !sv_eq(a->from, b->from) || a->skipped_count != b->skipped_count)
        return false;
    for (size_t i = 0; i < a->skipped_count; i++) {
        if (!sv_eq(a->skipped[i], b->skipped[i]))
            return false;
    }
    return same_pairs(a->revisions, a->revision_count, b->revisions, b->revision_count) &&
           same_pairs(a->variables, a->variable_count, b->variables, b->variable_count);
}

bool sending_is_same(const struct sending *s, const struct turn *turn)
{
    const struct operand *a = s->turn.operand;
    const struct operand *b = turn->operand;

    return sv_eq(s->turn.state, turn->state) && sv_eq(a->action, b->action) &&
           sv_eq(a->execution_id, b->execution_id) && sv_eq(a->path, b->path) &&
           same_input(s->turn.input, turn->input);
}

/* ---- what became of it ---- */

static enum err_code take_up(struct sending *s, struct task *task, struct deploy *deploy,
                             struct err *err)
{
    const struct pipeline_id *id = &s->turn.operand->id;

    s->turn.task = task;
    s->turn.deploy = deploy;
    s->turn.job = NULL;
    return reach_place(task, deploy, NULL, id->account, id->region, &s->turn.session, NULL, err);
}

static void note(struct job *job, const char *text)
{
    if (job != NULL)
        job_note(job, "%s", text);
}

static enum sending_end ended(struct sending *s, enum sending_end end)
{
    s->turn.is_sent = end == SENDING_DONE;
    if (end == SENDING_NOT_DONE)
        s->turn.result = SV("");
    turn_audit(&s->turn, s->name, end == SENDING_DONE ? "done" : "failed",
               end == SENDING_DONE ? SV("AWS's answer was lost; it was done")
                                   : SV("AWS's answer was lost; it was not done"));
    return end;
}

static enum err_code look_up(struct sending *s, struct job *job, enum sending_end *end,
                             struct err *err)
{
    struct err why = {0};
    int noes = 0;

    for (size_t i = 0; i < ARRAY_LEN(pauses_ms); i++) {
        bool is_done = false;
        enum err_code rc = task_sleep(s->turn.task, pauses_ms[i], err);

        if (rc)
            return rc;
        note(job, "AWS's answer was lost: looks whether it was done");
        rc = s->turn.operation->was_done(&s->turn, &is_done, &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        noes += !rc && !is_done;
        if ((!rc && is_done) || noes == NOES_NEEDED) {
            *end = ended(s, !rc && is_done ? SENDING_DONE : SENDING_NOT_DONE);
            return ERR_OK;
        }
        /* Who may not look will not be let in a moment later either. */
        if (rc == ERR_DENIED || rc == ERR_AUTH)
            break;
    }
    return err_set(err, ERR_FAILED, "still unknown whether AWS did it: %s",
                   why.text[0] != '\0' ? why.text : "it does not show yet");
}

enum err_code sending_look(struct sending *s, struct task *task, struct deploy *deploy,
                           enum sending_end *end, struct err *err)
{
    struct err why = {0};
    enum err_code rc = take_up(s, task, deploy, &why);
    int noes = 0;

    *end = SENDING_UNKNOWN;
    for (size_t i = 0; i < PLAN_LOOKS && !rc; i++) {
        bool is_done = false;

        rc = task_sleep(task, pauses_ms[i], &why);
        if (!rc)
            rc = s->turn.operation->was_done(&s->turn, &is_done, &why);
        if (rc || !is_done) {
            noes += !rc;
            continue;
        }
        *end = ended(s, SENDING_DONE);
        return ERR_OK;
    }
    /* A request that was cut on its way may still be carried out: while its token is good, only
     * asking with it tells. */
    if (noes == NOES_NEEDED && !sending_may_repeat(s))
        *end = ended(s, SENDING_NOT_DONE);
    return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* ---- once more, with the same token ---- */

/* What is frozen since then may not be written once more either. */
bool sending_may_repeat(const struct sending *s)
{
    struct guard_answer answer;
    struct err why = {0};

    return s->turn.operation->has_token && time_mono_ms() - s->token_ms < OPERATE_TOKEN_MS &&
           turn_judge(&s->turn, &answer, &why) == ERR_OK && answer.frozen[0] == '\0';
}

static enum err_code repeat(struct sending *s, struct job *job, enum sending_end *end,
                            struct err *err)
{
    struct err why = {0};

    for (size_t i = 0; i < ARRAY_LEN(pauses_ms); i++) {
        enum err_code rc = task_sleep(s->turn.task, pauses_ms[i], err);

        if (rc)
            return rc;
        if (!sending_may_repeat(s))
            return look_up(s, job, end, err);
        note(job, "AWS's answer was lost: asks again with the same token");
        rc = s->turn.operation->send(&s->turn, &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        if (!rc || s->turn.is_sent) {
            *end = SENDING_DONE;
            return ERR_OK;
        }
        /* A refusal of this one tells nothing about the first. */
        if (!s->turn.is_unknown)
            break;
    }
    return err_set(err, ERR_FAILED, "still unknown whether AWS did it: %.380s", why.text);
}

enum err_code sending_settle(struct sending *s, struct task *task, struct deploy *deploy,
                             struct job *job, bool may_repeat, enum sending_end *end,
                             struct err *err)
{
    enum err_code rc = take_up(s, task, deploy, err);

    if (rc)
        return err_prefix(err, "still unknown whether AWS did it");
    s->turn.job = job;
    return may_repeat && sending_may_repeat(s) ? repeat(s, job, end, err)
                                               : look_up(s, job, end, err);
}
