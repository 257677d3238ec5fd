#include "core/cli/place.h"

#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/operate/history.h"

enum { ROWS_MAX = 64, LIST_CAP = 400, ID_LEAST = 4, ID_WHOLE = 36 };

/* ---- NAME ---- */

struct rows {
    const struct scope *scope;
    struct arena *arena;
    struct sv name;
    struct cache_pipeline *items;
    int64_t ids[ROWS_MAX];
    size_t count;
    bool told; /* what NAME means beside that */
};

/* One of that very name finds room behind as many parts of logical ones as there may be. */
static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct rows *rows = owner;

    if (scope_find(rows->scope, &row->id) == NULL)
        return true;
    if (rows->count < ROWS_MAX)
        rows->ids[rows->count++] = row->rowid;
    else if (sv_eq(row->id.name, rows->name))
        rows->ids[ROWS_MAX - 1] = row->rowid;
    return true;
}

static bool is_named(const struct rows *rows, const struct pipeline_id *place)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct pipeline_id *id = &rows->items[i].row.id;

        if (sv_eq(id->name, rows->name) && sv_eq(id->account, place->account) &&
            sv_eq(id->region, place->region))
            return true;
    }
    return false;
}

/* Beside one of that very name the parts of a logical one are not meant, since only that name can
 * tell it from them; in another place they are, since --context can. */
static void drop_parts(struct rows *rows)
{
    size_t kept = 0;
    size_t dropped = 0;
    bool keeps[ROWS_MAX];

    for (size_t i = 0; i < rows->count; i++) {
        const struct pipeline_id *id = &rows->items[i].row.id;

        keeps[i] = sv_eq(id->name, rows->name) || !is_named(rows, id);
        dropped += !keeps[i];
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (keeps[i])
            rows->items[kept++] = rows->items[i];
    }
    rows->count = kept;
    if (dropped > 0 && !rows->told)
        cli_note("\"" SV_FMT "\" is taken as the CodePipeline of that name, not as the logical "
                 "pipeline with %zu more: name one of those to mean it",
                 SV_ARG(sv_take(rows->name, 100)), dropped);
    rows->told = rows->told || dropped > 0;
}

static enum err_code list_rows(struct session *s, struct rows *rows, struct err *err)
{
    struct pipeline_query query = {.sort = SORT_NAME, .names = &rows->name, .name_count = 1};
    enum err_code rc;

    rows->scope = &s->scope;
    rows->count = 0;
    rc = cache_pipelines(s->cache, &query, add_row, rows, err);
    if (rc)
        return rc;
    rows->items = arena_alloc(rows->arena, rows->count + 1, sizeof *rows->items);
    if (rows->items == NULL)
        return arena_err(rows->arena, err);
    for (size_t i = 0; i < rows->count && !rc; i++)
        rc = cache_get_pipeline(s->cache, rows->ids[i], rows->arena, &rows->items[i], err);
    if (!rc)
        drop_parts(rows);
    return rc;
}

/* A context whose pipelines nobody has listed yet may have one of that name as well. */
static const struct scope_item *unlisted(const struct session *s)
{
    for (size_t i = 0; i < s->scope.count && s->scope.count > 1; i++) {
        if (s->scope.items[i].freshness.synced_at == 0)
            return &s->scope.items[i];
    }
    return NULL;
}

static enum err_code ask(struct session *s, struct rows *rows, size_t names, struct err *err)
{
    struct sync_result result = {0};
    enum err_code rc = session_sync(s, &rows->name, names, &result, err);

    /* With some found, what one context does not give is told where it matters. */
    if (!rc && result.code && result.code != ERR_NOT_FOUND && rows->count == 0)
        return err_set(err, result.code, "%s", result.err.text);
    return rc ? rc : list_rows(s, rows, err);
}

static enum err_code tell_unlisted(const struct session *s, struct sv name, struct err *err)
{
    const struct scope_item *item = unlisted(s);

    return item == NULL ? ERR_OK
                        : err_set(err, item->code ? item->code : ERR_STALE,
                                  "whether \"" SV_FMT "\" is in " SV_FMT "@" SV_FMT
                                  " as well cannot be told (%.200s): name its --context",
                                  SV_ARG(sv_take(name, 100)), SV_ARG(item->profile),
                                  SV_ARG(item->region), item->error ? item->error : "not listed");
}

/* What one context's rows say is not all, until every other one was listed. */
static enum err_code ask_all(struct session *s, struct rows *rows, struct err *err)
{
    enum err_code rc = ask(s, rows, 0, err);

    return rc || rows->count == 0 ? rc : tell_unlisted(s, rows->name, err);
}

enum err_code place_list_all(struct session *s, struct sv name, struct err *err)
{
    struct sync_result result = {0};
    enum err_code rc;

    if (s->cli->is_cached || unlisted(s) == NULL)
        return ERR_OK;
    rc = session_sync(s, &name, 0, &result, err);
    return rc ? rc : tell_unlisted(s, name, err);
}

/* First the one that is named, then all: AWS knows no logical names. Of several contexts each is
 * asked for the name, lest a pipeline that is new in one is taken for the only one. */
static enum err_code find_rows(struct session *s, struct rows *rows, struct err *err)
{
    enum err_code rc = list_rows(s, rows, err);
    bool asks = rows->count == 0 || (s->scope.count > 1 && !session_is_fresh(s));

    if (!rc && !s->cli->is_cached && asks && (rows->count == 0 || unlisted(s) == NULL))
        rc = ask(s, rows, 1, err);
    if (!rc && !s->cli->is_cached && (rows->count == 0 || unlisted(s) != NULL))
        rc = ask_all(s, rows, err);
    if (!rc && rows->count == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no pipeline \"" SV_FMT "\" here; see penstock status",
                       SV_ARG(sv_take(rows->name, 100)));
    return rc;
}

/* ---- STAGE ---- */

static bool has_approval(const struct stage_state *s)
{
    for (size_t i = 0; i < s->action_count; i++) {
        if (sv_eq(s->actions[i].category, SV("Approval")))
            return true;
    }
    return false;
}

/* Of this environment; of an approval that of the next stage that deploys, which it releases to. */
static bool serves(const struct cache_pipeline *p, size_t at, struct sv environment,
                   enum place_kind kind)
{
    struct sv own = fold_stage_environment(p->state.stages[at].name);

    for (size_t i = at + 1; kind == PLACE_APPROVAL && i < p->state.stage_count; i++) {
        struct sv next = fold_stage_environment(p->state.stages[i].name);

        if (next.len > 0 && sv_starts(p->state.stages[i].name, SV("Deploy"))) {
            own = next;
            break;
        }
    }
    return sv_eq(own, environment) ||
           (own.len == 0 && p->row.environment.len > 0 && sv_eq(p->row.environment, environment));
}

/* How well a stage of the environment fits what is to be done; 0 = not at all. */
static int fitness(const struct stage_state *s, enum place_kind kind)
{
    bool deploys = sv_starts(s->name, SV("Deploy"));

    switch (kind) {
    case PLACE_APPROVAL:
        return !has_approval(s) ? 0 : stage_status(s) == STATUS_WAITING ? 3 : 2;
    case PLACE_FAILED:
        return s->status == STATUS_FAILED || s->status == STATUS_STOPPED ? 3 : deploys ? 2 : 1;
    case PLACE_STAGE:
    case PLACE_PIPELINE:
        break;
    }
    return deploys ? 2 : 1;
}

static const struct stage_state *stage_in(const struct cache_pipeline *p, struct sv word,
                                          enum place_kind kind)
{
    const struct stage_state *best = NULL;
    int fits = 0;

    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];
        int how = serves(p, i, word, kind) ? fitness(s, kind) : 0;

        if (sv_eq(s->name, word))
            return s;
        if (how > fits) {
            fits = how;
            best = s;
        }
    }
    return best;
}

/* ---- choosing ---- */

static void put_choice(struct sb *list, struct sv name, struct sv account, struct sv region)
{
    /* Only for the sentence: one that does not fit is left out. */
    if (sb_addf(list, NULL, "%s" SV_FMT "%s" SV_FMT "%s" SV_FMT, list->len > 0 ? ", " : "",
                SV_ARG(name), account.len > 0 ? " in " : "", SV_ARG(account),
                region.len > 0 ? " " : "", SV_ARG(region)))
        return;
}

static enum err_code tell_stages(const struct rows *rows, struct sv word, struct err *err)
{
    CLEANUP(sb_release) struct sb list;

    sb_init(&list, LIST_CAP);
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < rows->items[i].state.stage_count; k++)
            put_choice(&list, rows->items[i].state.stages[k].name, SV(""), SV(""));
    }
    return err_set(err, ERR_NOT_FOUND,
                   "no stage or environment of " SV_FMT " is \"" SV_FMT "\"; there are: %s",
                   SV_ARG(sv_take(rows->name, 100)), SV_ARG(sv_take(word, 100)), sb_cstr(&list));
}

static enum err_code tell_rows(const struct rows *rows, const bool *fits, size_t count,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb list;

    sb_init(&list, LIST_CAP);
    for (size_t i = 0; i < rows->count; i++) {
        const struct pipeline_id *id = &rows->items[i].row.id;

        if (fits[i])
            put_choice(&list, id->name, id->account, id->region);
    }
    return err_set(err, ERR_USAGE,
                   "\"" SV_FMT "\" means %zu pipelines (%s): name one of them, or its --context",
                   SV_ARG(sv_take(rows->name, 100)), count, sb_cstr(&list));
}

static enum err_code choose(const struct rows *rows, const struct place_words *words,
                            enum place_kind kind, const struct cache_pipeline **out,
                            struct sv *stage, struct err *err)
{
    bool fits[ROWS_MAX];
    size_t count = 0;

    *stage = sv_of(words->stage);
    for (size_t i = 0; i < rows->count; i++) {
        const struct stage_state *s =
            stage->len == 0 ? NULL : stage_in(&rows->items[i], *stage, kind);

        fits[i] = stage->len == 0 || s != NULL;
        if (fits[i])
            *out = &rows->items[i];
        count += fits[i];
    }
    if (count > 1)
        return tell_rows(rows, fits, count, err);
    if (count == 0 && rows->count > 1)
        return tell_stages(rows, *stage, err);
    if (count == 0)
        *out = &rows->items[0];
    else if (stage->len > 0)
        *stage = stage_in(*out, *stage, kind)->name;
    return ERR_OK;
}

enum err_code place_find(struct session *s, const struct place_words *words, enum place_kind kind,
                         struct arena *arena, struct operand *out, struct err *err)
{
    struct rows rows = {.arena = arena, .name = sv_of(words->name)};
    const struct cache_pipeline *p = NULL;
    struct sv stage;
    enum err_code rc = find_rows(s, &rows, err);

    if (!rc)
        rc = choose(&rows, words, kind, &p, &stage, err);
    if (rc)
        return rc;
    *out = (struct operand){.id = p->row.id,
                            .stage = stage.ptr == NULL ? SV("") : stage,
                            .action = words->action == NULL ? SV("") : sv_of(words->action),
                            .execution_id = SV(""),
                            .build = SV(""),
                            .stack = SV(""),
                            .repository = SV(""),
                            .commit = SV(""),
                            .path = SV(""),
                            .environment = p->row.environment};
    return ERR_OK;
}

/* ---- EXECUTION ---- */

static enum err_code list_executions(struct session *s, const struct operand *o, struct err *err)
{
    struct reader reader = {0};
    enum err_code rc = reader_open(&reader, s, err);

    if (!rc)
        rc = reader_run(&reader, history_read, o, err);
    reader_close(&reader);
    return rc;
}

/* How many of the kept executions begin so; *out is the last of them. */
static enum err_code match(struct session *s, const struct operand *o, struct sv word,
                           struct arena *arena, struct sv *out, size_t *matches, struct err *err)
{
    struct execution *list = NULL;
    size_t count = 0;
    int64_t rowid = 0;
    enum err_code rc = cache_find_id(s->cache, &o->id, &rowid, err);

    *matches = 0;
    if (!rc && rowid != 0)
        rc = cache_executions(s->cache, rowid, arena, &list, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        if (sv_starts(list[i].id, word)) {
            *out = list[i].id;
            (*matches)++;
        }
    }
    return rc;
}

static enum err_code expand(struct session *s, struct sv word, enum place_use use,
                            struct arena *arena, struct operand *o, struct err *err)
{
    size_t matches = 0;
    enum err_code rc = ERR_OK;

    if (use == PLACE_TO_READ)
        rc = match(s, o, word, arena, &o->execution_id, &matches, err);
    if (!rc && matches != 1 && !s->cli->is_cached) {
        rc = list_executions(s, o, err);
        if (!rc)
            rc = match(s, o, word, arena, &o->execution_id, &matches, err);
    }
    if (rc || matches == 1)
        return rc;
    if (matches > 1)
        return err_set(err, ERR_USAGE,
                       "%zu executions of " SV_FMT " begin with " SV_FMT ": give the whole id",
                       matches, SV_ARG(sv_take(o->id.name, 100)), SV_ARG(word));
    return err_set(err, ERR_NOT_FOUND,
                   "no execution of " SV_FMT " begins with \"" SV_FMT "\"; see penstock history",
                   SV_ARG(sv_take(o->id.name, 100)), SV_ARG(word));
}

enum err_code place_execution(struct session *s, struct sv word, enum place_use use,
                              struct arena *arena, struct operand *o, struct err *err)
{
    o->execution_id = word;
    if (word.len == 0 || word.len >= ID_WHOLE)
        return ERR_OK;
    if (word.len < ID_LEAST)
        return err_set(err, ERR_USAGE,
                       "\"" SV_FMT "\" is too short for an execution: give %d characters at least",
                       SV_ARG(word), ID_LEAST);
    return expand(s, word, use, arena, o, err);
}
