#include "core/operate/sending.h"

#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/operate/reach.h"

enum {
    TEXTS_MAX = 32 << 20,
    NOES_NEEDED = 2, /* with a pause between them */
    PLAN_LOOKS = 2,
    IN_FLIGHT_MS = 60 * 1000 /* so long one that was cut on its way may yet be carried out */
};

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

static bool is_print(const struct sending *s, const struct turn *turn)
{
    char print[TURN_PRINT_SIZE];

    turn_print(turn, print);
    return strcmp(print, s->print) == 0;
}

static bool is_print_state(const struct sending *s, const struct turn *turn)
{
    char state[TURN_PRINT_SIZE];

    turn_print_state(turn, state);
    return strcmp(state, s->print_state) == 0;
}

bool sending_is_asked(const struct sending *s, const struct turn *turn)
{
    return is_print(s, turn) && (s->turn.operation->has_token || is_print_state(s, turn));
}

bool sending_is_same(const struct sending *s, const struct turn *turn)
{
    const struct operand *a = s->turn.operand;
    const struct operand *b = turn->operand;

    if (s->is_recalled)
        return is_print(s, turn) && is_print_state(s, turn);
    return sv_eq(s->turn.state, turn->state) && sv_eq(a->action, b->action) &&
           sv_eq(a->execution_id, b->execution_id) && sv_eq(a->path, b->path) &&
           same_input(s->turn.input, turn->input);
}

/* ---- of another process ---- */

static void tell_who(const struct audit_row *row, char out[SENDING_WHO_SIZE])
{
    (void)snprintf(out, SENDING_WHO_SIZE, " by " SV_FMT " (pid %lld)",
                   SV_ARG(sv_take(row->user, 60)), (long long)row->pid);
}

static enum err_code find_row(const struct turn *t, struct arena *arena, struct audit_row *out,
                              enum audit_open *open, struct err *err)
{
    CLEANUP(sb_release) struct sb target;
    const char *operation = strchr(t->operation->iam, ':');
    struct audit_seek seek = {.action = sv_of(t->deploy->action),
                              .operation = sv_of(operation == NULL ? "" : operation + 1),
                              .account = t->operand->id.account,
                              .region = t->operand->id.region,
                              .since_ms = time_wall_ms() - SENDING_RECALLED_MS};
    enum err_code rc;

    sb_init(&target, 2 * OPERAND_NAME_SIZE);
    rc = operated_name(t->operation, t->operand, SV(""), &target, err);
    seek.target = sb_sv(&target);
    seek.is_whole = t->operation->is_whole && t->operand->execution_id.len == 0;
    return rc ? rc : audit_find_open(t->deploy->audit_dir, &seek, arena, out, open, err);
}

/* As far as the row tells it. */
static enum err_code take_row(struct sending *s, const struct audit_row *row, struct err *err)
{
    struct turn *t = &s->turn;
    struct sv text = row->line.text;

    s->is_recalled = true;
    s->is_blind = t->operation->recall == NULL;
    s->sent_ms = row->at_ms;
    s->token_ms = time_mono_ms() - (time_wall_ms() - row->at_ms);
    tell_who(row, s->who);
    (void)snprintf(s->print, sizeof s->print, SV_FMT,
                   SV_ARG(sv_take(audit_mark(text, "request"), sizeof s->print - 1)));
    (void)snprintf(s->print_state, sizeof s->print_state, SV_FMT,
                   SV_ARG(sv_take(audit_mark(text, "state"), sizeof s->print_state - 1)));
    (void)snprintf(t->token, sizeof t->token, SV_FMT,
                   SV_ARG(sv_take(audit_mark(text, "token"), sizeof t->token - 1)));
    (void)snprintf(t->caller, sizeof t->caller, SV_FMT,
                   SV_ARG(sv_take(row->line.caller, sizeof t->caller - 1)));
    (void)snprintf(s->name, sizeof s->name, SV_FMT,
                   SV_ARG(sv_take(row->line.target, sizeof s->name - 1)));
    return turn_keep(t, row->line.before, &t->state, err);
}

static enum err_code find_again(struct sending *s, struct sv trace, struct err *err)
{
    const struct pipeline_id *id = &s->turn.operand->id;
    struct err why = {0};
    struct sv kept;
    enum err_code rc = turn_keep(&s->turn, trace, &kept, err);

    if (rc || s->is_blind)
        return rc;
    rc = reach_place(s->turn.task, s->turn.deploy, NULL, id->account, id->region, &s->turn.session,
                     NULL, &why);
    if (!rc)
        rc = s->turn.operation->recall(&s->turn, kept, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    s->is_blind = rc != ERR_OK;
    return ERR_OK;
}

static void drop_recalled(const struct turn *t)
{
    struct sending *s = sending_find(t->operation, t->operand);

    if (s != NULL && s->is_recalled)
        sending_close(s);
}

enum err_code sending_recall(const struct turn *turn, const char *name, struct sending **out,
                             char under_way[SENDING_WHO_SIZE], int64_t *sent_ms, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct audit_row row;
    enum audit_open open = AUDIT_OPEN_NONE;
    struct sending *s = NULL;
    enum err_code rc;

    *out = NULL;
    under_way[0] = '\0';
    drop_recalled(turn);
    arena_init(&arena, TEXTS_MAX);
    rc = find_row(turn, &arena, &row, &open, err);
    if (!rc && open == AUDIT_OPEN_UNDER_WAY) {
        tell_who(&row, under_way);
        *sent_ms = row.at_ms;
    }
    if (rc || open != AUDIT_OPEN_LOST)
        return rc;
    rc = sending_open(turn, name, &s, err);
    if (!rc)
        rc = take_row(s, &row, err);
    if (!rc)
        rc = find_again(s, audit_mark(row.line.text, "trace"), err);
    if (rc) {
        sending_close(s);
        return rc;
    }
    sending_hold(s);
    *out = s;
    return ERR_OK;
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

/* By its token the row "sent" is found again. */
static void tell_audit(struct sending *s, const char *outcome, const char *text)
{
    char line[200];

    (void)snprintf(line, sizeof line, "%s [token %s]", text, s->turn.token);
    turn_audit(&s->turn, s->name, outcome, sv_of(line));
}

static enum sending_end ended(struct sending *s, enum sending_end end)
{
    s->turn.is_sent = end == SENDING_DONE;
    if (end == SENDING_NOT_DONE)
        s->turn.result = SV("");
    tell_audit(s, end == SENDING_DONE ? "done" : "failed",
               end == SENDING_DONE ? "AWS's answer was lost; it was done"
                                   : "AWS's answer was lost; it was not done as far as AWS shows");
    return end;
}

void sending_accept(struct sending *s)
{
    (void)ended(s, s->end);
}

static enum sending_end looked_up(struct sending *s, enum sending_end end)
{
    if (!s->is_recalled)
        return ended(s, end);
    s->is_looked_up = true;
    s->end = end;
    return end;
}

void sending_give_up(struct sending *s)
{
    tell_audit(s, "unknown",
               "AWS's answer was lost; whether it was done stayed unknown, and another was agreed "
               "to");
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
    for (size_t i = 0; i < PLAN_LOOKS && !rc && !s->is_blind; i++) {
        bool is_done = false;

        rc = task_sleep(task, pauses_ms[i], &why);
        if (!rc)
            rc = s->turn.operation->was_done(&s->turn, &is_done, &why);
        if (rc || !is_done) {
            noes += !rc;
            continue;
        }
        *end = looked_up(s, SENDING_DONE);
        return ERR_OK;
    }
    /* A request that was cut on its way may still be carried out: while its token is good, only
     * asking with it tells. */
    if (noes == NOES_NEEDED && !sending_may_repeat(s) && time_wall_ms() - s->sent_ms > IN_FLIGHT_MS)
        *end = looked_up(s, SENDING_NOT_DONE);
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

static enum err_code send_again(struct sending *s, struct err *err)
{
    void *found = s->turn.found;
    enum err_code rc;

    if (s->fresh != NULL)
        s->turn.found = s->fresh;
    rc = s->turn.operation->send(&s->turn, err);
    s->turn.found = found;
    return rc;
}

static enum err_code repeat(struct sending *s, struct job *job, enum sending_end *end,
                            struct err *err)
{
    struct err why = {0};

    for (size_t i = 0; i < ARRAY_LEN(pauses_ms); i++) {
        enum err_code rc = task_sleep(s->turn.task, pauses_ms[i], err);

        if (rc)
            return rc;
        if (!sending_may_repeat(s) && !s->is_blind)
            return look_up(s, job, end, err);
        if (!sending_may_repeat(s))
            break;
        note(job, "AWS's answer was lost: asks again with the same token");
        rc = send_again(s, &why);
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
