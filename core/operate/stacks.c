/* Reading the stacks of a pipeline: what should be there is listed first, then each account and
 * region that it is in is looked at once. A place that cannot be reached is told in its rows, and
 * hides no other. */
#include "core/operate/stacks_named.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/pipeline.h"
#include "core/deploy/stack.h"
#include "core/model/fold.h"
#include "core/model/stack_word.h"
#include "core/operate/reach.h"

enum {
    TEXTS_MAX = 48 << 20,
    PAGE_ARENA = 32 << 20,
    PLACES_MAX = 100,
    REASON_SHOWN = 600,
    NOTE_MAX = 300,
    NAMES_MAX = 200
};

struct place {
    struct sv account;
    struct sv region;
};

/* A name that a build of the pipeline would give its stack. */
struct likely {
    struct sv name;
    struct sv environment;
};

struct listing {
    struct task *task;
    struct deploy *deploy;
    struct arena arena;
    const struct pipeline_id *id; /* as it was asked for */
    struct stack_list list;
    struct sv ours; /* the pipeline's name in penstock's tags; "" = it is not penstock's */
    struct pipeline_row *pipelines; /* the CodePipelines of it */
    size_t pipeline_count;
    const struct pipeline_row *naming; /* whose builds are looked at */
    struct likely likely[NAMES_MAX];
    size_t likely_count;
    struct definition definition;
    struct environment_list environments;
    struct place places[PLACES_MAX];
    size_t place_count;
    const struct place *place; /* that is being looked at */
    size_t looked;             /* places that AWS told of */
    struct err why;            /* of the first that it did not */
};

/* ---- what should be there ---- */

static struct stack_row *find_row(const struct listing *l, struct sv name, struct sv account,
                                  struct sv region)
{
    for (size_t i = 0; i < l->list.count; i++) {
        struct stack_row *row = &l->list.rows[i];

        if (sv_eq(row->name, name) && sv_eq(row->account, account) && sv_eq(row->region, region))
            return row;
    }
    return NULL;
}

static enum err_code add_place(struct listing *l, struct sv account, struct sv region,
                               struct err *err)
{
    for (size_t i = 0; i < l->place_count; i++) {
        if (sv_eq(l->places[i].account, account) && sv_eq(l->places[i].region, region))
            return ERR_OK;
    }
    if (l->place_count == PLACES_MAX)
        return err_set(err, ERR_LIMIT, "a pipeline in more than %d accounts and regions",
                       PLACES_MAX);
    l->places[l->place_count++] = (struct place){account, region};
    return ERR_OK;
}

static enum err_code keep(struct listing *l, struct sv text, struct sv *out, struct err *err)
{
    *out = arena_sv(&l->arena, text.ptr == NULL ? SV("") : text);
    return out->ptr == NULL ? arena_err(&l->arena, err) : ERR_OK;
}

/* A stack that is there for two reasons is one row; the first reason counts. Texts are copied. */
static enum err_code add_row(struct listing *l, const struct stack_row *wanted, struct err *err)
{
    struct stack_row *row = find_row(l, wanted->name, wanted->account, wanted->region);
    enum err_code rc = ERR_OK;

    if (row != NULL && row->where.len == 0)
        rc = keep(l, wanted->where, &row->where, err);
    if (row != NULL)
        return rc;
    if (l->list.count == STACK_ROWS_MAX)
        return err_set(err, ERR_LIMIT, "a pipeline of more than %d stacks", STACK_ROWS_MAX);
    row = &l->list.rows[l->list.count];
    *row = (struct stack_row){.kind = wanted->kind};
    rc = keep(l, wanted->name, &row->name, err);
    if (!rc)
        rc = keep(l, wanted->environment, &row->environment, err);
    if (!rc)
        rc = keep(l, wanted->where, &row->where, err);
    if (!rc)
        rc = keep(l, wanted->source, &row->source, err);
    if (!rc)
        rc = keep(l, wanted->account, &row->account, err);
    if (!rc)
        rc = keep(l, wanted->region, &row->region, err);
    if (!rc)
        rc = add_place(l, row->account, row->region, err);
    row->id = row->status = row->reason = row->drift = row->note = SV("");
    l->list.count += rc == ERR_OK;
    return rc;
}

struct sv action_account(const struct action_def *action, const struct pipeline_id *id)
{
    struct sv rest = action->role_arn;
    struct sv account;

    for (int i = 0; i < 4 && rest.len > 0; i++)
        (void)sv_cut(rest, ':', &rest);
    account = sv_cut(rest, ':', &rest);
    return account.len == 12 ? account : id->account;
}

static enum err_code want_action(struct listing *l, const struct pipeline_row *pipeline,
                                 const struct stage_def *stage, const struct action_def *action,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb where;
    struct sv environment = fold_stage_environment(stage->name);
    struct stack_row row = {.name = action->stack,
                            .kind = STACK_KIND_ACTION,
                            .environment = environment.len > 0 ? environment : stage->name,
                            .account = action_account(action, &pipeline->id),
                            .region =
                                action->region.len > 0 ? action->region : pipeline->id.region};
    enum err_code rc;

    sb_init(&where, 1024);
    rc = sb_addf(&where, err, SV_FMT "/" SV_FMT "/" SV_FMT, SV_ARG(pipeline->id.name),
                 SV_ARG(stage->name), SV_ARG(action->name));
    row.where = sb_sv(&where);
    return rc ? rc : add_row(l, &row, err);
}

/* NAME-<stage>, as data.all and many an application of CDK name theirs. */
static enum err_code expect(struct listing *l, struct sv environment, struct err *err)
{
    CLEANUP(sb_release) struct sb name;
    struct likely *likely = &l->likely[l->likely_count];
    enum err_code rc;

    sb_init(&name, 1024);
    if (environment.len == 0 || l->likely_count == NAMES_MAX)
        return ERR_OK;
    rc = sb_addf(&name, err, SV_FMT "-" SV_FMT, SV_ARG(l->list.pipeline), SV_ARG(environment));
    if (!rc)
        rc = keep(l, sb_sv(&name), &likely->name, err);
    likely->environment = environment;
    l->likely_count += rc == ERR_OK;
    return rc;
}

/* The actions of a definition that the cache has; one that it has not yet comes with the next
 * sync. */
static enum err_code want_actions(struct listing *l, const struct pipeline_row *row,
                                  struct err *err)
{
    struct pipeline_def def;
    struct err why = {0};
    enum err_code rc = cache_get_def(l->deploy->cache, row->rowid, &l->arena, &def, &why);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    for (size_t i = 0; i < def.stage_count && !rc; i++) {
        rc = expect(l, fold_stage_environment(def.stages[i].name), err);
        for (size_t k = 0; k < def.stages[i].action_count && !rc; k++) {
            if (def.stages[i].actions[k].stack.len > 0)
                rc = want_action(l, row, &def.stages[i], &def.stages[i].actions[k], err);
        }
    }
    return rc;
}

static enum err_code find_ours(struct listing *l, const struct pipeline_row *row, struct err *err)
{
    struct cache_pipeline pipeline;
    enum err_code rc = cache_get_pipeline(l->deploy->cache, row->rowid, &l->arena, &pipeline, err);

    for (size_t i = 0; !rc && i < pipeline.tag_count; i++) {
        if (sv_eq(pipeline.tags[i].key, SV("penstock:pipeline")))
            l->ours = pipeline.tags[i].value;
    }
    return rc;
}

static enum err_code want_of_cache(struct listing *l, struct err *err)
{
    enum err_code rc = logical_pipeline(l->deploy->cache, l->id, &l->arena, &l->list.pipeline, err);

    if (!rc)
        rc = cache_siblings(l->deploy->cache, l->id->partition, l->id->account, l->id->region,
                            l->list.pipeline, &l->arena, &l->pipelines, &l->pipeline_count, err);
    if (!rc && l->pipeline_count == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "the cache has no pipeline " SV_FMT " in account " SV_FMT
                       ": see penstock status",
                       SV_ARG(sv_take(l->id->name, 100)), SV_ARG(l->id->account));
    for (size_t i = 0; i < l->pipeline_count && !rc; i++) {
        rc = find_ours(l, &l->pipelines[i], err);
        if (!rc)
            rc = want_actions(l, &l->pipelines[i], err);
    }
    return rc;
}

/* ---- what its builds deploy ---- */

/* A name without a place is a stack that is listed already, or one beside the pipeline. */
static enum err_code want_named(void *owner, const struct stack_row *named, struct err *err)
{
    struct listing *l = owner;
    struct stack_row row = *named;

    for (size_t i = 0; i < l->list.count && row.account.len == 0; i++) {
        if (sv_eq(l->list.rows[i].name, row.name))
            return ERR_OK;
    }
    if (row.account.len == 0) {
        row.account = l->naming->id.account;
        row.region = l->naming->id.region;
    }
    return add_row(l, &row, err);
}

static enum err_code want_builds(struct listing *l, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < l->pipeline_count && !rc; i++) {
        l->naming = &l->pipelines[i];
        rc = stacks_of_failure(l->deploy->cache, l->naming, want_named, l, err);
        if (!rc)
            rc = stacks_of_logs(l->deploy->cache, l->naming, want_named, l, err);
        if (!rc)
            rc = add_place(l, l->naming->id.account, l->naming->id.region, err);
    }
    return rc;
}

/* ---- what penstock made ---- */

static enum err_code want_own(struct listing *l, struct err *err)
{
    const struct definition named = {.name = l->ours};
    char name[DERIVED_SIZE];
    const struct stack_row row = {.name =
                                      sv_of(definition_name(&named, NULL, DERIVED_STACK, -1, name)),
                                  .kind = STACK_KIND_PIPELINE,
                                  .environment = SV(""),
                                  .account = l->id->account,
                                  .region = l->id->region};

    return add_row(l, &row, err);
}

static enum err_code want_bootstrap(struct listing *l, struct sv name, struct err *err)
{
    const struct environment *e =
        environment_find(l->environments.items, l->environments.count, name);
    char stack[ENVIRONMENT_NAME_SIZE];
    struct stack_row row = {.kind = STACK_KIND_BOOTSTRAP, .environment = name};

    if (e == NULL)
        return ERR_OK;
    row.name = sv_of(environment_bootstrap_stack(e, stack));
    row.account = e->account;
    row.region = e->region;
    return add_row(l, &row, err);
}

/* Only the CICD context that keeps the pipeline knows its environments. */
static bool is_home(const struct listing *l)
{
    return sv_eq(l->id->account, sv_of(l->deploy->account)) &&
           sv_eq(l->id->region, sv_of(l->deploy->region));
}

static enum err_code want_environments(struct listing *l, struct err *err)
{
    struct made_pipeline made;
    struct err why = {0};
    enum err_code rc = reach_environments(l->task, l->deploy, &l->arena, &l->environments, &why);

    if (!rc)
        rc = pipeline_fetch(l->task, l->deploy, l->ours, &l->arena, &made, &why);
    /* Its own stack is looked for all the same, and says why it is not there. */
    if (rc == ERR_NOT_FOUND || rc == ERR_DENIED || rc == ERR_REPLY)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    l->definition = made.definition;
    for (size_t i = 0; i < made.definition.stage_count && !rc; i++)
        rc = want_bootstrap(l, made.definition.stages[i].environment, err);
    return rc ? rc : want_bootstrap(l, made.definition.cicd, err);
}

/* ---- what is there ---- */

static struct sv tag_of(const struct stack *stack, struct sv key)
{
    for (size_t i = 0; i < stack->tag_count; i++) {
        if (sv_eq(stack->tags[i].key, key))
            return stack->tags[i].value;
    }
    return SV("");
}

/* Nested stacks have their parent's tags: they are its resources, no rows of their own. */
static bool is_application(const struct listing *l, const struct stack *stack)
{
    return l->ours.len > 0 && stack->parent_id.len == 0 &&
           sv_eq(tag_of(stack, SV("penstock:pipeline")), l->ours) &&
           tag_of(stack, SV("penstock:stage")).len > 0;
}

static enum err_code fill_row(struct listing *l, struct stack_row *row, const struct stack *stack,
                              struct err *err)
{
    enum err_code rc = keep(l, stack->id, &row->id, err);

    if (!rc)
        rc = keep(l, stack->status, &row->status, err);
    if (!rc)
        rc = keep(l, sv_take(stack->reason, REASON_SHOWN), &row->reason, err);
    if (!rc)
        rc = keep(l, stack->drift, &row->drift, err);
    row->drift_at = stack->drift_at;
    row->created_at = stack->created_at;
    row->updated_at = stack->updated_at;
    row->is_protected = stack->is_protected;
    return rc;
}

/* By its tags or its name; *wanted is what a row of its own would be. */
static bool is_found(const struct listing *l, const struct stack *stack, struct stack_row *wanted)
{
    if (is_application(l, stack)) {
        wanted->kind = STACK_KIND_APPLICATION;
        wanted->environment = tag_of(stack, SV("penstock:stage"));
        return true;
    }
    for (size_t i = 0; i < l->likely_count && stack->parent_id.len == 0; i++) {
        if (!sv_eq(l->likely[i].name, stack->name))
            continue;
        wanted->kind = STACK_KIND_BUILD;
        wanted->environment = l->likely[i].environment;
        wanted->source = SV("its name");
        return true;
    }
    return false;
}

static enum err_code take_stack(struct listing *l, const struct stack *stack, struct err *err)
{
    struct stack_row wanted = {
        .name = stack->name, .account = l->place->account, .region = l->place->region};
    struct stack_row *row = find_row(l, stack->name, wanted.account, wanted.region);
    bool is_new = is_found(l, stack, &wanted) && row == NULL;
    enum err_code rc;

    if (is_new) {
        rc = add_row(l, &wanted, err);
        if (rc)
            return rc;
        row = find_row(l, stack->name, wanted.account, wanted.region);
    }
    if (row == NULL)
        return ERR_OK;
    if (wanted.kind == STACK_KIND_APPLICATION &&
        (row->kind == STACK_KIND_ACTION || row->kind == STACK_KIND_BUILD))
        row->kind = STACK_KIND_APPLICATION;
    return fill_row(l, row, stack, err);
}

static enum err_code take_page(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct listing *l = owner;
    CLEANUP(arena_release) struct arena page;
    struct stack *stacks;
    size_t count = 0;
    enum err_code rc;

    arena_init(&page, PAGE_ARENA);
    rc = decode_stacks(reply->xml, &page, &stacks, &count, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = take_stack(l, &stacks[i], err);
    return rc;
}

/* Rows of this place that nothing is known of say why. */
static enum err_code tell(struct listing *l, const char *note, struct err *err)
{
    for (size_t i = 0; i < l->list.count; i++) {
        struct stack_row *row = &l->list.rows[i];

        if (row->id.len > 0 || !sv_eq(row->account, l->place->account) ||
            !sv_eq(row->region, l->place->region))
            continue;
        if (keep(l, sv_take(sv_of(note), NOTE_MAX), &row->note, err))
            return arena_err(&l->arena, err);
    }
    return ERR_OK;
}

static enum err_code look_into(struct listing *l, struct err *err)
{
    struct aws_session *session;
    struct err why = {0};
    enum err_code rc = reach_place(l->task, l->deploy, &l->environments, l->place->account,
                                   l->place->region, &session, NULL, &why);

    l->deploy->calls++;
    if (!rc)
        rc = aws_await_pages(l->task, session, OP_DESCRIBE_STACKS, SV(""), take_page, l, &why);
    if (rc == ERR_CANCELLED || rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (rc && l->why.code == ERR_OK)
        l->why = why;
    l->looked += rc == ERR_OK;
    return tell(l, rc ? why.text : "there is no such stack there (yet)", err);
}

/* ---- the document ---- */

static int rank(const struct stack_row *row)
{
    enum status status = stack_word_status(row->status);

    return status == STATUS_FAILED ? 0 : status == STATUS_IN_PROGRESS ? 1 : 2;
}

/* What failed first, then what moves; else as they were found. */
static void sort(struct stack_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct stack_row row = list->rows[i];
        size_t k = i;

        for (; k > 0 && rank(&row) < rank(&list->rows[k - 1]); k--)
            list->rows[k] = list->rows[k - 1];
        list->rows[k] = row;
    }
}

static enum err_code put(struct listing *l, struct err *err)
{
    const struct document_id key = {.kind = DOCUMENT_STACKS,
                                    .partition = l->id->partition,
                                    .account = l->id->account,
                                    .region = l->id->region,
                                    .key = l->list.pipeline};
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sort(&l->list);
    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    stack_list_json(&w, &l->list, true);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : cache_put_document(l->deploy->cache, &key, sb_sv(&json), time_wall_ms(), err);
}

static enum err_code read(struct listing *l, struct err *err)
{
    enum err_code rc = deploy_who(l->task, l->deploy, err);

    l->list.rows = arena_alloc(&l->arena, STACK_ROWS_MAX, sizeof *l->list.rows);
    if (l->list.rows == NULL)
        return arena_err(&l->arena, err);
    if (!rc)
        rc = want_of_cache(l, err);
    if (!rc && l->ours.len > 0)
        rc = want_own(l, err);
    if (!rc && l->ours.len > 0 && is_home(l))
        rc = want_environments(l, err);
    if (!rc)
        rc = want_builds(l, err);
    for (size_t i = 0; i < l->place_count && !rc; i++) {
        l->place = &l->places[i];
        rc = look_into(l, err);
    }
    if (!rc && l->looked == 0 && l->why.code != ERR_OK)
        return err_set(err, l->why.code, "%s", l->why.text);
    return rc ? rc : put(l, err);
}

enum err_code stacks_read(struct task *task, struct deploy *deploy, const struct operand *what,
                          struct err *err)
{
    struct listing *l = mem_alloc(sizeof *l);
    enum err_code rc;

    if (l == NULL)
        return mem_err(err);
    *l = (struct listing){.task = task, .deploy = deploy, .id = &what->id, .ours = SV("")};
    arena_init(&l->arena, TEXTS_MAX);
    rc = read(l, err);
    arena_release(&l->arena);
    mem_free(l);
    return rc;
}
