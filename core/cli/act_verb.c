#include "core/cli/act_verb.h"

#include <signal.h>
#include <unistd.h>

#include "core/base/time.h"
#include "core/cli/out.h"
#include "core/deploy/audit.h"

enum { WORD_MAX = 256, AUDIT_PATIENCE_MS = 5000, LOOK_BACK_MS = 2000, LOOKED_MAX = 16 * 1024 };

/* ---- interrupts ---- */

static volatile sig_atomic_t was_interrupted;

static void on_interrupt(int number UNUSED)
{
    was_interrupted = 1;
}

/* What was sent goes on at AWS; who is interrupted, or whose connection breaks off, says so and
 * leaves a line in the audit log. A second time ends at once. Under nohup a hangup stays ignored.
 */
static void heed_interrupts(void)
{
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND};
    struct sigaction before;

    action.sa_handler = on_interrupt;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        (void)sigaction(SIGHUP, &action, NULL);
}

/* ---- asking ---- */

/* What is typed on the terminal, without its newline; false when there is nobody to ask. */
static bool ask(const char *question, char answer[WORD_MAX])
{
    ssize_t got;

    if (!isatty(0) || !isatty(2))
        return false;
    (void)fprintf(stderr, "%s", question);
    (void)fflush(stderr);
    got = read(0, answer, WORD_MAX - 1);
    if (got <= 0)
        return false;
    answer[got] = '\0';
    answer[strcspn(answer, "\r\n")] = '\0';
    return true;
}

/* Nobody agreed: the audit is told, too. */
static enum err_code declined(struct act *act, enum err_code rc, struct err *err)
{
    if (was_interrupted)
        rc = err_set(err, ERR_CANCELLED, "interrupted; nothing was done");
    (isatty(0) && isatty(2) ? act_leave : act_decline)(act, err->text);
    return rc;
}

static enum err_code agree(struct cli *cli, struct act *act, struct err *err)
{
    const char *word = cli_option(cli, OPTION_CONFIRM);
    char answer[WORD_MAX] = "";
    char question[WORD_MAX];

    /* Nobody is asked about what cannot be done. */
    if (act->plan.defects->errors > 0 || act->deploy->is_read_only)
        return act_confirm(act, SV(""), err);
    if (act->plan.confirm[0] != '\0') {
        (void)snprintf(question, sizeof question, "Type %s to do this: ", act->plan.confirm);
        if (word == NULL && !ask(question, answer))
            return declined(act,
                            err_set(err, ERR_USAGE,
                                    "this needs --confirm %s, or a terminal to type it on",
                                    act->plan.confirm),
                            err);
        return act_confirm(act, sv_of(word != NULL ? word : answer), err);
    }
    if (cli_option(cli, OPTION_YES) == NULL) {
        if (!ask("Do this? [y/N] ", answer))
            return declined(
                act, err_set(err, ERR_USAGE, "this needs --yes, or a terminal to ask on"), err);
        if (strcmp(answer, "y") != 0 && strcmp(answer, "Y") != 0 && strcmp(answer, "yes") != 0)
            return declined(act, err_set(err, ERR_CANCELLED, "nothing was done"), err);
    }
    return act_confirm(act, SV(""), err);
}

/* ---- telling ---- */

struct teller {
    struct act *act;
    struct out out;
    bool is_json;
    size_t events;
    size_t steps; /* begun or ended: told twice each */
    enum step_state states[256];
    bool is_done;
};

/* "  08:51:39 ! CREATE_FAILED AWS::KMS::Key ArtifactKey: why" */
static enum err_code tell_event(struct teller *t, const struct job_event *e, struct err *err)
{
    char at[TIME_RFC3339_SIZE];
    struct sb *out = &t->out.text;
    const struct sv parts[] = {sv_of(e->status), sv_of(e->type), sv_of(e->subject)};
    enum err_code rc;

    (void)time_rfc3339(e->at_ms, at);
    rc = sb_addf(out, err, "  %.8s %c", strlen(at) > 19 ? at + 11 : "--:--:--",
                 e->is_failure ? '!' : ' ');
    for (size_t i = 0; i < ARRAY_LEN(parts) && !rc; i++) {
        if (parts[i].len > 0)
            rc = sb_addc(out, ' ', err);
        if (!rc)
            rc = sb_add_safe(out, parts[i], err);
    }
    if (!rc && e->text[0] != '\0') {
        rc = sb_add(out, SV(": "), err);
        if (!rc)
            rc = sb_add_safe(out, sv_of(e->text), err);
    }
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code tell_step(struct teller *t, size_t i, struct err *err)
{
    const struct job_step *s = &t->act->job.steps[i];
    enum err_code rc;

    if (s->state == t->states[i])
        return ERR_OK;
    t->states[i] = s->state;
    rc = sb_addf(&t->out.text, err, "[%zu/%zu] ", i + 1, t->act->job.step_count);
    if (!rc)
        rc = sb_add_safe(&t->out.text, sv_of(s->title), err);
    if (!rc && s->state != STEP_RUNS)
        rc = sb_addf(&t->out.text, err, ": %s", step_state_word(s->state));
    if (!rc && s->state != STEP_RUNS && s->note[0] != '\0') {
        rc = sb_add(&t->out.text, SV(", "), err);
        if (!rc)
            rc = sb_add_safe(&t->out.text, sv_of(s->note), err);
    }
    return rc ? rc : sb_addc(&t->out.text, '\n', err);
}

/* What was agreed to is not given up halfway because nobody reads on. */
static enum err_code flush(struct teller *t, struct err *err)
{
    struct err why = {0};
    enum err_code rc = out_flush(&t->out, &why);

    if (rc && !(rc == ERR_CANCELLED && why.text[0] == '\0'))
        return err_set(err, rc, "%s", why.text);
    return ERR_OK;
}

/* A step's beginning before its events, its end behind them. */
static enum err_code tell(struct teller *t, struct err *err)
{
    const struct job *job = &t->act->job;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->step_count && i < ARRAY_LEN(t->states) && !rc; i++) {
        if (job->steps[i].state == STEP_RUNS)
            rc = tell_step(t, i, err);
        while (!rc && t->events < job->event_count && job->events[t->events].step == (int)i)
            rc = tell_event(t, &job->events[t->events++], err);
        if (!rc && job->steps[i].state != STEP_RUNS)
            rc = tell_step(t, i, err);
    }
    return rc ? rc : flush(t, err);
}

static void on_done(void *listener, struct act *act UNUSED)
{
    ((struct teller *)listener)->is_done = true;
}

static enum err_code wait_for(struct bench *b, struct teller *t, bool tells, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (!t->is_done && !rc) {
        uint64_t before = t->act->job.changes;

        if (was_interrupted && t->act->job.state == JOB_RUNS) {
            job_cancel(&t->act->job);
            break;
        }
        if (was_interrupted)
            return err_set(err, ERR_CANCELLED, "interrupted; nothing was done");
        rc = net_wait(b->session.net, NULL, 0, -1, err);
        if (!rc && tells && t->act->job.changes != before)
            rc = tell(t, err);
    }
    t->is_done = false;
    return rc;
}

/* ---- the end ---- */

static void put_step_json(struct jw *w, const struct job_step *s)
{
    jw_open(w, '{');
    jw_put_sv(w, "title", sv_of(s->title));
    jw_put_sv(w, "state", sv_of(step_state_word(s->state)));
    jw_put_sv(w, "note", sv_of(s->note));
    jw_put_time(w, "began", s->began_ms);
    jw_put_time(w, "ended", s->ended_ms);
    jw_close(w, '}');
}

static void put_event_json(struct jw *w, const struct job_event *e)
{
    jw_open(w, '{');
    jw_put_time(w, "at", e->at_ms);
    jw_put_int(w, "step", e->step);
    jw_put_sv(w, "subject", sv_of(e->subject));
    jw_put_sv(w, "type", sv_of(e->type));
    jw_put_sv(w, "status", sv_of(e->status));
    jw_put_sv(w, "text", sv_of(e->text));
    jw_close(w, '}');
}

static enum err_code put_json(const struct bench *b, const struct act *act, bool only_plan,
                              struct sb *out, struct err *err)
{
    const struct job *job = &act->job;
    struct jw w;
    enum err_code rc;

    if (only_plan)
        return plan_json(&act->plan, out, err);
    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "plan");
    rc = plan_json(&act->plan, out, err);
    w.needs_comma = true;
    jw_put_bool(&w, "done", job->state == JOB_DONE || act->plan.is_nothing);
    jw_put_sv(&w, "error", sv_of(job->err.text));
    jw_put_sv(&w, "code", sv_of(job->err.text[0] == '\0' ? NULL : err_name(job->err.code)));
    if (act->execution[0] != '\0')
        jw_put_sv(&w, "execution", sv_of(act->execution));
    jw_put_int(&w, "calls", (int64_t)b->deploy.calls);
    jw_name(&w, "steps");
    jw_open(&w, '[');
    for (size_t i = 0; i < job->step_count; i++)
        put_step_json(&w, &job->steps[i]);
    jw_close(&w, ']');
    jw_name(&w, "events");
    jw_open(&w, '[');
    for (size_t i = 0; i < job->event_count; i++)
        put_event_json(&w, &job->events[i]);
    jw_close(&w, ']');
    jw_close(&w, '}');
    return rc ? rc : jw_done(&w);
}

static enum err_code show_plan(struct cli *cli, const struct bench *b, struct teller *t,
                               bool only_plan, struct err *err)
{
    bool shows_template = cli_option(cli, OPTION_TEMPLATE) != NULL;
    enum err_code rc = ERR_OK;

    if (t->is_json && !only_plan)
        return ERR_OK;
    rc = t->is_json ? put_json(b, t->act, true, &t->out.text, err)
                    : plan_text(&t->act->plan, shows_template, &t->out.text, err);
    if (!rc && t->is_json)
        rc = sb_addc(&t->out.text, '\n', err);
    if (!rc && !t->is_json && only_plan && t->act->plan.confirm[0] != '\0')
        rc = sb_addf(&t->out.text, err, "To do this, %s must be typed: --confirm %s\n",
                     t->act->plan.confirm, t->act->plan.confirm);
    return rc ? rc : out_flush(&t->out, err);
}

/* What can be done about a job that did not end well. */
static void tell_offers(const struct act *act)
{
    if (act->job.state != JOB_FAILED || action_is_operation(act->action))
        return;
    cli_note("to go on from here run the same command again; what is done stays done");
    if (act->action == ACTION_CREATE)
        cli_note("to take back what was made: penstock delete " SV_FMT " --delete-repository",
                 SV_ARG(act->input.definition.name));
}

static enum err_code tell_end(const struct bench *b, struct teller *t, const struct err *failure,
                              struct err *err)
{
    enum err_code rc;

    if (!t->is_json) {
        rc = tell(t, err);
    } else {
        if (t->act->job.err.text[0] == '\0' && failure->text[0] != '\0')
            t->act->job.err = *failure;
        rc = put_json(b, t->act, false, &t->out.text, err);
        if (!rc)
            rc = sb_addc(&t->out.text, '\n', err);
    }
    return rc ? rc : flush(t, err);
}

/* What could not be written while it ran is written now; else it is lost with this process. */
static enum err_code complete_audit(const struct act *act, struct err *err)
{
    struct err why = {0};

    if (audit_write_kept(act->deploy->audit_dir, AUDIT_PATIENCE_MS, &why) == ERR_OK)
        return ERR_OK;
    return err_set(err, ERR_FAILED, "%s, but the audit log misses how it ended: %.300s",
                   act->job.state == JOB_DONE ? "it was done" : "it has ended", why.text);
}

/* Whoever interrupts a write hears what became of it, where AWS tells that soon. */
static void look_back(struct act *act)
{
    CLEANUP(sb_release) struct sb found;
    struct sv rest;

    sb_init(&found, LOOKED_MAX);
    if (act->job.state != JOB_CANCELLED || !act_look_back(act, LOOK_BACK_MS, &found))
        return;
    rest = sb_sv(&found);
    while (rest.len > 0) {
        struct sv line = sv_cut(rest, '\n', &rest);

        cli_note(SV_FMT, SV_ARG(line));
    }
    if (act_look_back(act, 0, &found))
        cli_note("whether it was carried out is not known: run the same command again, its plan "
                 "looks for it before anything is sent");
}

static enum err_code run_job(struct cli *cli, struct bench *b, struct teller *t, struct err *err)
{
    struct act *act = t->act;
    struct err failure = {0};
    bool is_nothing = act->plan.is_nothing && act->plan.defects->errors == 0;
    enum err_code rc;

    heed_interrupts();
    rc = is_nothing ? ERR_OK : agree(cli, act, &failure);
    if (!rc && !is_nothing)
        rc = act_run(act, &failure);
    if (!rc && !is_nothing)
        rc = wait_for(b, t, !t->is_json, &failure);
    look_back(act);
    if (tell_end(b, t, &failure, err))
        return ERR_FAILED;
    if (rc) {
        *err = failure;
        return rc;
    }
    rc = is_nothing ? ERR_OK : complete_audit(act, err);
    if (is_nothing || act->job.state == JOB_DONE)
        return rc;
    if (rc)
        cli_note("%s", err->text);
    tell_offers(act);
    *err = act->job.err;
    return act->job.err.code;
}

/* From the filled input on. */
static enum err_code carry_out(struct cli *cli, struct bench *b, bool only_plan, struct teller *t,
                               struct err *err)
{
    enum err_code rc;

    t->act->done = on_done;
    t->act->listener = t;
    t->act->is_dry = only_plan;
    rc = act_plan(t->act, err);
    if (!rc)
        rc = wait_for(b, t, false, err);
    if (!rc && t->act->state == ACT_FAILED_TO_PLAN) {
        *err = t->act->err;
        rc = t->act->err.code;
    }
    if (!rc)
        rc = show_plan(cli, b, t, only_plan, err);
    if (!rc && only_plan)
        return defects_err(t->act->plan.defects, err);
    return rc ? rc : run_job(cli, b, t, err);
}

static enum err_code whole(struct cli *cli, struct bench *b, enum action_id action,
                           act_fill_fn *fill, bool only_plan, struct teller *t, struct err *err)
{
    enum err_code rc = act_new(action, &b->deploy, b->session.net, &t->act, err);

    if (!rc)
        rc = fill(cli, t->act, err);
    return rc ? rc : carry_out(cli, b, only_plan, t, err);
}

enum err_code act_carry_out(struct cli *cli, struct bench *b, struct act *act, bool only_plan,
                            struct err *err)
{
    struct teller t = {.act = act, .is_json = cli->format == CLI_JSON};
    enum err_code rc;

    out_init(&t.out);
    rc = carry_out(cli, b, only_plan, &t, err);
    out_release(&t.out);
    act->done = NULL;
    return rc;
}

int act_verb(struct cli *cli, enum action_id action, act_fill_fn *fill, bool only_plan)
{
    struct teller t = {.is_json = cli->format == CLI_JSON};
    struct bench b;
    struct err err = {0};
    int status = 0;

    if (bench_open(&b, cli, &err))
        return cli_fail(&err);
    out_init(&t.out);
    if (whole(cli, &b, action, fill, only_plan, &t, &err))
        status = cli_fail(&err);
    act_free(t.act);
    out_release(&t.out);
    bench_close(&b);
    return status;
}
