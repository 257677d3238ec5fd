#include "core/cli/variables_ask.h"

#include <unistd.h>

enum { LINE_CAP = 8 * 1024, QUESTION_CAP = 4 * 1024 };

static bool is_given(const struct operation_input *in, struct sv name)
{
    for (size_t i = 0; i < in->variable_count; i++) {
        if (sv_eq(in->variables[i].name, name))
            return true;
    }
    return false;
}

/* The definition as it is kept; one that is not is asked for. What AWS says later is the plan's. */
static bool find_def(struct session *s, const struct pipeline_id *id, struct arena *arena,
                     struct pipeline_def *out)
{
    struct sync_result result;
    struct err lost;
    int64_t rowid = 0;

    if (cache_find_id(s->cache, id, &rowid, &lost) || rowid == 0)
        return false;
    if (cache_get_def(s->cache, rowid, arena, out, &lost) == ERR_OK)
        return true;
    return session_sync(s, &id->name, 1, &result, &lost) == ERR_OK &&
           cache_get_def(s->cache, rowid, arena, out, &lost) == ERR_OK;
}

/* "SCENARIO (Which scenario of planning is computed): " */
static enum err_code put_question(const struct variable_def *v, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, QUESTION_CAP);
    rc = sb_add_safe(&text, sv_take(v->name, 200), err);
    if (!rc && v->description.len > 0)
        rc = sb_add(&text, SV(" ("), err);
    if (!rc)
        rc = sb_add_safe(&text, sv_take(v->description, 400), err);
    if (!rc)
        rc = sb_add(&text, v->description.len > 0 ? SV("): ") : SV(": "), err);
    if (!rc)
        (void)fprintf(stderr, "%s", sb_cstr(&text));
    (void)fflush(stderr);
    return rc;
}

/* A line without its end. "" when nobody answers, or more than anything takes. */
static struct sv read_line(char line[LINE_CAP])
{
    ssize_t got = read(0, line, LINE_CAP);

    return got <= 0 ? SV("") : sv_trim((struct sv){line, (size_t)got});
}

static enum err_code ask_one(const struct variable_def *v, struct arena *arena,
                             struct operation_input *in, struct err *err)
{
    char line[LINE_CAP];
    struct sv answer;
    enum err_code rc = put_question(v, err);

    if (rc)
        return rc;
    answer = read_line(line);
    if (answer.len == 0)
        return ERR_OK;
    in->variables[in->variable_count] =
        (struct name_value){.name = v->name, .value = arena_sv(arena, answer)};
    return in->variables[in->variable_count++].value.ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

enum err_code variables_ask(struct session *s, const struct pipeline_id *id, struct arena *arena,
                            struct operation_input *in, struct err *err)
{
    struct pipeline_def def = {.name = SV("")};
    struct name_value *list;
    enum err_code rc = ERR_OK;

    if (!isatty(0) || !isatty(2) || !find_def(s, id, arena, &def))
        return ERR_OK;
    list = arena_alloc(arena, in->variable_count + def.variable_count + 1, sizeof *list);
    if (list == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < in->variable_count; i++)
        list[i] = in->variables[i];
    in->variables = list;
    for (size_t i = 0; i < def.variable_count && !rc; i++) {
        if (def.variables[i].value.len == 0 && !is_given(in, def.variables[i].name))
            rc = ask_one(&def.variables[i], arena, in, err);
    }
    return rc;
}
