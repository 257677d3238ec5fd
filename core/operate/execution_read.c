#include "core/base/json.h"
#include "core/base/time.h"
#include "core/operate/commits.h"
#include "core/operate/execution_parts.h"
#include "core/operate/history.h"
#include "core/operate/keeping.h"

enum { READING_CAP = 32 << 20, NOTE_MAX = 300 };

/* ---- the run ---- */

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

/* What it is compared with, as carried_key has it. */
static enum err_code add_other(const struct reading *r, struct sb *out, struct err *err)
{
    return r->to != NULL ? released_key(r->to, out, err) : sb_add(out, r->other, err);
}

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

/* How many of the new commits are these revision's, or behind it. */
static size_t had(const struct carried_source *s, struct sv revision)
{
    int fresh = revision.len > 0 ? commits_since(s->commits, s->commit_count, revision, NULL) : -1;

    return fresh < 0 ? 0 : s->commit_count - (size_t)fresh;
}

/* Of what is new there, what was there before: it had been rolled back, or an older revision was
 * released since. */
static void count_again(const struct reading *r, struct carried_source *s)
{
    for (size_t i = 0; r->there != NULL && i < r->there->count; i++) {
        size_t again = sv_eq(r->there->sources[i].id, r->run->id)
                           ? 0
                           : had(s, revision_of(&r->there->sources[i], s->action));

        s->again = again > s->again ? again : s->again;
    }
    for (size_t p = 0; p < r->page_count; p++) {
        for (size_t i = 0; i < r->sizes[p]; i++) {
            const struct execution_sources *e = &r->pages[p][i];
            size_t again = execution_is_before(r, e) && !e->is_rollback
                               ? had(s, revision_of(e, s->action))
                               : 0;

            s->again = again > s->again ? again : s->again;
        }
    }
}

/* What was read of it before stays true: both its ends are the same commits. */
static bool recall(struct reading *r, struct carried_source *s)
{
    CLEANUP(sb_release) struct sb other;
    struct carried known;
    int64_t at;

    sb_init(&other, 512);
    return !add_other(r, &other, NULL) &&
           !carried_get(r->asker.deploy->cache, &r->what->id, r->run->id, sb_sv(&other), r->arena,
                        &known, &at, NULL) &&
           carried_recall(&known, s);
}

static enum err_code walk(struct reading *r, const struct action_def *def, struct carried_source *s,
                          struct err *err)
{
    struct commits_ask ask = {.asker = r->asker,
                              .at = commits_at(def, &r->what->id),
                              .repository = s->repository,
                              .before = s->before,
                              .after = s->revision};
    struct commits_change change;
    struct file_change *files = NULL;
    char caller[300];
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (!sv_eq(ask.at.account, r->what->id.account) || !sv_eq(ask.at.region, r->what->id.region))
        rc = deploy_at(r->asker.task, r->asker.deploy, ask.at.account, ask.at.region,
                       &ask.asker.session, caller, &why);
    if (rc == ERR_OK)
        rc = commits_compare(&ask, r->run->is_rollback, r->arena, &change, &why);
    if (rc == ERR_OK && !sv_eq(s->before, s->revision))
        rc = commits_files(&ask, r->arena, &files, &s->file_count, &s->files_cut, &why);
    if (rc) {
        s->file_count = 0;
        return rc != ERR_CANCELLED && recall(r, s) ? ERR_OK : note(r, s, rc, &why, err);
    }
    s->commits = change.commits;
    s->commit_count = change.count;
    s->commits_cut = change.is_cut;
    s->taken = change.taken;
    s->taken_cut = change.taken_cut;
    s->files = files;
    s->is_walked = true;
    if (r->to != NULL && r->before != NULL)
        count_again(r, s);
    return ERR_OK;
}

static enum err_code miss_base(struct reading *r, struct carried_source *s, struct err *err)
{
    struct err why;
    enum err_code rc = err_set(&why, ERR_NOT_FOUND,
                               "what " SV_FMT " runs is not listed any more: execution " SV_FMT,
                               SV_ARG(sv_take(r->to->to->name, 100)), SV_ARG(sv_take(r->base, 36)));

    return note(r, s, rc, &why, err);
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
    if (r->to != NULL && r->base.len > 0 && s->before.len == 0)
        return miss_base(r, s, err);
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
                            .before_id = r->before != NULL ? r->before->id : r->base,
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

static enum err_code put(struct reading *r, struct carried *carried, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb other;
    CLEANUP(sb_release) struct sb seen;
    CLEANUP(sb_release) struct sb json;
    const struct pipeline_id *id = &r->what->id;
    struct document_id document = {DOCUMENT_EXECUTION, id->partition, id->account, id->region,
                                   SV_NONE};
    enum err_code rc;

    sb_init(&key, 1024);
    sb_init(&other, 512);
    sb_init(&seen, 512);
    sb_init(&json, DOCUMENT_MAX);
    rc = add_other(r, &other, err);
    if (rc == ERR_OK && r->to != NULL)
        rc = released_seen(r->to, &seen, err);
    if (rc == ERR_OK)
        rc = carried_key(id->name, r->run->id, sb_sv(&other), &key, err);
    carried->seen = sb_sv(&seen);
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
    enum err_code rc = r->to != NULL ? execution_find_base(r, err) : ERR_OK;

    if (rc == ERR_OK)
        rc = execution_find_runs(r, err);
    if (rc == ERR_OK)
        rc = read_detail(r, err);
    if (rc == ERR_OK)
        rc = read_def(r, err);
    if (rc == ERR_OK)
        rc = execution_find_before(r, err);
    if (rc == ERR_OK)
        rc = fill(r, &carried, err);
    return rc ? rc : put(r, &carried, err);
}

static enum err_code read_against(struct task *task, struct deploy *deploy,
                                  const struct operand *what, struct sv other,
                                  const struct released_ask *to, struct err *err)
{
    struct arena arena;
    struct reading r = {.asker = {.task = task, .deploy = deploy, .account = what->id.account},
                        .what = what,
                        .other = other,
                        .to = to,
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
    return read_against(task, deploy, what, SV_NONE, NULL, err);
}

enum err_code released_read(struct task *task, struct deploy *deploy,
                            const struct released_ask *ask, struct err *err)
{
    const struct operand what = {.id = *ask->id, .execution_id = ask->execution};

    return read_against(task, deploy, &what, SV_NONE, ask, err);
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
    enum err_code rc = read_against(task, deploy, what, what->commit, NULL, err);

    if (rc == ERR_OK)
        rc = read_missing(task, deploy, what, what->execution_id, err);
    return rc ? rc : read_missing(task, deploy, what, what->commit, err);
}
