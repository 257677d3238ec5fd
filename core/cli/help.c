#include "core/cli/help.h"

#include "core/cli/out.h"
#include "core/views/view.h"

enum { TERM_WIDTH = 24, TEXT_WIDTH = 54, LINE_WIDTH = 78 };

/* clang-format off */
const struct help_row help_exits[] = {
    {"0", "all is well"},
    {"1", "something failed, was refused, or has failed"},
    {"2", "the command line is wrong, or read-only"},
    {"3", "credentials or configuration are missing or refused"},
    {"4", "throttled, offline or stale"},
    {"8", "still going on, or waiting for somebody"},
    {NULL, NULL},
};

const struct help_row help_files[] = {
    {"~/.aws/config, ~/.aws/credentials", "the AWS CLI's own files, read in its own order"},
    {"$XDG_CONFIG_HOME/penstock/config", "contexts = PROFILE@REGION, PROFILE@REGION and read_only = true under [default]; calls_per_second and burst say where the pace of each account and region starts; log_budget_mb how much of the builds' logs is kept"},
    {"", "[console] holds theme, clock (age, utc or local), ascii, mouse, low_bandwidth, linear (true or false) and digest_after_minutes"},
    {"", "[keys] binds commands anew, as in refresh = r F5; without a key a command has none"},
    {"$XDG_STATE_HOME/penstock/", "the cache; it can be deleted at any moment and nothing is lost"},
    {"$XDG_DATA_HOME/penstock/drafts/", "pipelines that were begun in the console and are not made yet: a file each, as penstock create -f takes it"},
    {"$XDG_DATA_HOME/penstock/incidents/", "what :incident wrote in the console"},
    {NULL, NULL},
};

const struct help_row help_variables[] = {
    {"AWS_*", "as for the AWS CLI: credentials, profile, region, endpoints, certificates, retries"},
    {"HTTPS_PROXY, NO_PROXY", "the proxy to use, and for which hosts not"},
    {"NO_COLOR", "no colours, whatever its value"},
    {NULL, NULL},
};
/* clang-format on */

/* The text in lines of at most width, each behind so many blanks but the first behind first. */
static enum err_code add_wrapped(struct sb *out, const char *text, int width, int first, int blanks,
                                 struct err *err)
{
    struct sv rest = sv_of(text);
    enum err_code rc = ERR_OK;

    while (rest.len > 0 && rc == ERR_OK) {
        size_t len = rest.len;

        if (len > (size_t)width) {
            for (len = (size_t)width; len > 0 && rest.ptr[len] != ' '; len--)
                ;
            if (len == 0)
                len = (size_t)width;
        }
        rc = sb_addf(out, err, "%*s" SV_FMT "\n", first, "", SV_ARG(sv_take(rest, len)));
        rest = sv_trim(sv_drop(rest, len));
        first = blanks;
    }
    return rc;
}

/* A term that is too long for its column has a line of its own. */
static enum err_code add_row(struct sb *out, const char *term, const char *text, struct err *err)
{
    bool is_short = strlen(term) < TERM_WIDTH;
    enum err_code rc = sb_addf(out, err, "  %-*s%s", TERM_WIDTH, term, is_short ? "" : "\n");

    return rc ? rc
              : add_wrapped(out, text, TEXT_WIDTH, is_short ? 0 : TERM_WIDTH + 2, TERM_WIDTH + 2,
                            err);
}

static enum err_code add_rows(struct sb *out, const char *title, const struct help_row *rows,
                              struct err *err)
{
    enum err_code rc = sb_addf(out, err, "\n%s\n", title);

    for (; rows->term != NULL && !rc; rows++)
        rc = add_row(out, rows->term, rows->text, err);
    return rc;
}

static enum err_code add_options(struct sb *out, enum verb_id verb, struct err *err)
{
    enum err_code rc = sb_add(out, SV("\nOptions\n"), err);

    for (size_t i = 0; i < OPTION_COUNT && !rc; i++) {
        char term[64];

        if (verb != VERB_CONSOLE && !option_fits((enum option_id)i, verb))
            continue;
        snprintf(term, sizeof term, "--%s%s%s", option_table[i].word,
                 option_table[i].argument != NULL ? " " : "",
                 option_table[i].argument != NULL ? option_table[i].argument : "");
        rc = add_row(out, term, option_table[i].help, err);
    }
    return rc;
}

static enum err_code add_verbs(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("Usage: penstock [OPTION...] [VERB ...]\n\nVerbs\n"), err);

    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        char term[64];

        if (verb_table[i].help == NULL)
            continue;
        snprintf(term, sizeof term, "%s%s%s",
                 verb_table[i].word != NULL ? verb_table[i].word : "(none)",
                 verb_table[i].arguments[0] != '\0' ? " " : "", verb_table[i].arguments);
        rc = add_row(out, term, verb_table[i].help, err);
    }
    return rc;
}

bool help_is_new_screen(const struct cli_key *key)
{
    return key == cli_keys || strcmp(key[-1].screen, key->screen) != 0;
}

enum err_code help_add_key(struct sb *out, const struct cli_key *key, struct err *err)
{
    struct sv words = sv_of(key->key);
    enum err_code rc = ERR_OK;

    if (words.len == 0)
        return sb_addf(out, err, ":%s", key->command);
    while (words.len > 0 && !rc) {
        struct sv word = sv_cut(words, ' ', &words);

        rc = sb_addf(out, err, SV_FMT "%s", SV_ARG(word), words.len > 0 ? ", " : "");
    }
    return rc;
}

static enum err_code add_key(struct sb *out, const struct cli_key *key, struct err *err)
{
    CLEANUP(sb_release) struct sb term;
    enum err_code rc;

    sb_init(&term, 1024);
    rc = help_add_key(&term, key, err);
    return rc ? rc : add_row(out, sb_cstr(&term), key->help, err);
}

static enum err_code add_screen_title(struct sb *out, const struct cli_key *key, struct err *err)
{
    if (key->screen[0] == '\0')
        return sb_add(out, SV("\nKeys of the console, on every screen\n"), err);
    return sb_addf(out, err, "\nKeys of the screen %s\n", key->screen);
}

/* all: of every screen; else those that work on each. */
static enum err_code add_keys(struct sb *out, bool all, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct cli_key *key = cli_keys; key != NULL && key->key != NULL && !rc; key++) {
        if (!all && key->screen[0] != '\0')
            continue;
        if (help_is_new_screen(key))
            rc = add_screen_title(out, key, err);
        if (rc == ERR_OK)
            rc = add_key(out, key, err);
    }
    return rc;
}

/* A line for each key; one with an empty key for a command that has none. */
static enum err_code add_plain_keys(struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct cli_key *key = cli_keys; key != NULL && key->key != NULL && !rc; key++) {
        struct sv words = sv_of(key->key);

        do {
            struct sv word = sv_cut(words, ' ', &words);

            rc = sb_addf(out, err, "%s\t%s\t" SV_FMT "\t%s\n", key->screen, key->command,
                         SV_ARG(word), key->help);
        } while (words.len > 0 && !rc);
    }
    return rc;
}

static enum err_code add_all(struct sb *out, struct err *err)
{
    enum err_code rc = add_verbs(out, err);

    if (rc == ERR_OK)
        rc = add_options(out, VERB_CONSOLE, err);
    if (rc == ERR_OK)
        rc = add_keys(out, false, err);
    if (rc == ERR_OK)
        rc = add_rows(out, "Exit codes", help_exits, err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV("\nMore: penstock help VERB, penstock help keys, man penstock\n"), err);
    return rc;
}

/* The columns of --plain are a promise to scripts, so they are told by name. */
static enum err_code add_plain(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("\nColumns of --plain\n"), err);

    for (size_t i = 0; i < view_plain.column_count && !rc; i++)
        rc = sb_addf(out, err, "%s%s",
                     i == 0       ? "  "
                     : i % 6 == 0 ? ",\n  "
                                  : ", ",
                     view_plain.columns[i].name);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_verb(struct sb *out, enum verb_id id, struct err *err)
{
    const struct verb *verb = &verb_table[id];
    enum err_code rc =
        sb_addf(out, err, "Usage: penstock %s [OPTION...] %s\n\n", verb->word, verb->arguments);

    if (rc == ERR_OK && verb->help != NULL)
        rc = sb_addf(out, err, "%s: %s.\n", verb->word, verb->help);
    if (rc == ERR_OK && verb->more[0] != '\0')
        rc = add_wrapped(out, verb->more, LINE_WIDTH, 0, 0, err);
    if (rc == ERR_OK)
        rc = add_options(out, id, err);
    if (rc == ERR_OK && id == VERB_STATUS)
        rc = add_plain(out, err);
    return rc;
}

static enum err_code print(struct out *out, enum err_code rc, struct err *err)
{
    if (rc == ERR_OK)
        rc = out_flush(out, err);
    out_release(out);
    return rc;
}

enum err_code help_print(enum verb_id verb, struct err *err)
{
    struct out out;

    out_init(&out);
    return print(
        &out, verb == VERB_CONSOLE ? add_all(&out.text, err) : add_verb(&out.text, verb, err), err);
}

enum err_code help_print_keys(bool is_plain, struct err *err)
{
    struct out out;

    out_init(&out);
    return print(&out, is_plain ? add_plain_keys(&out.text, err) : add_keys(&out.text, true, err),
                 err);
}

enum err_code version_print(struct err *err)
{
    struct out out;

    out_init(&out);
    return print(&out, sb_add(&out.text, SV("penstock " PENSTOCK_VERSION "\n"), err), err);
}

int run_help(struct cli *cli)
{
    const char *word = cli->arg_count > 0 ? cli->args[0] : NULL;
    enum verb_id verb = verb_find(word);
    struct err err = {0};

    if (word != NULL && strcmp(word, HELP_KEYS) == 0)
        return help_print_keys(cli->format == CLI_PLAIN, &err) ? cli_fail(&err) : 0;
    if (cli->format == CLI_PLAIN) {
        err_set(&err, ERR_USAGE, "--plain is for penstock help keys only");
        return cli_fail(&err);
    }
    if (verb == VERB_COUNT) {
        const char *near = suggest_verb(word);

        err_set(&err, ERR_USAGE,
                near != NULL ? "there is no verb \"%s\"; did you mean %s?"
                             : "there is no verb \"%s\"; see penstock --help%s",
                word, near != NULL ? near : "");
        return cli_fail(&err);
    }
    return help_print(verb, &err) ? cli_fail(&err) : 0;
}

int run_version(struct cli *cli UNUSED)
{
    struct err err = {0};

    return version_print(&err) ? cli_fail(&err) : 0;
}
