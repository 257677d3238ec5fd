#include "core/operate/stacks_named.h"

#include "core/base/mem.h"
#include "core/cache/log_reader.h"
#include "core/model/ansi.h"
#include "core/model/fold.h"
#include "core/model/stack_mention.h"
#include "core/operate/failure.h"

enum { READ_CAP = 32 << 20, LINE_CAP = 64 * 1024, LINES_READ = 2000, LOGS_MAX = 20 };

/* What the rows of one CodePipeline have in common. */
struct naming {
    struct cache *cache;
    const struct pipeline_row *pipeline;
    struct pipeline_def def;
    struct arena arena;
    stack_named_fn *fn;
    void *owner;
    struct sv stage;
    struct sv action;
    struct ansi ansi;
    struct sb plain;
    enum err_code rc;
    struct err *err;
};

static struct naming *begin(struct cache *cache, const struct pipeline_row *pipeline,
                            stack_named_fn *fn, void *owner, struct err *err)
{
    struct naming *n = mem_alloc(sizeof *n); /* a task's stack is small */

    if (n == NULL) {
        (void)mem_err(err);
        return NULL;
    }
    memset(n, 0, sizeof *n);
    n->cache = cache;
    n->pipeline = pipeline;
    n->fn = fn;
    n->owner = owner;
    n->err = err;
    arena_init(&n->arena, READ_CAP);
    sb_init(&n->plain, LINE_CAP);
    return n;
}

static enum err_code end(struct naming *n, enum err_code rc)
{
    sb_release(&n->plain);
    arena_release(&n->arena);
    mem_free(n);
    return rc;
}

/* Fills in where its name stands. */
static enum err_code tell(const struct naming *n, struct stack_row *row, struct err *err)
{
    CLEANUP(sb_release) struct sb where;
    struct sv environment = fold_stage_environment(n->stage);
    enum err_code rc;

    sb_init(&where, 1024);
    rc = sb_addf(&where, err, SV_FMT "/" SV_FMT "/" SV_FMT,
                 SV_ARG(sv_take(n->pipeline->id.name, 200)), SV_ARG(sv_take(n->stage, 200)),
                 SV_ARG(sv_take(n->action, 200)));
    row->kind = STACK_KIND_BUILD;
    row->environment = environment.len > 0 ? environment : n->stage;
    row->where = sb_sv(&where);
    return rc ? rc : n->fn(n->owner, row, err);
}

/* ---- a failure's card ---- */

static enum err_code of_card(struct naming *n, const struct failure *card, struct err *err)
{
    char source[64];
    enum err_code rc = ERR_OK;

    (void)snprintf(source, sizeof source, "the failure of " SV_FMT,
                   SV_ARG(sv_take(card->execution_id, 8)));
    for (size_t i = 0; i < card->action_count && !rc; i++) {
        const struct failed_action *a = &card->actions[i];
        struct stack_row row = {.name = a->stack,
                                .source = sv_of(source),
                                .account = a->stack_account,
                                .region = a->stack_region,
                                .status = a->stack_status};

        n->stage = a->stage;
        n->action = a->action;
        if (row.name.len > 0)
            rc = tell(n, &row, err);
    }
    return rc;
}

enum err_code stacks_of_failure(struct cache *cache, const struct pipeline_row *pipeline,
                                stack_named_fn *fn, void *owner, struct err *err)
{
    const struct operand what = {.id = pipeline->id};
    struct naming *n = begin(cache, pipeline, fn, owner, err);
    struct err why = {0};
    struct failure card;
    int64_t read_at;
    enum err_code rc;

    if (n == NULL)
        return ERR_LIMIT;
    rc = failure_get(cache, &what, &n->arena, &card, &read_at, &why);
    if (rc == ERR_NOT_FOUND)
        return end(n, ERR_OK);
    if (rc)
        return end(n, err_set(err, rc, "%s", why.text));
    return end(n, of_card(n, &card, err));
}

/* ---- logs ---- */

/* A deployment prints the ARN of what it made on a line of its own; other lines may tell of stacks
 * that it only uses, unless they tell of an error. */
static bool is_telling(const struct log_line *line, struct sv text)
{
    return (line->flags & LOG_FLAG_ERROR) || sv_starts(text, SV("arn:"));
}

static bool take_line(void *owner, int64_t number UNUSED, const struct log_line *line)
{
    struct naming *n = owner;
    struct stack_mention found;
    struct stack_row row = {.source = SV("the log of its build"), .status = SV("")};

    sb_clear(&n->plain);
    ansi_begin(&n->ansi);
    n->rc = ansi_add(&n->ansi, line->text, &n->plain, n->err);
    if (n->rc || !is_telling(line, sb_sv(&n->plain)) ||
        !stack_mention_find(sb_sv(&n->plain), &found))
        return n->rc == ERR_OK;
    row.name = found.name;
    row.account = found.account;
    row.region = found.region;
    n->rc = tell(n, &row, n->err);
    return n->rc == ERR_OK;
}

static enum err_code read_log(struct naming *n, struct sv build, struct sv region, struct err *err)
{
    struct log_reader reader;
    struct cached_log log;
    int64_t from;
    struct err why = {0};
    enum err_code rc =
        cache_find_build_log(n->cache, n->pipeline->id.partition, n->pipeline->id.account, region,
                             build, &n->arena, &log, &why);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    log_reader_init(&reader);
    n->rc = ERR_OK;
    rc = log_reader_open(&reader, n->cache, &log, err);
    from = reader.lines - LINES_READ > reader.first_line ? reader.lines - LINES_READ
                                                         : reader.first_line;
    if (!rc)
        rc = log_reader_each(&reader, from, reader.lines, take_line, n, err);
    log_reader_release(&reader);
    return rc ? rc : n->rc;
}

static struct sv region_of(const struct naming *n)
{
    for (size_t i = 0; i < n->def.stage_count; i++) {
        const struct stage_def *s = &n->def.stages[i];

        for (size_t k = 0; sv_eq(s->name, n->stage) && k < s->action_count; k++) {
            if (sv_eq(s->actions[k].name, n->action) && s->actions[k].region.len > 0)
                return s->actions[k].region;
        }
    }
    return n->pipeline->id.region;
}

static enum err_code of_builds(struct naming *n, const struct pipeline_state *state,
                               struct err *err)
{
    int logs = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *s = &state->stages[i];

        n->stage = s->name;
        for (size_t k = 0; k < s->action_count && logs < LOGS_MAX && !rc; k++) {
            n->action = s->actions[k].name;
            if (s->actions[k].external_id.len == 0)
                continue;
            logs++;
            rc = read_log(n, s->actions[k].external_id, region_of(n), err);
        }
    }
    return rc;
}

enum err_code stacks_of_logs(struct cache *cache, const struct pipeline_row *pipeline,
                             stack_named_fn *fn, void *owner, struct err *err)
{
    struct naming *n = begin(cache, pipeline, fn, owner, err);
    struct cache_pipeline p;
    enum err_code rc;

    if (n == NULL)
        return ERR_LIMIT;
    rc = cache_get_pipeline(cache, pipeline->rowid, &n->arena, &p, err);
    if (!rc && cache_get_def(cache, pipeline->rowid, &n->arena, &n->def, NULL))
        n->def = (struct pipeline_def){.stage_count = 0};
    return end(n, rc ? rc : of_builds(n, &p.state, err));
}
