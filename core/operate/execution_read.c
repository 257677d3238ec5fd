#include "core/aws/codepipeline.h"
#include "core/aws/revisions.h"
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/operate/commits.h"
#include "core/operate/history.h"
#include "core/operate/keeping.h"

enum {
    READING_CAP = 32 << 20,
    BODY_MAX = 8 * 1024,
    PAGES_MAX = 3,
    LISTED = 100,
    NOTE_MAX = 300,
    WAIT_MS = 2000
};

struct reading {
    struct asker asker; /* of the pipeline's place */
    const struct operand *what;
    struct sv other; /* the execution to compare with; "" = the one that succeeded before */
    struct arena *arena;
    const struct execution_sources *run;    /* the one that is asked for */
    const struct execution_sources *before; /* NULL = none succeeded before it */
    struct execution_detail detail;
    struct pipeline_def def;
};

/* ---- the two executions ---- */

/* The newest come first: the one before is behind the one that is asked for. */
static void pick(struct reading *r, const struct execution_sources *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct execution_sources *e = &list[i];

        if (r->run == NULL &&
            (sv_eq(e->id, r->what->execution_id) || r->what->execution_id.len == 0)) {
            r->run = e;
            continue;
        }
        if (r->other.len > 0 ? sv_eq(e->id, r->other)
                             : r->run != NULL && r->before == NULL && status_is_success(e->status))
            r->before = e;
    }
}

/* Whoever counts what an approval releases wants the revisions of those before, too. */
static enum err_code keep_listed(struct reading *r, const cJSON *json, struct err *err)
{
    const struct asker *a = &r->asker;
    struct execution *list = NULL;
    size_t count = 0;
    enum err_code rc = decode_executions(json, r->arena, &list, &count, err);

    return rc ? rc : keep_history(a->task, a->deploy, &r->what->id, list, count, NULL, 0, err);
}

static enum err_code list_page(struct reading *r, struct sv *token, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct asker *a = &r->asker;
    const struct aws_reply *reply;
    struct execution_sources *list = NULL;
    size_t count = 0;
    bool is_first;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", r->what->id.name);
    jw_put_int(&w, "maxResults", LISTED);
    if (token->len > 0)
        jw_put_sv(&w, "nextToken", *token);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc == ERR_OK)
        rc = deploy_read(a->task, a->deploy, a->session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body),
                         &reply, err);
    if (rc == ERR_OK)
        rc = decode_execution_sources(reply->json, r->arena, &list, &count, err);
    if (rc)
        return rc;
    pick(r, list, count);
    is_first = token->len == 0;
    *token = json_sv(reply->json, "nextToken");
    *token = token->len > 0 ? arena_sv(r->arena, *token) : SV("");
    if (token->ptr == NULL)
        return arena_err(r->arena, err);
    /* Last: keeping may wait, and the reply is gone then. */
    return is_first ? keep_listed(r, reply->json, err) : ERR_OK;
}

static enum err_code find_runs(struct reading *r, struct err *err)
{
    struct sv token = SV_NONE;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < PAGES_MAX && rc == ERR_OK; i++) {
        rc = list_page(r, &token, err);
        if (token.len == 0 || (r->run != NULL && r->before != NULL))
            break;
    }
    if (rc == ERR_OK && r->run == NULL)
        rc = err_set(
            err, ERR_NOT_FOUND, "AWS does not list the execution " SV_FMT " of " SV_FMT " any more",
            SV_ARG(sv_take(r->what->execution_id, 40)), SV_ARG(sv_take(r->what->id.name, 100)));
    return rc;
}

static enum err_code read_detail(struct reading *r, struct err *err)
{
    const struct ask_member members[] = {
        {"pipelineName", r->what->id.name}, {"pipelineExecutionId", r->run->id}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = ask_read(&r->asker, OP_GET_PIPELINE_EXECUTION, members, &reply, err);

    return rc ? rc : decode_execution_detail(reply->json, r->arena, &r->detail, err);
}

/* The cache mostly has it; an execution of an older definition is read by the one of now. */
static enum err_code read_def(struct reading *r, struct err *err)
{
    const struct ask_member members[] = {{"name", r->what->id.name}, ASK_END};
    struct cache *cache = r->asker.deploy->cache;
    const struct aws_reply *reply;
    int64_t rowid = 0;
    enum err_code rc;

    if (cache != NULL && !cache_find_id(cache, &r->what->id, &rowid, NULL) && rowid != 0 &&
        !cache_get_def(cache, rowid, r->arena, &r->def, NULL))
        return ERR_OK;
    rc = ask_read(&r->asker, OP_GET_PIPELINE, members, &reply, err);
    return rc ? rc : decode_pipeline(reply->json, r->arena, &r->def, err);
}

/* ---- one source ---- */

static const struct action_def *find_def(const struct pipeline_def *def, struct sv action)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            if (sv_eq(def->stages[i].actions[k].name, action) &&
                sv_eq(def->stages[i].actions[k].category, SV("Source")))
                return &def->stages[i].actions[k];
        }
    }
    return NULL;
}

static struct sv revision_of(const struct execution_sources *run, struct sv action)
{
    for (size_t i = 0; run != NULL && i < run->source_count; i++) {
        if (sv_eq(run->sources[i].action, action))
            return run->sources[i].revision;
    }
    return SV_NONE;
}

/* What cannot be read is said in the page; only a person's "stop" ends the reading. */
static enum err_code note(struct reading *r, struct carried_source *s, enum err_code rc,
                          const struct err *why, struct err *err)
{
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why->text);
    s->note = arena_sv(r->arena, sv_take(sv_of(why->text), NOTE_MAX));
    return s->note.ptr == NULL ? arena_err(r->arena, err) : ERR_OK;
}

static enum err_code walk(struct reading *r, const struct action_def *def, struct carried_source *s,
                          struct err *err)
{
    struct commits_ask ask = {.asker = r->asker,
                              .at = commits_at(def, &r->what->id),
                              .repository = s->repository,
                              .before = s->before,
                              .after = s->revision};
    struct commit *commits = NULL;
    struct file_change *files = NULL;
    char caller[300];
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (!sv_eq(ask.at.account, r->what->id.account) || !sv_eq(ask.at.region, r->what->id.region))
        rc = deploy_at(r->asker.task, r->asker.deploy, ask.at.account, ask.at.region,
                       &ask.asker.session, caller, &why);
    if (rc == ERR_OK)
        rc = commits_between(&ask, r->arena, &commits, &s->commit_count, &s->commits_cut, &why);
    if (rc == ERR_OK && !sv_eq(s->before, s->revision))
        rc = commits_files(&ask, r->arena, &files, &s->file_count, &s->files_cut, &why);
    if (rc) {
        s->commit_count = s->file_count = 0;
        return note(r, s, rc, &why, err);
    }
    s->commits = commits;
    s->files = files;
    s->is_walked = true;
    return ERR_OK;
}

static enum err_code read_source(struct reading *r, const struct source_revision *from,
                                 size_t *walks, struct carried_source *s, struct err *err)
{
    const struct action_def *def = find_def(&r->def, from->action);

    *s = (struct carried_source){.action = from->action,
                                 .revision = from->revision,
                                 .summary = sv_take(from->summary, COMMENT_MAX * 4),
                                 .url = from->url,
                                 .before = revision_of(r->before, from->action)};
    if (def == NULL)
        return ERR_OK;
    s->provider = def->provider;
    s->repository = def->repository;
    s->branch = def->branch;
    if (!sv_eq(def->provider, SV("CodeCommit")) || s->repository.len == 0 || s->revision.len == 0 ||
        *walks == CARRIED_WALKS_MAX)
        return ERR_OK;
    ++*walks;
    return walk(r, def, s, err);
}

/* ---- the document ---- */

static enum err_code fill(struct reading *r, struct carried *out, struct err *err)
{
    size_t count =
        r->run->source_count < CARRIED_SOURCES_MAX ? r->run->source_count : CARRIED_SOURCES_MAX;
    struct carried_source *sources = arena_alloc(r->arena, count, sizeof *sources);
    struct name_value *variables =
        arena_alloc(r->arena, r->detail.variable_count, sizeof *variables);
    size_t walks = 0;
    enum err_code rc = sources == NULL || variables == NULL ? arena_err(r->arena, err) : ERR_OK;

    *out = (struct carried){.execution_id = r->run->id,
                            .before_id = r->before != NULL ? r->before->id : SV_NONE,
                            .trigger = r->detail.trigger,
                            .trigger_detail = r->detail.trigger_detail,
                            .variables = variables,
                            .sources = sources,
                            .source_count = count};
    for (; rc == ERR_OK && out->variable_count < r->detail.variable_count && variables != NULL &&
           out->variable_count < PAIRS_MAX;
         out->variable_count++) {
        const struct execution_variable *from = &r->detail.variables[out->variable_count];

        variables[out->variable_count] = (struct name_value){from->name, from->value};
    }
    for (size_t i = 0; rc == ERR_OK && i < count; i++)
        rc = read_source(r, &r->run->sources[i], &walks, &sources[i], err);
    return rc;
}

static enum err_code put(struct reading *r, const struct carried *carried, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb json;
    const struct pipeline_id *id = &r->what->id;
    struct document_id document = {DOCUMENT_EXECUTION, id->partition, id->account, id->region,
                                   SV_NONE};
    enum err_code rc;

    sb_init(&key, 1024);
    sb_init(&json, DOCUMENT_MAX);
    rc = carried_key(id->name, r->run->id, r->other, &key, err);
    if (rc == ERR_OK)
        rc = carried_write(carried, &json, err);
    document.key = sb_sv(&key);
    return rc ? rc
              : cache_put_document(r->asker.deploy->cache, &document, sb_sv(&json), time_wall_ms(),
                                   err);
}

static enum err_code read_all(struct reading *r, struct err *err)
{
    struct carried carried;
    enum err_code rc = find_runs(r, err);

    if (rc == ERR_OK)
        rc = read_detail(r, err);
    if (rc == ERR_OK)
        rc = read_def(r, err);
    if (rc == ERR_OK)
        rc = fill(r, &carried, err);
    return rc ? rc : put(r, &carried, err);
}

static enum err_code read_against(struct task *task, struct deploy *deploy,
                                  const struct operand *what, struct sv other, struct err *err)
{
    struct arena arena;
    struct reading r = {.asker = {.task = task, .deploy = deploy, .account = what->id.account},
                        .what = what,
                        .other = other,
                        .arena = &arena};
    char caller[300];
    enum err_code rc =
        deploy_at(task, deploy, what->id.account, what->id.region, &r.asker.session, caller, err);

    if (rc || deploy->cache == NULL)
        return rc;
    arena_init(&arena, READING_CAP);
    rc = read_all(&r, err);
    arena_release(&arena);
    return rc;
}

enum err_code execution_read(struct task *task, struct deploy *deploy, const struct operand *what,
                             struct err *err)
{
    return read_against(task, deploy, what, SV_NONE, err);
}

static enum err_code read_missing(struct task *task, struct deploy *deploy,
                                  const struct operand *what, struct sv execution, struct err *err)
{
    const struct operand one = {.id = what->id, .execution_id = execution};
    struct arena arena;
    struct carried carried;
    int64_t read_at;
    struct err why;
    bool is_there;

    if (deploy->cache == NULL || execution.len == 0)
        return ERR_OK;
    arena_init(&arena, READING_CAP);
    is_there = !carried_get(deploy->cache, &what->id, execution, SV_NONE, &arena, &carried,
                            &read_at, &why) &&
               carried_is_fresh(&carried, read_at, time_wall_ms());
    arena_release(&arena);
    return is_there ? ERR_OK : execution_read(task, deploy, &one, err);
}

enum err_code compare_read(struct task *task, struct deploy *deploy, const struct operand *what,
                           struct err *err)
{
    enum err_code rc = read_against(task, deploy, what, what->commit, err);

    if (rc == ERR_OK)
        rc = read_missing(task, deploy, what, what->execution_id, err);
    return rc ? rc : read_missing(task, deploy, what, what->commit, err);
}
