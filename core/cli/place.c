#include "core/cli/place.h"

#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/operate/history.h"

enum { ID_LEAST = 4, ID_WHOLE = 36 };

/* ---- NAME ---- */

/* What NAME means here, and how it was found. */
struct rows {
    struct arena *arena;
    struct sv name;
    struct place_rows found;
    bool told; /* what NAME means beside that */
};

static bool in_scope(const void *scope, const struct pipeline_id *id)
{
    return scope_find(scope, id) != NULL;
}

static enum err_code list_rows(struct session *s, struct rows *rows, struct err *err)
{
    enum err_code rc =
        place_rows_load(s->cache, rows->name, in_scope, &s->scope, rows->arena, &rows->found, err);

    if (rc || rows->found.dropped == 0 || rows->told)
        return rc;
    rows->told = true;
    cli_note("\"" SV_FMT "\" is taken as the CodePipeline of that name, not as the logical "
             "pipeline with %zu more: name one of those to mean it",
             SV_ARG(sv_take(rows->name, 100)), rows->found.dropped);
    return ERR_OK;
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
    bool was_found = rows->found.count > 0;
    enum err_code rc = session_sync(s, &rows->name, names, &result, err);

    if (!rc)
        rc = list_rows(s, rows, err);
    if (rc || result.code == ERR_OK || result.code == ERR_NOT_FOUND)
        return rc;
    /* With some found, what one context does not give is told where it matters; so is what of a
     * pipeline may not be read. */
    if (was_found || (result.code == ERR_DENIED && rows->found.count > 0))
        return ERR_OK;
    return err_set(err, result.code, "%s", result.err.text);
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

    return rc || rows->found.count == 0 ? rc : tell_unlisted(s, rows->name, err);
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
    bool asks = rows->found.count == 0 || (s->scope.count > 1 && !session_is_fresh(s));

    if (!rc && !s->cli->is_cached && asks && (rows->found.count == 0 || unlisted(s) == NULL))
        rc = ask(s, rows, 1, err);
    if (!rc && !s->cli->is_cached && (rows->found.count == 0 || unlisted(s) != NULL))
        rc = ask_all(s, rows, err);
    if (!rc && rows->found.count == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no pipeline \"" SV_FMT "\" here; see penstock status",
                       SV_ARG(sv_take(rows->name, 100)));
    return rc;
}

/* ---- choosing ---- */

enum err_code place_find(struct session *s, const struct place_words *words, enum place_kind kind,
                         struct arena *arena, struct operand *out, struct err *err)
{
    struct rows rows = {.arena = arena, .name = sv_of(words->name)};
    const struct place_choice how = {
        .stage = sv_of(words->stage), .kind = kind, .advice = ", or its --context"};
    const struct cache_pipeline *p = NULL;
    struct sv stage;
    enum err_code rc = find_rows(s, &rows, err);

    if (!rc)
        rc = place_rows_choose(&rows.found, &how, &p, &stage, err);
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
