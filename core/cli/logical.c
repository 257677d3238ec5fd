#include "core/cli/logical.h"

#include "core/cli/place.h"

enum { FOUND_MAX = 64 };

struct search {
    const struct scope *scope;
    struct arena *arena;
    struct pipeline_row rows[FOUND_MAX];
    size_t count;
    bool is_short;
};

static bool keep_row(void *owner, const struct pipeline_row *row)
{
    struct search *s = owner;

    if (scope_find(s->scope, &row->id) == NULL)
        return true;
    if (s->count == FOUND_MAX)
        return false;
    s->rows[s->count] = *row;
    s->is_short = !pipeline_row_keep(&s->rows[s->count++], s->arena);
    return !s->is_short;
}

static enum err_code look(struct session *s, const char *name, struct search *found,
                          struct err *err)
{
    const struct sv names[] = {sv_of(name)};
    const struct pipeline_query query = {.names = names, .name_count = 1};
    enum err_code rc;

    found->scope = &s->scope;
    found->count = 0;
    rc = cache_pipelines(s->cache, &query, keep_row, found, err);
    if (!rc && found->is_short)
        rc = arena_err(found->arena, err);
    return rc;
}

/* A definition that was not read yet tells no stack and no repository. */
static bool is_known(const struct session *s, const struct search *found)
{
    struct pipeline_def def;

    for (size_t i = 0; i < found->count; i++) {
        if (cache_get_def(s->cache, found->rows[i].rowid, found->arena, &def, NULL))
            return false;
    }
    return found->count > 0;
}

static enum err_code tell_choices(const struct search *found, const char *name, struct err *err)
{
    CLEANUP(sb_release) struct sb seen;

    sb_init(&seen, 400);
    for (size_t i = 0; i < found->count; i++) {
        const struct pipeline_id *id = &found->rows[i].id;

        if (sb_addf(&seen, NULL, "%s" SV_FMT " in " SV_FMT " " SV_FMT, i > 0 ? ", " : "",
                    SV_ARG(id->name), SV_ARG(id->account), SV_ARG(id->region)))
            break;
    }
    return err_set(err, ERR_USAGE, "%.100s is in several places: %s; say --profile and --region",
                   name, sb_cstr(&seen));
}

/* First the one that is named, then all: AWS knows no logical names. Of several contexts each is
 * asked for the name, as in place.c. */
static enum err_code ask(struct session *s, const char *name, struct search *found, struct err *err)
{
    const struct sv names[] = {sv_of(name)};
    bool asks = s->scope.count > 1 && !session_is_fresh(s);
    enum err_code rc = ERR_OK;

    for (int tries = 0; tries < 2 && !rc && (asks || !is_known(s, found)); tries++) {
        struct sync_result result = {0};

        rc = session_sync(s, names, tries == 0 ? 1 : 0, &result, err);
        if (!rc && result.code && result.code != ERR_NOT_FOUND && !is_known(s, found))
            return err_set(err, result.code, "%s", result.err.text);
        if (!rc)
            rc = look(s, name, found, err);
        asks = false;
    }
    if (!rc && found->count > 0)
        rc = place_list_all(s, names[0], err);
    return rc ? rc : look(s, name, found, err);
}

enum err_code logical_find(struct session *s, const char *name, struct arena *arena,
                           struct pipeline_id *out, struct err *err)
{
    struct search *found = arena_alloc(arena, 1, sizeof *found);
    enum err_code rc;

    if (found == NULL)
        return arena_err(arena, err);
    found->arena = arena;
    rc = look(s, name, found, err);
    if (!rc && !s->cli->is_cached)
        rc = ask(s, name, found, err);
    if (rc)
        return rc;
    if (found->count == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no pipeline %.100s: see penstock status",
                       name);
    for (size_t i = 1; i < found->count; i++) {
        if (!sv_eq(found->rows[i].id.account, found->rows[0].id.account) ||
            !sv_eq(found->rows[i].id.region, found->rows[0].id.region))
            return tell_choices(found, name, err);
    }
    *out = found->rows[0].id;
    return ERR_OK;
}

enum err_code page_to_sb(void *owner, const struct page_line *line, struct err *err)
{
    struct sb *out = owner;
    enum err_code rc = sb_add_safe(out, line->text, err);

    return rc ? rc : sb_addc(out, '\n', err);
}
