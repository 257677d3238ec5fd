/* The man page, as roff, from the same lists as the help. `penstock man` is what the build runs; it
 * is not shown to people, who have man(1). */
#include "core/cli/help.h"
#include "core/cli/out.h"
#include "core/views/view.h"

/* Text of ours, safe for roff: a hyphen is a minus, a leading dot or quote is no request. */
static enum err_code add_text(struct sb *out, const char *text, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (text[0] == '.' || text[0] == '\'')
        rc = sb_add(out, SV("\\&"), err);
    for (; *text != '\0' && !rc; text++) {
        if (*text == '\\')
            rc = sb_add(out, SV("\\e"), err);
        else if (*text == '-')
            rc = sb_add(out, SV("\\-"), err);
        else
            rc = sb_addc(out, *text, err);
    }
    return rc;
}

static enum err_code add_row(struct sb *out, const char *term, const char *argument,
                             const char *text, struct err *err)
{
    enum err_code rc = sb_add(out, SV(".TP\n\\fB"), err);

    if (rc == ERR_OK)
        rc = add_text(out, term, err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV("\\fR"), err);
    if (rc == ERR_OK && argument != NULL && argument[0] != '\0')
        rc = sb_addf(out, err, " \\fI%s\\fR", argument);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = add_text(out, text, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_rows(struct sb *out, const char *title, const struct help_row *rows,
                              struct err *err)
{
    enum err_code rc = sb_addf(out, err, ".SH %s\n", title);

    for (; rows->term != NULL && !rc; rows++) {
        if (rows->term[0] != '\0') {
            rc = add_row(out, rows->term, NULL, rows->text, err);
            continue;
        }
        rc = sb_add(out, SV(".br\n"), err);
        if (rc == ERR_OK)
            rc = add_text(out, rows->text, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static enum err_code add_verbs(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV(".SH VERBS\n"), err);

    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        const struct verb *verb = &verb_table[i];

        if (verb->word == NULL || verb->help == NULL)
            continue;
        rc = add_row(out, verb->word, verb->arguments, verb->help, err);
        if (rc == ERR_OK && verb->more[0] != '\0') {
            rc = sb_add(out, SV(".br\n"), err);
            if (rc == ERR_OK)
                rc = add_text(out, verb->more, err);
            if (rc == ERR_OK)
                rc = sb_addc(out, '\n', err);
        }
    }
    return rc;
}

/* "Verbs: status, describe." for an option that not every verb takes. */
static enum err_code add_takers(struct sb *out, enum option_id id, struct err *err)
{
    const char *before = "Taken by ";
    enum err_code rc = ERR_OK;

    if (option_table[id].verbs == ON_ALL)
        return ERR_OK;
    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].help == NULL || !option_fits(id, (enum verb_id)i))
            continue;
        rc = sb_addf(out, err, "%s%s", before,
                     verb_table[i].word != NULL ? verb_table[i].word : "the console");
        before = ", ";
    }
    return rc ? rc : sb_add(out, SV(".\n"), err);
}

static enum err_code add_options(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV(".SH OPTIONS\n"), err);

    for (size_t i = 0; i < OPTION_COUNT && !rc; i++) {
        char term[64];

        snprintf(term, sizeof term, "--%s", option_table[i].word);
        rc = add_row(out, term, option_table[i].argument, option_table[i].help, err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV(".br\n"), err);
        if (rc == ERR_OK)
            rc = add_takers(out, (enum option_id)i, err);
    }
    return rc;
}

static enum err_code add_screen(struct sb *out, const struct cli_key *key, struct err *err)
{
    return key->screen[0] == '\0' ? sb_add(out, SV(".SS On every screen\n"), err)
                                  : sb_addf(out, err, ".SS On the screen %s\n", key->screen);
}

static enum err_code add_keys(struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb term;
    enum err_code rc = cli_keys == NULL ? ERR_OK : sb_add(out, SV(".SH KEYS\n"), err);

    sb_init(&term, 1024);
    for (const struct cli_key *key = cli_keys; key != NULL && key->key != NULL && !rc; key++) {
        sb_clear(&term);
        if (help_is_new_screen(key))
            rc = add_screen(out, key, err);
        if (rc == ERR_OK)
            rc = help_add_key(&term, key, err);
        if (rc == ERR_OK)
            rc = add_row(out, sb_cstr(&term), NULL, key->help, err);
    }
    return rc;
}

static enum err_code add_views(struct sb *out, struct err *err)
{
    static const struct view *const views[] = {
#define VIEW_ROW(name) &view_##name,
        VIEW_LIST(VIEW_ROW)
#undef VIEW_ROW
            & view_plain,
    };
    enum err_code rc = sb_add(out, SV(".SH COLUMNS\n"), err);

    for (size_t i = 0; i < ARRAY_LEN(views) && !rc; i++) {
        rc = add_row(out, views[i]->name, NULL, views[i]->help, err);
        for (size_t k = 0; k < views[i]->column_count && !rc; k++)
            rc = sb_addf(out, err, "%s%s", k == 0 ? ".br\n" : ", ", views[i]->columns[k].name);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static enum err_code add_head(struct sb *out, struct err *err)
{
    return sb_add(
        out,
        SV(".TH PENSTOCK 1 \"\" \"penstock " PENSTOCK_VERSION "\" \"User Commands\"\n"
           ".SH NAME\npenstock \\- a terminal console for AWS CodePipeline pipelines\n"
           ".SH SYNOPSIS\n.B penstock\n[\\fIOPTION\\fR...] [\\fIVERB\\fR ...]\n"
           ".SH DESCRIPTION\n"
           "penstock keeps a local cache equal to AWS and shows from it, at once and also without\n"
           "network, where every pipeline stands: as a console without a verb, as text or JSON\n"
           "with one. What is shown says when it is stale.\n"),
        err);
}

static enum err_code add_page(struct sb *out, struct err *err)
{
    enum err_code rc = add_head(out, err);

    if (rc == ERR_OK)
        rc = add_verbs(out, err);
    if (rc == ERR_OK)
        rc = add_options(out, err);
    if (rc == ERR_OK)
        rc = add_keys(out, err);
    if (rc == ERR_OK)
        rc = add_views(out, err);
    if (rc == ERR_OK)
        rc = add_rows(out, "\"EXIT STATUS\"", help_exits, err);
    if (rc == ERR_OK)
        rc = add_rows(out, "FILES", help_files, err);
    if (rc == ERR_OK)
        rc = add_rows(out, "ENVIRONMENT", help_variables, err);
    return rc ? rc : sb_add(out, SV(".SH SEE ALSO\n.BR penstock\\-sandbox (1)\n"), err);
}

int run_man(struct cli *cli UNUSED)
{
    struct err err = {0};
    struct out out;

    out_init(&out);
    if (add_page(&out.text, &err) == ERR_OK)
        return out_end(&out, 0);
    out_release(&out);
    return cli_fail(&err);
}
