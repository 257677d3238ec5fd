/* The definition of -f FILE, or of standard input, and what is wrong with it. */
#include <unistd.h>

#include "core/base/file.h"
#include "core/cli/act_verb.h"
#include "core/cli/out.h"

/* It can be read once only, and a plan asks twice: what was read first is kept. */
static enum err_code read_stdin(struct sb *out, struct err *err)
{
    static struct sb text;
    static bool was_read;
    char piece[4096];
    ssize_t got = 0;
    enum err_code rc = ERR_OK;

    if (!was_read)
        sb_init(&text, DEFINITION_SIZE_MAX);
    while (!was_read && !rc && (got = read(0, piece, sizeof piece)) > 0)
        rc = sb_add(&text, sv_make(piece, (size_t)got), err);
    was_read = true;
    if (got < 0)
        return err_set(err, ERR_FAILED, "cannot read standard input");
    return rc ? rc : sb_add(out, sb_sv(&text), err);
}

/* {"schema":1,"defects":[...]} for programs, a line each for people. */
static enum err_code tell_json(const struct defects *defects, struct err *err)
{
    struct out out;
    struct jw w;
    enum err_code rc;

    out_init(&out);
    jw_init(&w, &out.text, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "defects");
    jw_open(&w, '[');
    for (size_t i = 0; i < defects->count; i++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "field", sv_of(defects->items[i].field));
        jw_put_sv(&w, "text", sv_of(defects->items[i].text));
        jw_put_bool(&w, "warning", defects->items[i].is_warning);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = sb_addc(&out.text, '\n', err);
    if (!rc)
        rc = out_flush(&out, err);
    out_release(&out);
    return rc;
}

static enum err_code tell_defects(const struct cli *cli, const struct defects *defects,
                                  const char *file, struct err *err)
{
    if (defects->errors == 0)
        return ERR_OK;
    if (cli->format == CLI_JSON) {
        enum err_code rc = tell_json(defects, err);

        if (rc)
            return rc;
    }
    for (size_t i = 0; i < defects->count && defects->errors > 1; i++) {
        const struct defect *d = &defects->items[i];

        if (d->is_warning || cli->format == CLI_JSON)
            continue;
        cli_note("%s: %s%s%s", file, d->field, d->field[0] == '\0' ? "" : ": ", d->text);
    }
    if (defects->errors == 1)
        return defects_err(defects, err) ? err_prefix(err, "%s", file) : ERR_OK;
    return err_set(err, ERR_USAGE, "%s has %zu faults: correct them, then try again", file,
                   defects->errors);
}

enum err_code act_read_file(struct cli *cli, struct act *act, struct err *err)
{
    const char *path = cli_option(cli, OPTION_FILE);
    struct defects *defects = arena_alloc(&act->arena, 1, sizeof *defects);
    CLEANUP(sb_release) struct sb text;
    struct err why = {0};
    enum err_code rc;

    sb_init(&text, DEFINITION_SIZE_MAX);
    if (defects == NULL)
        return arena_err(&act->arena, err);
    rc = strcmp(path, "-") == 0 ? read_stdin(&text, err)
                                : file_read(path, DEFINITION_SIZE_MAX, &text, err);
    if (rc)
        return rc;
    if (definition_read(sb_sv(&text), &act->arena, &act->input.definition, defects, &why))
        return err_set(err, ERR_USAGE, "%s: %s", path, why.text);
    /* All that can be said without AWS, before it is asked anything. */
    definition_check(&act->input.definition, NULL, 0, defects);
    return tell_defects(cli, defects, path, err);
}
