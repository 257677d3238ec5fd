/* penstock logs: a build's log as lines, once or as it grows. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/cli/log_lines.h"
#include "core/cli/place.h"
#include "core/cli/reader.h"
#include "core/cli/verb.h"
#include "core/operate/history.h"
#include "core/operate/log.h"

enum { ARENA_CAP = 1 << 20 };

struct logs {
    struct session *session;
    struct log_lines lines;
    struct arena arena;
    struct operand what;
    struct log_choice choice;
    struct log_tail tail;
    struct err told; /* the last trouble */
    bool is_offline; /* AWS could not be asked a moment ago, which was told */
};

/* ---- which one ---- */

static bool is_followed(const struct logs *l)
{
    return cli_option(l->session->cli, OPTION_FOLLOW) != NULL;
}

/* A stage may be named by the environment that it serves, as everywhere. */
static enum err_code find_pipeline(struct logs *l, struct err *err)
{
    const struct cli *cli = l->session->cli;
    const struct place_words words = {.name = cli->args[0],
                                      .stage = cli->arg_count > 1 ? cli->args[1] : NULL,
                                      .action = cli->arg_count > 2 ? cli->args[2] : NULL};
    enum err_code rc =
        place_find(l->session, &words, words.stage != NULL ? PLACE_FAILED : PLACE_PIPELINE,
                   &l->arena, &l->what, err);

    return rc ? rc
              : place_execution(l->session, sv_of(cli_option(cli, OPTION_EXECUTION)), PLACE_TO_READ,
                                &l->arena, &l->what, err);
}

static enum err_code choose(struct logs *l, struct err *err)
{
    return log_choose(l->session->cache, &l->what, is_followed(l), &l->arena, &l->choice, err);
}

/* Executions before the latest are read when they are asked for. */
static enum err_code choose_or_read(struct logs *l, struct reader *reader, struct err *err)
{
    enum err_code rc = choose(l, err);

    if (rc != ERR_NOT_FOUND || l->what.execution_id.len == 0)
        return rc;
    rc = reader_run(reader, history_read, &l->what, err);
    return rc ? rc : choose(l, err);
}

static enum err_code say_instead(const struct logs *l, struct err *err)
{
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, ERR_TEXT_MAX);
    if (log_instead(&l->choice, &text, NULL) && text.len == 0)
        return err_set(err, ERR_NOT_FOUND, "this action has no log");
    return err_set(err, ERR_NOT_FOUND, "%s", sb_cstr(&text));
}

/* ---- printing ---- */

static enum err_code find_kept(struct logs *l, struct arena *arena, struct cached_log *log,
                               struct err *err)
{
    return cache_find_build_log(l->session->cache, l->what.id.partition, l->what.id.account,
                                l->choice.region, l->choice.build, arena, log, err);
}

static enum err_code print_kept(struct logs *l, struct err *err)
{
    struct cached_log log;
    struct arena arena;
    enum err_code rc;

    arena_init(&arena, ARENA_CAP);
    rc = find_kept(l, &arena, &log, err);
    if (rc == ERR_OK && l->lines.printed == 0 && log.first_line > 0)
        cli_note("the first %lld lines are not kept any more", (long long)log.first_line);
    if (rc == ERR_OK)
        rc = log_lines_print(&l->lines, &log, err);
    arena_release(&arena);
    return rc;
}

static enum err_code on_news(void *owner, const struct log_tail *tail, struct err *err)
{
    struct logs *l = owner;
    enum err_code rc;

    if (tail->trouble.code != ERR_OK && strcmp(tail->trouble.text, l->told.text) != 0)
        cli_note("%s; it is tried again", tail->trouble.text);
    l->told = tail->trouble;
    rc = print_kept(l, err);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code tail(struct task *task, void *owner, struct err *err)
{
    return log_tail(task, &((struct logs *)owner)->tail, err);
}

static enum err_code read_and_print(struct logs *l, struct reader *reader, struct err *err)
{
    l->tail = (struct log_tail){.deploy = &reader->deploy,
                                .at = l->what.id,
                                .build = l->choice.build,
                                .is_follow = is_followed(l),
                                .is_patient = true,
                                .news = on_news,
                                .owner = l};
    l->tail.at.region = l->choice.region;
    return errand_run(l->session->net, tail, l, err);
}

/* The build's own result, when it was followed to its end. */
static int outcome(const struct logs *l)
{
    if (!is_followed(l) || strcmp(l->tail.outcome, "SUCCEEDED") == 0)
        return 0;
    return err_exit_status(ERR_FAILED);
}

/* What is kept, when AWS cannot be asked for more: why was told. */
static enum err_code show_as_kept(struct logs *l, struct err *err)
{
    char age[TIME_AGE_SIZE];
    struct cached_log log;
    struct arena arena;

    arena_init(&arena, ARENA_CAP);
    if (l->choice.build.len > 0 && find_kept(l, &arena, &log, NULL) == ERR_OK) {
        time_age(log.read_at, l->session->now_ms, age);
        cli_note("the log is as it was %s ago", age);
    }
    arena_release(&arena);
    return print_kept(l, err);
}

static bool is_cut_off(const struct logs *l, enum err_code rc)
{
    return session_is_cut_off(rc) && !is_followed(l);
}

static enum err_code show_cached(struct logs *l, struct err *err)
{
    enum err_code rc = choose(l, err);

    if (rc == ERR_OK && l->choice.build.len == 0)
        rc = say_instead(l, err);
    if (rc == ERR_OK)
        rc = l->is_offline ? show_as_kept(l, err) : print_kept(l, err);
    if (rc == ERR_NOT_FOUND && l->choice.build.len > 0)
        return err_set(err, ERR_STALE, "the log of " SV_FMT "/" SV_FMT " is not kept yet",
                       SV_ARG(sv_take(l->choice.stage, 100)),
                       SV_ARG(sv_take(l->choice.action, 100)));
    return rc;
}

static enum err_code read_and_show(struct logs *l, struct reader *reader, int *status,
                                   struct err *err)
{
    struct err why = {0};
    struct err lost;
    enum err_code rc = read_and_print(l, reader, &why);

    if (rc == ERR_OK) {
        *status = outcome(l);
        return ERR_OK;
    }
    if (is_cut_off(l, rc) && show_as_kept(l, &lost) == ERR_OK)
        *status = cli_fail(&why);
    else
        return err_set(err, rc, "%s", why.text);
    return ERR_OK;
}

static enum err_code show(struct logs *l, int *status, struct err *err)
{
    struct reader reader = {0};
    enum err_code rc = find_pipeline(l, err);

    if (rc == ERR_OK && l->session->cli->is_cached)
        return show_cached(l, err);
    if (rc == ERR_OK && *status != 0 && !is_followed(l) &&
        !session_is_reachable(l->session, &l->what.id)) {
        l->is_offline = true;
        return show_cached(l, err);
    }
    if (rc == ERR_OK)
        rc = reader_open(&reader, l->session, err);
    if (rc == ERR_OK)
        rc = choose_or_read(l, &reader, err);
    if (rc == ERR_OK && l->choice.build.len == 0)
        rc = say_instead(l, err);
    if (rc == ERR_OK)
        rc = read_and_show(l, &reader, status, err);
    reader_close(&reader);
    return rc;
}

/* Which build it is changes with each execution, so it is always asked for. */
static enum err_code freshen(struct session *s, int *status, struct err *err)
{
    struct sv name = sv_of(s->cli->args[0]);

    s->cli->is_refresh = true;
    return session_freshen(s, &name, 1, status, err);
}

int run_logs(struct cli *cli)
{
    struct session s;
    struct out out;
    struct logs *l;
    struct err err = {0};
    int status = 0;

    if (cli->is_cached && cli_option(cli, OPTION_FOLLOW) != NULL) {
        err_set(&err, ERR_USAGE, "--cached and --follow exclude each other");
        return cli_fail(&err);
    }
    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    l = mem_alloc(sizeof *l);
    out_init(&out);
    if (l == NULL) {
        (void)mem_err(&err);
        status = cli_fail(&err);
    } else {
        l->session = &s;
        arena_init(&l->arena, 64 << 20);
        log_lines_init(&l->lines, s.cache, &out);
        l->lines.is_json = cli->format == CLI_JSON;
        l->lines.has_times = cli_option(cli, OPTION_TIMESTAMPS) != NULL;
        if (freshen(&s, &status, &err) || show(l, &status, &err))
            status = cli_fail(&err);
        log_lines_release(&l->lines);
        arena_release(&l->arena);
        mem_free(l);
    }
    out_release(&out);
    if (status == 0)
        status = session_tell_stale(&s);
    session_close(&s);
    return status;
}
